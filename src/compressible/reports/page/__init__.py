"""One HTML page of results and runs, complete in itself: it loads nothing and needs no server.

result files ─┐
run folders ──┼─► Page (dataclasses) ─► HTML with styles, scripts, plots and pictures in it
pictures ─────┘
"""

from compressible.reports.page.assembly import assemble
from compressible.reports.page.model import Page
from compressible.reports.page.rendering import render
from compressible.reports.page.sources import Sources, find_sources

__all__ = ["Page", "Sources", "assemble", "find_sources", "render"]
