r"""A comparison as Markdown, as CSV in full precision, and as LaTeX for ``\usepackage{booktabs}``."""

import csv
import io
from collections.abc import Sequence

from compressible.reports.reproduction.comparison import Cell, Comparison, Line, Number
from compressible.reports.tables import markdown

COLUMNS = ("what", "quantity", "paper", "ours", "difference", "runs", "reproduced")
CSV_COLUMNS = (
    "what",
    "quantity",
    "paper",
    "ours",
    "spread",
    "difference",
    "runs",
    "reproduced",
    "what differed",
    "from",
)
LONG = 26
"""Characters beyond which a column of LaTeX breaks its lines."""
WIDTH = 0.24
r"""Of such a column, in \linewidth."""
ESCAPED = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "→": r"$\to$",
}


def as_markdown(comparison: Comparison) -> str:
    """The table between its caption and what is to be known of it."""
    table = markdown(COLUMNS, [_texts(line) for line in comparison.lines])
    return "\n".join((f"**{comparison.caption}**\n", table, *(f"{note}\n" for note in _notes(comparison))))


def as_csv(comparison: Comparison) -> str:
    """One line a figure; nothing where there is none, and figures as they were measured."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    differed, origins = " ".join(comparison.differed), "; ".join(map(str, comparison.origins))
    for line in comparison.lines:
        cells = (line.paper, line.ours, _spread(line.ours), line.difference)
        exact = [cell.value if isinstance(cell, Number) else cell for cell in cells]
        writer.writerow((line.subject, line.quantity, *exact, line.runs, line.verdict, differed, origins))
    return text.getvalue()


def as_latex(comparison: Comparison) -> str:
    """A ``table`` environment, its notes below, where its figures are from in comments."""
    texts = [_texts(line) for line in comparison.lines]
    columns = "".join(_column([row[i] for row in texts], numeric=i in (2, 3, 4, 5)) for i in range(len(COLUMNS)))
    rows = [" & ".join(map(_latex, _cells(line))) for line in comparison.lines]
    notes = r"\\ ".join(escape(note) for note in _notes(comparison))
    return "\n".join(
        (
            *(f"% {origin}" for origin in comparison.origins),
            r"\begin{table}",
            r"  \centering",
            f"  \\caption{{{escape(comparison.caption)}}}",
            f"  \\label{{tab:{comparison.name}}}",
            f"  \\begin{{tabular}}{{{columns}}}",
            r"    \toprule",
            f"    {' & '.join(map(escape, COLUMNS))} \\\\",
            r"    \midrule",
            *(f"    {row} \\\\" for row in rows),
            r"    \bottomrule",
            r"  \end{tabular}",
            f"  \\par\\smallskip\\footnotesize {notes}",
            r"\end{table}",
            "",
        )
    )


def escape(text: str) -> str:
    """Characters that mean something to LaTeX, as they are read."""
    return "".join(ESCAPED.get(character, character) for character in text)


def _notes(comparison: Comparison) -> tuple[str, ...]:
    told = (("Reproduced", " ".join(comparison.rules)), ("What differed", " ".join(comparison.differed)))
    origins = "; ".join(map(str, comparison.origins)) or "no runs yet"
    return (*(f"{title}: {text}" for title, text in told if text), f"Ours: {origins}.")


def _cells(line: Line) -> tuple[Cell, ...]:
    return (line.subject, line.quantity, line.paper, line.ours, line.difference, str(line.runs), str(line.verdict))


def _texts(line: Line) -> tuple[str, ...]:
    return tuple(map(_text, _cells(line)))


def _text(cell: Cell) -> str:
    match cell:
        case Number(value, spec, None):
            return format(value, spec)
        case Number(value, spec, spread):
            return f"{format(value, spec)} ± {format(spread, spec.lstrip('+'))}"
        case None:
            return "n/a"
        case _:
            return cell


def _latex(cell: Cell) -> str:
    if not isinstance(cell, Number):
        return escape(_text(cell))
    # In math mode a hyphen is a minus sign, and a comma would be followed by a space.
    return "$" + _text(cell).replace(",", "{,}").replace("±", r"\pm") + "$"


def _spread(cell: Cell) -> float | None:
    return cell.spread if isinstance(cell, Number) else None


def _column(texts: Sequence[str], numeric: bool) -> str:
    if max(map(len, texts)) > LONG:
        return f"p{{{WIDTH}\\linewidth}}"
    return "r" if numeric else "l"
