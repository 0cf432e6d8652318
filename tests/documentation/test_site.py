"""The documentation site: everything has a page, every page a place, and the whole builds without a warning."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from documented_blocks import TOP

import compressible

DOCS = TOP / "docs"
PACKAGE = Path(compressible.__file__).parent


def pages_of(nav: Any) -> Iterator[str]:
    """All pages in the navigation."""
    if isinstance(nav, str):
        yield nav
    for entry in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from pages_of(entry)


def test_every_page_has_a_place_in_the_navigation() -> None:
    listed = list(pages_of(yaml.safe_load((TOP / "mkdocs.yml").read_text())["nav"]))
    present = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    assert len(listed) == len(set(listed))
    assert set(listed) == present, "give a new page its place in mkdocs.yml"


def test_every_package_has_a_reference_page() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages <= {path.stem for path in (DOCS / "reference").glob("*.md")}


@pytest.mark.parametrize("package", ["bitstream", "codecs", "codes"])
def test_a_package_that_is_listed_module_by_module_is_listed_whole(package: str) -> None:
    page = (DOCS / "reference" / f"{package}.md").read_text()
    listed = set(re.findall(rf"^::: compressible\.{package}\.(\w+)$", page, re.MULTILINE))
    modules = {path.stem for path in (PACKAGE / package).glob("*.py")} - {"__init__"}
    assert listed == modules - ({"view"} if package == "codes" else set()), "codes.view is what its package exports"


@pytest.mark.slow
def test_the_site_builds_strictly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    html = (tmp_path / "reference" / "quantizers.html").read_text()
    assert "compressible.quantizers.SoftToHard" in html
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', (tmp_path / "index.html").read_text())
    assert loaded
    assert not [url for url in loaded if "//" in url], "a page loads nothing from elsewhere"
