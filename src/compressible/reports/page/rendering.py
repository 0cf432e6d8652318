"""A page as one HTML file.

Page ──► template (escapes every text) ──► HTML
scripts ──► hashes ──► content security policy: nothing else runs, and nothing is loaded from anywhere
"""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from compressible.reports.page.figures import figure
from compressible.reports.page.model import Page

FOLDER = Path(__file__).parent
SCRIPTS = ("choosers.js", "charts.js", "viewer.js")


def render(page: Page) -> str:
    """The HTML. Raises ``ValueError`` if a chart holds a number that JSON does not have."""
    has_charts = bool(page.comparisons or page.training or page.logged or page.codes)
    plots = [_plotly()] if has_charts else []
    scripts = [*plots, *((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)]
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            page=page,
            policy=_policy(scripts),
            style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),
            scripts=[Markup(script) for script in scripts],
        )
    )


def table_html(markdown: str) -> Markup:
    """Pipe tables and paragraphs with code in them; all else is text, links and HTML too."""
    return Markup(_markdown().render(markdown))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False}
    environment.filters["table_html"] = table_html
    environment.filters["figure"] = figure
    return environment


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("zero", {"html": False}).enable(["table", "backticks"])


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def _policy(scripts: list[str]) -> str:
    """Plotly writes styles of its own; pictures are ``data:`` URIs."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
