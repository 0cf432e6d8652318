"""Times as samples and their summary; what is compared is run in turns.

    A B C, A B C, ... (warm-up, thrown away) ──► A B C, A B C, ... ──► samples of each ──► median, quartiles, extremes

Whatever slows the machine down for a while then slows all that is compared, and a ratio taken turn by turn stays true.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Summary:
    """Where the samples of one quantity lie."""

    median: float
    lower_quartile: float
    upper_quartile: float
    minimum: float
    maximum: float
    repetitions: int


def summarise(samples: Sequence[float]) -> Summary:
    """The summary of at least one sample."""
    minimum, lower, median, upper, maximum = (float(q) for q in np.quantile(samples, (0, 0.25, 0.5, 0.75, 1)))
    return Summary(median, lower, upper, minimum, maximum, len(samples))


def summarise_all(samples: Mapping[str, Sequence[float]]) -> dict[str, Summary]:
    """The summary of each quantity."""
    return {name: summarise(values) for name, values in samples.items()}


def in_turns(
    functions: Mapping[str, Callable[[], object]], repetitions: int, warm_up: int = 2
) -> dict[str, list[float]]:
    """Seconds of each call of each function, turn by turn, after ``warm_up`` turns that do not count."""
    samples: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(warm_up + repetitions):
        for name, function in functions.items():
            start = perf_counter()
            function()
            seconds = perf_counter() - start
            if turn >= warm_up:
                samples[name].append(seconds)
    return samples


def ratios(samples: Mapping[str, Sequence[float]], base: str) -> dict[str, Summary]:
    """Each other quantity over ``base``, turn by turn."""
    return {
        name: summarise([other / own for other, own in zip(values, samples[base], strict=True)])
        for name, values in samples.items()
        if name != base
    }


class Stopwatch:
    """Adds up the seconds spent in chosen methods of chosen objects."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watch(self, owner: object, method: str) -> None:
        """Replace a method of ``owner`` by one that does the same and is timed."""
        original: Callable[..., Any] = getattr(owner, method)

        def timed(*arguments: Any) -> Any:
            start = perf_counter()
            try:
                return original(*arguments)
            finally:
                self.seconds += perf_counter() - start

        setattr(owner, method, timed)

    def lap(self) -> float:
        """Seconds since the last lap."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds
