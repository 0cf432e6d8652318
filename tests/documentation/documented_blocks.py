"""The code blocks of README and docs."""

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

TOP = Path(__file__).parents[2]
PAGES = ("README.md", *sorted(str(path.relative_to(TOP)) for path in (TOP / "docs").rglob("*.md")))
NOT_RUN = re.compile(r"<!-- not run: (.*?) -->\s*", re.DOTALL)
TABLE = re.compile(r"<!-- (table [\w-]+|end) -->")


@dataclass(frozen=True)
class Block:
    """One block.

    Attributes:
        line: where it begins.
        language: what stands behind its fence; empty if nothing does, or if it is indented instead.
        title: of the file that it is, or empty.
        text: what is in it.
        excuse: why it is not run, as the comment above it says; None if there is none.
        generated: whether it stands in a generated table.
    """

    line: int
    language: str
    title: str
    text: str
    excuse: str | None
    generated: bool


def blocks_of(markdown: str) -> list[Block]:
    """All blocks of a page, in order."""
    found = []
    before, generated = None, False
    for token in MarkdownIt().parse(markdown):
        if token.type in ("fence", "code_block"):
            language, _, options = token.info.partition(" ")
            title = re.search(r'title="([^"]+)"', options)
            comment = NOT_RUN.fullmatch(before.content) if before is not None and before.type == "html_block" else None
            line = token.map[0] + 1 if token.map else 0
            excuse = comment[1] if comment else None
            found.append(Block(line, language, title[1] if title else "", token.content, excuse, generated))
        for comment in TABLE.findall(token.content) if token.type == "html_block" else ():
            generated = comment != "end"
        before = token
    return found
