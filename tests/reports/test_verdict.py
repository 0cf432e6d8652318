import pytest

from compressible.reports.verdict import Better, Verdict, effect, reaches, verdict_of


@pytest.mark.parametrize(
    ("holds", "verdict"), [([], "n/a"), ([True, True], "yes"), ([True, False], "partly"), ([False], "no")]
)
def test_of_several_cases(holds: list[bool], verdict: str) -> None:
    assert verdict_of(holds) is Verdict(verdict)


@pytest.mark.parametrize(
    ("better", "ours", "reached"),
    [
        (Better.HIGHER, 99.0, True),
        (Better.HIGHER, 9.5, True),
        (Better.HIGHER, 9.25, False),
        (Better.LOWER, 1.0, True),
        (Better.LOWER, 10.5, True),
        (Better.LOWER, 10.75, False),
        (Better.NEITHER, 9.5, True),
        (Better.NEITHER, 10.5, True),
        (Better.NEITHER, 9.25, False),
        (Better.NEITHER, 10.75, False),
    ],
)
def test_half_a_point_from_ten(better: Better, ours: float, reached: bool) -> None:
    assert reaches(10.0, ours, better, allowed=0.5) is reached


@pytest.mark.parametrize(
    ("paper", "ours", "verdict"),
    [
        (-28.0, -30.0, "yes"),
        (-28.0, -28.0, "yes"),
        (-28.0, -1.0, "partly"),
        (-28.0, 0.0, "no"),
        (-28.0, 30.0, "no"),
        (160.0, 161.0, "yes"),
        (160.0, -80.0, "no"),
    ],
)
def test_a_change(paper: float, ours: float, verdict: str) -> None:
    assert effect(paper, ours) is Verdict(verdict)
