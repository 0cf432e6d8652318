"""Tables are written, and read back by readers that know nothing of the writer."""

import hypothesis.strategies as st
from hypothesis import example, given
from table_readers import csv_rows, latex_rows, shown

from compressible.reports.reproduction.comparison import Comparison, Line, Number, Origin
from compressible.reports.reproduction.rendering import as_csv, as_latex, as_markdown, escape
from compressible.reports.verdict import Verdict

LINES = (
    Line("k-means & co", "accuracy, %", Number(92.6, ",.10g"), Number(92.0625, ".2f", 0.125), 3, Verdict.YES),
    Line("MACs", "one-bit", Number(2599552, ",.10g"), Number(2599552.0, ",.0f"), 1, Verdict.NO),
    Line("h | x", "in all runs", "yes: 6.07 → 4.25", None, 0, Verdict.MISSING),
)
TABLE = Comparison("t", "Caption, 100 %", LINES, ("At most 5 %.",), ("A & B.",), (Origin("t.json", ("c0ffee",)),))


def test_csv_has_full_precision_and_leaves_empty_what_is_not_there() -> None:
    first, second, third = csv_rows(as_csv(TABLE))
    assert [float(first[name]) for name in ("paper", "ours", "spread", "difference")] == [
        92.6,
        92.0625,
        0.125,
        92.0625 - 92.6,
    ]
    assert (first["what"], first["quantity"], first["runs"], first["reproduced"]) == (
        "k-means & co",
        "accuracy, %",
        "3",
        "yes",
    )
    assert (first["what differed"], first["from"]) == ("A & B.", "t.json (commit c0ffee)")
    assert (second["spread"], float(second["difference"])) == ("", 0.0)
    assert (third["paper"], third["ours"], third["difference"]) == ("yes: 6.07 → 4.25", "", "")


def test_latex_reads_as_what_was_meant() -> None:
    text = as_latex(TABLE)
    assert latex_rows(text) == [
        ["k-means & co", "accuracy, %", "92.6", "92.06 ± 0.12", "-0.54", "3", "yes"],
        ["MACs", "one-bit", "2,599,552", "2,599,552", "+0", "1", "no"],
        ["h | x", "in all runs", "yes: 6.07 → 4.25", "n/a", "n/a", "0", "no runs"],
    ]
    assert text.startswith("% t.json (commit c0ffee)\n\\begin{table}")
    for line in (r"\toprule", r"\midrule", r"\bottomrule", r"\label{tab:t}", r"\caption{Caption, 100 \%}"):
        assert text.count(line) == 1


def test_markdown_says_the_rule_what_differed_and_where_from() -> None:
    text = as_markdown(TABLE)
    assert "| h \\| x | in all runs | yes: 6.07 → 4.25 | n/a | n/a | 0 | no runs |" in text
    for sentence in (
        "**Caption, 100 %**",
        "Reproduced: At most 5 %.",
        "What differed: A & B.",
        "t.json (commit c0ffee)",
    ):
        assert sentence in text
    assert "Ours: no runs yet." in as_markdown(Comparison("t", "c", LINES[2:], (), (), ()))


@given(st.text(st.sampled_from("ab \\&%$#_{}~^<>|±×→é,"), max_size=20))
@example("\\textbar{}")
def test_nothing_of_a_text_is_taken_for_a_command(text: str) -> None:
    escaped = escape(text)
    assert shown("-" + escaped) == "-" + text
    bare = escaped
    for command in ("pm", "times", "to"):
        bare = bare.replace(f"$\\{command}$", "")
    assert not any(bare[i] in "&%$#_" and bare[i - 1 : i] != "\\" for i in range(len(bare)))
