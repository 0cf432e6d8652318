"""Generated tables in pages that people write: each stands between ``<!-- table NAME -->`` and ``<!-- end -->``."""

import re
from collections.abc import Mapping

_BLOCK = re.compile(r"<!-- table ([\w-]+) -->.*?<!-- end -->", re.DOTALL)


def marked(text: str) -> list[str]:
    """Names of the tables that a page has."""
    return _BLOCK.findall(text)


def fill(text: str, tables: Mapping[str, str]) -> str:
    """The page with those tables anew that are given; all else stays."""

    def block(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- table {name} -->\n{tables[name]}\n<!-- end -->" if name in tables else found[0]

    return _BLOCK.sub(block, text)
