"""The page in a real browser, with a mouse on a desk and a finger on a phone."""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from page_built import nasty_page
from page_examples import NASTY

from compressible.reports.page import render

webdriver = pytest.importorskip("selenium.webdriver", reason="the browser tests need selenium")

from selenium.common.exceptions import StaleElementReferenceException  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.actions import interaction  # noqa: E402
from selenium.webdriver.common.actions.action_builder import ActionBuilder  # noqa: E402
from selenium.webdriver.common.actions.pointer_input import PointerInput  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.remote.webelement import WebElement  # noqa: E402
from selenium.webdriver.support.select import Select  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="there is no Chromium: install the packages chromium and chromium-driver"
)
SPLIT = "return parseFloat(arguments[0].style.getPropertyValue('--split'))"
PATIENCE = 10.0


@dataclass
class Browser:
    """The page, opened."""

    driver: Any
    width: int
    touch: bool

    def find(self, css: str) -> WebElement:
        """The first shown element, brought into view and drawn, charts included."""
        shown = [element for element in self.driver.find_elements(By.CSS_SELECTOR, css) if element.is_displayed()]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", shown[0])
        return shown[0]

    def chart(self, section: str) -> WebElement:
        """The first chart of a section, once Plotly has drawn it."""
        chart = self.find(f"#{section} .chart")
        wait(lambda: chart.find_elements(By.CSS_SELECTOR, ".xtick"))
        return chart

    def hover(self, element: WebElement) -> None:
        """Point at an element; a finger taps."""
        with_one = self.pointer()
        with_one.pointer_action.move_to(element)
        if self.touch:
            with_one.pointer_action.pointer_down().pointer_up()
        with_one.perform()

    def drag(self, element: WebElement, x: int, y: int, start: int = 0) -> None:
        """From ``start`` to the right of the middle of an element, by ``x`` and ``y``, in two moves."""
        with_one = self.pointer()
        pointer = with_one.pointer_action.move_to(element, start, 0).pointer_down()
        pointer.move_by(x // 2, y // 2).move_by(x - x // 2, y - y // 2).pointer_up()
        with_one.perform()

    def pointer(self) -> ActionBuilder:
        """What the hand does with one pointer."""
        kind = interaction.POINTER_TOUCH if self.touch else interaction.POINTER_MOUSE
        return ActionBuilder(self.driver, mouse=PointerInput(kind, kind), duration=50)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)


def wait(condition: Any) -> Any:
    """What ``condition`` returns, once it is true. A chart may redraw what is being looked at."""
    end = monotonic() + PATIENCE
    while True:
        with suppress(StaleElementReferenceException):
            if result := condition():
                return result
        assert monotonic() < end, "it never happened"
        sleep(0.02)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    path = folder / "report.html"
    path.write_text(render(nasty_page(folder)), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["desk", "phone"])
def browser(request: pytest.FixtureRequest, page: Path) -> Iterator[Browser]:
    touch = request.param == "phone"
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
    ):
        options.add_argument(argument)
    if touch:
        metrics = {"width": 390, "height": 844, "pixelRatio": 1.0, "touch": True}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        driver.get(page.as_uri())
        yield Browser(driver, 390 if touch else 1280, touch)
    finally:
        driver.quit()


def test_it_fits_the_width(browser: Browser) -> None:
    browser.chart("curves")
    assert browser.run("return innerWidth") == browser.width
    assert browser.run("return document.documentElement.scrollWidth") <= browser.width
    # What is wider scrolls by itself.
    wide = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
    assert browser.run(f"return {wide} && !e.closest('.scroll')).map(e => e.outerHTML.slice(0, 80))") == []


