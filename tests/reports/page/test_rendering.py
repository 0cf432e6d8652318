"""The page as an HTML parser sees it."""

import base64
import hashlib
import itertools
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from page_built import FAILURE, nasty_page
from page_examples import NASTY

from compressible.reports.page import Page, render
from compressible.reports.page.rendering import table_html

SECTIONS = {"curves", "pictures", "tables", "training", "codes", "runs", "sources"}
LOADING = {"src", "srcset", "href", "data", "action", "poster", "background", "formaction"}
"""Attributes by which a page fetches or follows something."""


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass(eq=False)
class Reader(HTMLParser):
    """All elements, each with the text that it begins with."""

    elements: list[Element] = field(default_factory=list)
    inside: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = True
        self.elements.append(Element(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.elements[-1].text += data

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return nasty_page(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def html(page: Page) -> Reader:
    reader = Reader()
    reader.feed(render(page))
    return reader


def test_every_part_is_there(html: Reader) -> None:
    assert {element.attributes["id"] for element in html.all("section")} == SECTIONS
    assert {element.attributes["href"] for element in html.all("a")} == {f"#{name}" for name in SECTIONS}


def test_no_text_of_a_file_becomes_an_element_or_a_script(html: Reader) -> None:
    code = [script for script in html.all("script") if "type" not in script.attributes]
    assert len(code) == 4, "Plotly and three of ours"
    assert not any("pwned" in script.text for script in code)
    assert len(html.all("img")) == 2 * 3
    assert not [name for element in html.elements for name in element.attributes if name.startswith("on")]
    assert not {"i", "b"} & {element.tag for element in html.elements}


def test_all_of_it_is_still_there_as_text(html: Reader, page: Page) -> None:
    (title,) = html.all("title")
    assert title.text == NASTY
    assert [run.config for run in page.runs] == [NASTY, "beta: 1"]
    assert [pre.text for pre in html.all("pre")] == [FAILURE, NASTY, "beta: 1"]
    assert NASTY in {cell.text for cell in html.all("td")}
    assert NASTY in {option.text for option in html.all("option")}
    assert {summary.text for summary in html.all("summary")} >= {"<i>first", "second"}
    assert any(term.text.endswith("<b>unknown.json") for term in html.all("dt"))


def test_a_failed_run_says_so_and_why(html: Reader) -> None:
    states = [small.text for small in html.all("small") if small.text.startswith(" · ")]
    assert states == [" · failed", " · done"]
    (error,) = (text for text in html.all("p") if text.attributes.get("class") == "error")
    assert error.text == f"RuntimeError: {NASTY}"


def test_no_heading_leaves_a_level_out(html: Reader) -> None:
    levels = [int(element.tag[1]) for element in html.elements if re.fullmatch(r"h[1-6]", element.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_charts_are_json(html: Reader) -> None:
    figures = [json.loads(script.text) for script in html.all("script") if "type" in script.attributes]
    assert len(figures) == len([e for e in html.all("figure") if e.attributes["class"] == "chart"]) > 8
    names = {trace["meta"]["name"] for figure in figures for trace in figure["data"]}
    assert names >= {NASTY, "JPEG 4:4:4", "<i>first", "second"}


def test_nothing_is_loaded_from_anywhere(html: Reader) -> None:
    for element in html.elements:
        for name in LOADING & element.attributes.keys():
            assert re.match(r"data:|#", element.attributes[name]), (element.tag, name)
    (style,) = html.all("style")
    assert not re.search(r"url\(|@import|//", style.text)
    assert not {"iframe", "object", "embed", "base", "form", "audio", "video"} & {e.tag for e in html.elements}


def test_the_browser_is_told_to_run_nothing_else(html: Reader) -> None:
    (policy,) = (e.attributes["content"] for e in html.all("meta") if "http-equiv" in e.attributes)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    allowed = re.findall(r"'sha256-([^']+)'", rules["script-src"])
    assert rules["script-src"] == " ".join(f"'sha256-{digest}'" for digest in allowed)
    code = [script.text for script in html.all("script") if "type" not in script.attributes]
    assert allowed == [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in code]


def test_an_empty_page_has_no_empty_parts() -> None:
    reader = Reader()
    reader.feed(render(Page("title", "today")))
    assert [element.attributes["id"] for element in reader.all("section")] == ["sources"]
    assert len(render(Page("title", "today"))) < 50_000, "without charts there is no plotting library"


@pytest.mark.parametrize(
    ("cell", "html"),
    [
        ("a \\| b", "<td>a | b</td>"),
        ("`x < y`", "<td><code>x &lt; y</code></td>"),
        ("<b>&amp;", "<td>&lt;b&gt;&amp;amp;</td>"),
        ("![a](http://b.invalid/c.png)", "<td>![a](http://b.invalid/c.png)</td>"),
        ("[a](javascript:b) *c* _d_ http://e.invalid", "<td>[a](javascript:b) *c* _d_ http://e.invalid</td>"),
    ],
)
def test_of_markdown_only_tables_and_code_mean_anything(cell: str, html: str) -> None:
    table = table_html(f"| name | n |\n| --- | ---: |\n| {cell} | 1 |\n")
    assert html in table
    assert '<td style="text-align:right">1</td>' in table
    assert table_html("See `a` <b>.\n") == "<p>See <code>a</code> &lt;b&gt;.</p>\n"
