"""Tables read back from CSV and LaTeX, with nothing of what wrote them."""

import csv
import io
import re

READ = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"$\pm$": "±",
    r"$\times$": "×",
    r"$\to$": "→",
    "{,}": ",",
    **{f"\\{character}": character for character in "&%$#_{}"},
}
"""How LaTeX shows these."""


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def latex_rows(text: str) -> list[list[str]]:
    """The cells below the header, as they are read in print; a figure without its $ signs."""
    (body,) = re.findall(r"\\midrule\n(.*)\\bottomrule", text, re.DOTALL)
    rows = [line.strip().removesuffix(r" \\") for line in body.strip().splitlines()]
    return [[shown(cell) for cell in re.split(r"(?<!\\) & ", row)] for row in rows]


def shown(cell: str) -> str:
    math = re.fullmatch(r"\$([^$]*)\$", cell)
    if math and cell not in READ:
        cell = math[1].replace(r"\pm", "±")
    return re.sub("|".join(map(re.escape, sorted(READ, key=len, reverse=True))), lambda found: READ[found[0]], cell)