def test_title_and_legend_have_the_room_they_take(browser: Browser) -> None:
    """One below the other, below the marks of the axis, and with no gap between."""
    charts = [one for one in browser.driver.find_elements(By.CSS_SELECTOR, "#curves .chart") if one.is_displayed()]
    edges = "return [...arguments[0].querySelectorAll(arguments[1])].map(e => e.getBoundingClientRect()[arguments[2]])"
    assert len(charts) == 2
    for chart in charts:
        browser.run("arguments[0].scrollIntoView({block: 'center'})", chart)
        wait(lambda chart=chart: chart.find_elements(By.CSS_SELECTOR, ".xtick"))
        (title,), (below,) = (browser.run(edges, chart, ".xtitle", edge) for edge in ("top", "bottom"))
        (legend,), (end,) = (browser.run(edges, chart, ".legend .bg", edge) for edge in ("top", "bottom"))
        assert max(browser.run(edges, chart, ".xtick", "bottom")) <= title
        assert below <= legend <= below + 20
        assert end <= browser.run(edges, chart, ".canvas", "bottom")[0] + 1


def test_names_stay_beside_what_scrolls(browser: Browser) -> None:
    table = browser.find("#tables .scroll")
    name = table.find_element(By.CSS_SELECTOR, "td")
    left = name.location["x"]
    browser.run("arguments[0].scrollLeft = 99", table)
    assert (browser.run("return arguments[0].scrollLeft", table) > 0) == browser.touch
    assert name.location["x"] == left


def test_the_way_through_the_page_is_not_cut(browser: Browser) -> None:
    ends = browser.run("return [...document.querySelectorAll('nav a')].map(a => a.getBoundingClientRect().right)")
    assert len(ends) == 7
    assert max(ends) <= browser.width


def test_a_pointer_reads_numbers_out(browser: Browser) -> None:
    """At JPEG's middle point; beside the chart stands its setting too."""
    chart = browser.chart("curves")
    jpeg = chart.find_elements(By.CSS_SELECTOR, ".scatterlayer .trace")[1]
    browser.hover(jpeg.find_elements(By.CSS_SELECTOR, "path.point")[1])
    shown = wait(lambda: [label.text for label in chart.find_elements(By.CSS_SELECTOR, ".hovertext")])
    assert "jpeg444-10" in shown[0]
    assert "0.4000 bits per pixel" in shown[0]
    assert "MS-SSIM 0.9500" in shown[0]
    readout = chart.find_element(By.CSS_SELECTOR, ".readout").text
    assert readout.startswith("jpeg444-10 · 0.4000 bits per pixel · MS-SSIM 0.9500 · setting 10 · from ")


def test_keys_read_numbers_out_and_link_to_the_run(browser: Browser) -> None:
    chart = browser.chart("training")
    canvas = chart.find_element(By.CSS_SELECTOR, ".canvas")
    readout = chart.find_element(By.CSS_SELECTOR, ".readout")
    browser.run("arguments[0].focus({preventScroll: true})", canvas)
    canvas.send_keys(Keys.ARROW_RIGHT)
    wait(lambda: readout.text.startswith("<i>first · step 0 · sigma 1"))
    canvas.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    wait(lambda: readout.text.startswith("second · step 8 · sigma 9"))
    wait(lambda: [label.text for label in chart.find_elements(By.CSS_SELECTOR, ".hovertext")] == ["secondstep 89"])
    readout.find_element(By.TAG_NAME, "a").click()
    (second,) = (run for run in browser.driver.find_elements(By.CSS_SELECTOR, "#runs details") if "second" in run.text)
    wait(lambda: second.get_attribute("open"))
    assert second.find_element(By.TAG_NAME, "pre").text == "beta: 1"


def test_the_anchor_and_the_metric_are_chosen(browser: Browser) -> None:
    metric, anchor = (Select(browser.find(f"[data-chooser$={name}]")) for name in ("metric", "anchor"))
    tables = "#curves [data-panel$=anchor] td"
    assert [browser.find(tables).text, len(anchor.options)] == [NASTY, 2]
    anchor.select_by_visible_text(NASTY)
    assert browser.find(tables).text == "JPEG 4:4:4"
    metric.select_by_visible_text("PSNR in dB")
    assert "PSNR" in browser.chart("curves").text


