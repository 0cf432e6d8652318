import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.annealing import Annealing, Constant, Exponential, Gap, Linear


def test_gap_control_by_hand() -> None:
    """sigma_0 = 2, K_G = 100 sigma_0 = 200, T = 0.1 of 100 steps = 10, gap(0) = 0.01."""
    control = Gap(gain=100.0, half_time=0.1)
    assert control.start(sigma_0=2.0, steps=100) == 2.0
    # t   gap     target T/(T+t) 0.01   e_G            sigma(t+1) = sigma(t) + 200 e_G
    # 0   0.01    0.01                   0              2
    # 1   0.02    0.009090909            0.010909091    2 + 2.181818182
    # 2   0.01    0.008333333            0.001666667    4.181818182 + 0.333333333
    # 3   0.0     0.007692308           -0.007692308    4.515151515 - 1.538461538
    # 4  -0.001   0.007142857           -0.008142857    2.976689977 - 1.628571429, not below sigma_0
    # 5   0.0125  0.006666667            0.005833333    2 + 1.166666667
    gaps = [0.01, 0.02, 0.01, 0.0, -0.001, 0.0125]
    expected = [2.0, 4.181818182, 4.515151515, 2.976689977, 2.0, 3.166666667]
    assert [control.step(gap) for gap in gaps] == pytest.approx(expected, abs=1e-8)
    assert control.sigma() == pytest.approx(expected[-1], abs=1e-8)


def test_a_gap_above_its_target_hardens_and_one_below_softens() -> None:
    for gap, sign in ((0.02, 1), (0.0, -1)):
        control = Gap(gain=10.0)
        control.start(1.0, 100)
        control.step(0.01)
        control.step(0.03)
        before = control.sigma()
        assert (control.step(gap) - before) * sign > 0


def test_the_target_is_halved_after_the_half_time() -> None:
    """Whatever came before, half of the first gap at t = T moves nothing, and more or less than it does."""
    for gap, moves in ((0.02, False), (0.021, True), (0.019, True)):
        control = Gap(gain=5.0, half_time=0.25)
        control.start(1.0, 40)
        control.step(0.04)
        for _ in range(9):
            control.step(0.05)
        before = control.sigma()
        assert (control.step(gap) != pytest.approx(before, abs=1e-12)) == moves


def test_sigma_stays_between_its_limits() -> None:
    control = Gap(gain=1e9, growth_limit=50.0)
    control.start(0.3, 100)
    assert control.step(0.1) == 0.3
    assert control.step(1.0) == pytest.approx(15.0)
    assert control.step(1.0) == pytest.approx(15.0)
    assert control.step(-1.0) == 0.3


def test_a_new_start_forgets() -> None:
    control = Gap()
    control.start(1.0, 10)
    for gap in (0.01, 0.5, 0.5):
        control.step(gap)
    assert control.start(3.0, 20) == 3.0
    assert control.step(0.2) == 3.0, "the first gap is its own target"


def test_exponential_multiplies_by_the_same_factor() -> None:
    """Section 5: 1.001 a step makes a factor of about 20 in 3,000 steps."""
    schedule = Exponential(growth=20.0)
    sigma = schedule.start(0.4, 3000)
    assert sigma == 0.4
    factors = []
    for _ in range(3000):
        after = schedule.step()
        factors.append(after / sigma)
        sigma = after
    assert sigma == pytest.approx(8.0)
    assert factors == pytest.approx([factors[0]] * 3000, rel=1e-9)
    assert factors[0] == pytest.approx(1.001, abs=2e-6)


def test_exponential_starts_where_it_is_told() -> None:
    """Softer than sigma_0 at first: 0.1 of it, then twice as hard at each of 10 steps."""
    schedule = Exponential(growth=1024.0, first=0.1)
    values = [schedule.start(0.5, 10), *(schedule.step() for _ in range(10))]
    assert values == pytest.approx([0.05 * 2**t for t in range(11)])


def test_linear_adds_the_same_amount() -> None:
    schedule = Linear(growth=5.0)
    values = [schedule.start(0.5, 8), *(schedule.step() for _ in range(8))]
    assert values == pytest.approx([0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5])


def test_constant_stays() -> None:
    schedule = Constant()
    assert [schedule.start(0.7, 3), *(schedule.step(0.1) for _ in range(3))] == [0.7] * 4


def test_a_constant_of_its_own_is_that_wherever_it_starts() -> None:
    schedule = Constant(sigma=2.5)
    assert [schedule.start(0.7, 3), *(schedule.step(0.1) for _ in range(3))] == [2.5] * 4


FACTORIES: list[Callable[[], Annealing]] = [
    Constant,
    lambda: Constant(sigma=2.5),
    Linear,
    Exponential,
    lambda: Gap(gain=30.0, half_time=0.3, growth_limit=10.0),
]


@given(
    st.sampled_from(FACTORIES),
    st.floats(1e-3, 1e3),
    st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=30),
    st.integers(0, 30),
)
def test_state_continues_exactly(
    factory: Callable[[], Annealing], sigma_0: float, gaps: list[float], saved_after: int
) -> None:
    annealing = factory()
    annealing.start(sigma_0, 40)
    for gap in gaps[:saved_after]:
        annealing.step(gap)
    resumed = factory()
    resumed.load_state_dict(json.loads(json.dumps(annealing.state_dict())))
    assert resumed.sigma() == annealing.sigma()
    for gap in gaps[saved_after:]:
        assert resumed.step(gap) == annealing.step(gap)
    assert resumed.state_dict() == annealing.state_dict()


@pytest.mark.parametrize("factory", FACTORIES)
def test_starts_that_make_no_sense_are_refused(factory: Callable[[], Annealing]) -> None:
    for sigma_0, steps in ((0.0, 10), (-1.0, 10), (1.0, 0)):
        with pytest.raises(ValueError, match="sigma_0"):
            factory().start(sigma_0, steps)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Constant, {"sigma": 0.0}),
        (Constant, {"sigma": -1.0}),
        (Exponential, {"growth": 0.0}),
        (Exponential, {"first": 0.0}),
        (Linear, {"growth": 0.0}),
        (Linear, {"growth": -3.0}),
        (Gap, {"gain": 0.0}),
        (Gap, {"gain": -1.0}),
        (Gap, {"half_time": 0.0}),
        (Gap, {"growth_limit": 0.5}),
    ],
)
def test_arguments_that_make_no_sense_are_refused(kind: type[Annealing], wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        kind(**wrong)


def test_gap_control_asks_for_its_gap() -> None:
    control = Gap()
    control.start(1.0, 10)
    with pytest.raises(ValueError, match="gap"):
        control.step()


def test_only_gap_control_needs_a_gap() -> None:
    assert Gap.needs_gap
    assert not any(kind.needs_gap for kind in (Constant, Linear, Exponential))
