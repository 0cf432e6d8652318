import pytest

from compressible.reports.environment import record_environment
from compressible.reports.sweep_trial import SCHEMA, SweepTrial, Way, join, trial_sentence, trial_table


def way(name: str, seconds: float, models: tuple[str, ...], steps: int = 330, kills: int = 0) -> Way:
    return Way(name, steps, 1, seconds, kills, models)


@pytest.fixture
def trial() -> SweepTrial:
    by_hand = join([way("by hand", 118.0, ("a", "b")), way("by hand", 62.0, ("c",))])
    swept = join([way("sweep", 120.0, ("a", "b")), way("sweep", 64.5, ("c",))])
    short = [way("sweep", 10.0, ("d", "e"), 20), way("killed twice", 15.0, ("d", "x"), 20, kills=2)]
    return SweepTrial(SCHEMA, record_environment(), by_hand, swept, short[0], (short[1],))


def test_each_way_is_compared_with_the_first_of_its_length(trial: SweepTrial) -> None:
    rows = trial_table(trial).splitlines()[2:]
    assert rows == [
        "| by hand | 3 | 330 | 1 | 0 | 180.0 | 3 |",
        "| sweep | 3 | 330 | 1 | 0 | 184.5 | 3 |",
        "| sweep | 2 | 20 | 1 | 0 | 10.0 | 2 |",
        "| killed twice | 2 | 20 | 1 | 2 | 15.0 | 1 |",
    ]


def test_what_a_sweep_costs_is_a_share_of_the_time_by_hand(trial: SweepTrial) -> None:
    assert trial.overhead == pytest.approx(4.5 / 180)
    assert trial_sentence(trial) == "With runs of 60 s each, a sweep took 2.5 % longer than the same runs by hand."