def test_the_split_is_dragged(browser: Browser) -> None:
    """Ours is to the left of it, the classical codec to the right."""
    stage = browser.find(".stage")
    before, width = browser.run(SPLIT, stage), stage.size["width"]
    browser.drag(stage, width // 4, 0)
    after = wait(lambda: (now := browser.run(SPLIT, stage)) != before and now)
    assert after == pytest.approx(75, abs=2)
    box = "const box = arguments[0].getBoundingClientRect();"
    there = f"{box} return document.elementFromPoint(box.left + box.width * arguments[1], box.top + 9).alt"
    assert browser.run(there, stage, 0.70) == f"a.png: {NASTY}"
    assert browser.run(there, stage, 0.80) == "a.png: jpeg444-q5"
    assert float(str(browser.find("[data-split]").get_property("value"))) == pytest.approx(after, abs=0.3)
    browser.drag(browser.find(".handle"), -width // 4, 0)
    wait(lambda: browser.run(SPLIT, stage) == pytest.approx(50, abs=3))


def test_the_split_moves_by_keys(browser: Browser) -> None:
    stage, slider = browser.find(".stage"), browser.find("[data-split]")
    before = browser.run(SPLIT, stage)
    slider.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert browser.run(SPLIT, stage) == pytest.approx(before + 1, abs=0.3)
    stage.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert browser.run(SPLIT, stage) == pytest.approx(before - 5, abs=0.3)


def test_zoom_and_pan(browser: Browser) -> None:
    stage = browser.find(".stage")
    matrix = "return getComputedStyle(arguments[0].querySelector('.left img')).transform.match(/[-.\\d]+/g).map(Number)"
    stage.send_keys("+", "+")
    scale, _, _, _, x, y = browser.run(matrix, stage)
    assert scale == pytest.approx(2.25)
    stage.send_keys(Keys.ARROW_DOWN)
    assert browser.run(matrix, stage)[4:] == pytest.approx([x, y - 0.1 * stage.size["height"]], abs=0.5)
    split = browser.run(SPLIT, stage)
    browser.drag(stage, -20, 10, start=stage.size["width"] // 3)
    wait(lambda: browser.run(matrix, stage)[4] == pytest.approx(x - 20, abs=1))
    assert browser.run(SPLIT, stage) == split
    stage.send_keys("0")
    assert browser.run(matrix, stage) == [1, 0, 0, 1, 0, 0]


def test_two_fingers_enlarge(browser: Browser) -> None:
    if not browser.touch:
        pytest.skip("a mouse has one pointer")
    stage = browser.find(".stage")
    hand = ActionBuilder(browser.driver)
    for name, way in (("thumb", -1), ("index", 1)):
        finger = hand.add_pointer_input(interaction.POINTER_TOUCH, name)
        finger.create_pointer_move(duration=0, x=20 * way, y=0, origin=stage)
        finger.create_pointer_down(button=0)
        for distance in (40, 60):
            finger.create_pointer_move(duration=50, x=distance * way, y=0, origin=stage)
        finger.create_pointer_up(button=0)
    hand.perform()
    zoom = "return Number(arguments[0].style.getPropertyValue('--zoom'))"
    assert wait(lambda: (now := browser.run(zoom, stage)) > 1 and now) == pytest.approx(3, abs=0.3)
    stage.send_keys("0")


def test_dark_is_dark(browser: Browser) -> None:
    colours = []
    chart = browser.chart("training")
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        paper = browser.run("return getComputedStyle(document.body).backgroundColor")
        ink = "return getComputedStyle(arguments[0].querySelector('.xtitle')).fill"
        wait(lambda seen=tuple(colours), ink=ink: browser.run(ink, chart) not in seen)
        colours += [browser.run(ink, chart), paper]
    brightness = [sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) for colour in colours]
    assert brightness[0] < 200 < 600 < brightness[1], "dark on light"
    assert brightness[3] < 200 < 600 < brightness[2], "light on dark"


def test_nothing_went_wrong_and_nothing_was_fetched(browser: Browser, page: Path) -> None:
    """Last, after all of the above: the console is empty, and the page itself is all that was asked for."""
    assert browser.run("return window.pwned") is None
    assert browser.driver.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
    urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert page.as_uri() in urls
    assert [url for url in urls if not url.startswith("data:") and url.split("#")[0] != page.as_uri()] == []
