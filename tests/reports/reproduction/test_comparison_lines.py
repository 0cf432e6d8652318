from compressible.reports.reproduction.comparison import Line, Measured, Number, Quantity, measured
from compressible.reports.verdict import Better, Verdict

BITS = Quantity("bits", ".2f", Better.LOWER)


def test_a_deviation_takes_three_runs() -> None:
    assert measured([]) is None
    assert measured([1.0, 3.0]) == Measured(2.0, None, 2)
    assert measured([1.0, 2.0, 3.0]) == Measured(2.0, 1.0, 3)


def test_a_figure_is_judged_where_both_are_there_and_something_is_allowed() -> None:
    ours = Measured(2.25, None, 2)
    assert BITS.line("x", 2.0, ours, 0.25) == Line(
        "x", "bits", Number(2.0, ",.10g"), Number(2.25, ".2f"), 2, Verdict.YES
    )
    assert BITS.line("x", 2.0, ours, 0.2).verdict is Verdict.NO
    assert BITS.line("x", 2.0, ours).verdict is Verdict.OPEN
    assert BITS.line("x", None, ours, 0.2).verdict is Verdict.OPEN
    missing = BITS.line("x", 2.0, None, 0.2)
    assert (missing.ours, missing.runs, missing.verdict) == (None, 0, Verdict.MISSING)


def test_the_difference_is_that_of_two_figures() -> None:
    assert BITS.line("x", 2.0, Measured(1.5, 0.1, 3), 0.0).difference == Number(-0.5, "+.2f")
    assert BITS.line("x", None, Measured(1.5, None, 1)).difference is None
    assert BITS.claim("x", "fewer", Measured(1.5, None, 1), Verdict.YES).difference is None


def test_the_first_of_two_is_to_be_on_the_better_side() -> None:
    low, high = Measured(1.0, None, 1), Measured(2.0, None, 1)
    more = Quantity("entropy", ".1f", Better.HIGHER)
    assert [line.verdict for line in BITS.against(("a", "b"), "fewer", low, high)] == [Verdict.YES, Verdict.OPEN]
    assert more.against(("a", "b"), "more", low, high)[0].verdict is Verdict.NO
    assert BITS.against(("a", "b"), "fewer", low, low)[0].verdict is Verdict.NO
    for pair in ((low, None), (None, high), (None, None)):
        first, second = BITS.against(("a", "b"), "fewer", *pair)
        assert first.verdict is Verdict.MISSING
        assert (second.verdict is Verdict.MISSING) == (pair[1] is None)
