import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.tasks import Stage, Stages


def test_stages_of_a_run_by_hand() -> None:
    """Of 20 steps the first 30% and the last 10%."""
    stages = Stages(autoencoder=0.3, unfreeze=0.5, hard=0.1)
    names = [stages.at(step, 20).value for step in range(20)]
    assert names == ["autoencoder"] * 6 + ["joint"] * 12 + ["hard"] * 2
    assert (stages.joint_start(20), stages.hard_start(20)) == (6, 18)


def test_channels_are_unfrozen_at_equal_distances() -> None:
    """Five channels over the first 40 of 100 steps: one more every ten."""
    stages = Stages(autoencoder=0.5, unfreeze=0.8)
    counts = [stages.active_channels(step, 100, 5) for step in range(100)]
    assert counts == [1] * 10 + [2] * 10 + [3] * 10 + [4] * 10 + [5] * 60


fractions = st.floats(0, 1)


@given(fractions, fractions, fractions, st.integers(1, 300), st.integers(1, 64))
def test_stages_follow_each_other(autoencoder: float, share: float, unfreeze: float, steps: int, channels: int) -> None:
    stages = Stages(autoencoder, unfreeze, (1 - autoencoder) * share)
    order = list(Stage)
    seen = [order.index(stages.at(step, steps)) for step in range(steps)]
    assert seen == sorted(seen)
    assert abs(seen.count(0) - autoencoder * steps) <= 0.5 + 1e-9
    assert seen.count(2) <= stages.hard * steps + 0.5 + 1e-9
    counts = [stages.active_channels(step, steps, channels) for step in range(steps)]
    assert counts == sorted(counts)
    assert all(1 <= count <= channels for count in counts)
    quantized = [count for count, stage in zip(counts, seen, strict=True) if stage > 0]
    assert set(quantized) <= {channels}, "all channels are in use before anything is quantized"


def test_lengths_of_zero_leave_a_stage_out() -> None:
    stages = Stages(autoencoder=0.0, unfreeze=0.5, hard=0.0)
    assert {stages.at(step, 10) for step in range(10)} == {Stage.JOINT}
    assert stages.active_channels(0, 10, 8) == 8
    assert Stages(autoencoder=0.5, unfreeze=0.0).active_channels(0, 10, 8) == 8


@pytest.mark.parametrize("scale", [10, 1000])
def test_one_number_scales_a_run(scale: int) -> None:
    stages = Stages(0.3, 0.5, 0.1)
    for step in range(100):
        assert stages.at(step, 100) == stages.at(step * scale, 100 * scale)
        assert stages.active_channels(step, 100, 9) == stages.active_channels(step * scale, 100 * scale, 9)


@pytest.mark.parametrize(
    "wrong", [{"autoencoder": -0.1}, {"unfreeze": 1.5}, {"hard": -1}, {"autoencoder": 0.8, "hard": 0.3}]
)
def test_fractions_that_do_not_fit_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="stage"):
        Stages(**wrong)
