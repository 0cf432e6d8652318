"""What a file in ``configs/sweep`` says, checked key by key."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omegaconf import MISSING, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from compressible.resources import config_folder
from compressible.sweeps.errors import SweepError

WORD = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)
"""A string that needs no quotation marks on a command line, but for the following."""
NO_WORDS = ("null", "true", "false", "nan", "inf")
WITHOUT_EFFECT = {
    "resume": "what is done is left out, what was cut off goes on, and a run whose folder is deleted is made anew",
    "hydra.sweep.dir": "the folder of all runs is paths.outputs",
    "hydra.sweep.subdir": "the folder of a run is hydra.run.dir",
}
"""Settings that a sweep would not heed, and what to do instead."""


@dataclass
class Dimension:
    """Values of one setting that a search chooses from: a range with both ends, whole numbers if both are, or a list.

    Attributes:
        low: least value.
        high: greatest value.
        log: whether the logarithm is what is drawn evenly.
        choices: the values themselves, instead of a range.
    """

    low: Any = None
    high: Any = None
    log: bool = False
    choices: list[Any] = field(default_factory=list)

    @property
    def example(self) -> Any:
        """One of the values."""
        return self.choices[0] if self.choices else self.low


@dataclass
class SearchSettings:
    """A search for the best settings.

    Attributes:
        metric: a figure of held-out data in the runs' ``training.json``.
        trials: runs in all.
        space: setting to its values.
        direction: of the metric: minimize or maximize.
        seed: of the search itself.
    """

    metric: str = MISSING
    trials: int = MISSING
    space: dict[str, Dimension] = MISSING
    direction: str = "minimize"
    seed: int = 0


@dataclass
class RaySettings:
    """What Ray reserves for each run.

    Attributes:
        num_cpus: processors.
        num_gpus: GPUs.
    """

    num_cpus: float = 1.0
    num_gpus: float = 0.0


@dataclass
class Sweep:
    """A sweep as its file describes it: a grid or a search.

    Attributes:
        overrides: of all runs, as on the command line of ``train.py``.
        grid: setting to its values; every combination is a run.
        search: instead of a grid.
        submitit: parameters of submitit's executor, such as ``timeout_min`` or ``slurm_partition``.
        ray: what Ray reserves for each run.
    """

    overrides: list[str] = field(default_factory=list)
    grid: dict[str, list[Any]] = field(default_factory=dict)
    search: SearchSettings | None = None
    submitit: dict[str, Any] = field(default_factory=dict)
    ray: RaySettings = field(default_factory=RaySettings)


def read_sweep(name: str) -> tuple[str, Sweep]:
    """Name and contents of ``configs/sweep/NAME.yaml``, or of any file whose path ends in .yaml.

    Raises:
        SweepError: if there is none, or it says what a sweep does not know.
    """
    path = Path(name) if name.endswith(".yaml") else config_folder() / "sweep" / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in (config_folder() / "sweep").glob("*.yaml")))
        raise SweepError(f"there is no sweep '{name}'; there are {known}, or name a .yaml file")
    try:
        sweep = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Sweep), OmegaConf.load(path)))
    except (OmegaConfBaseException, YAMLError, ValueError) as error:
        key = error.full_key if isinstance(error, OmegaConfBaseException) else None
        raise SweepError(f"{path}: {f'{key}: ' if key else ''}{str(error).splitlines()[0]}") from error
    assert isinstance(sweep, Sweep)
    _check(sweep, path)
    return path.stem, sweep


def _check(sweep: Sweep, path: Path) -> None:
    if bool(sweep.grid) == (sweep.search is not None):
        raise SweepError(f"{path}: a sweep has either a grid or a search")
    if empty := [key for key, values in sweep.grid.items() if not values]:
        raise SweepError(f"{path}: {empty[0]} has no values")
    varied = sweep.grid if sweep.search is None else sweep.search.space
    if twice := [key for key in _keys(sweep.overrides) if key in varied]:
        raise SweepError(f"{path}: {twice[0]} is a setting of all runs and varied as well")
    if sweep.search is None:
        return
    if sweep.search.direction not in ("minimize", "maximize"):
        raise SweepError(f"{path}: direction must be minimize or maximize, got {sweep.search.direction}")
    for key, dimension in sweep.search.space.items():
        ranged = _is_number(dimension.low) and _is_number(dimension.high) and dimension.low < dimension.high
        if ranged == bool(dimension.choices):
            raise SweepError(f"{path}: {key} needs either choices, or numbers low and high")
        if ranged and dimension.log and dimension.low <= 0:
            raise SweepError(f"{path}: {key} is logarithmic, so low must be positive")


def with_settings(sweep: Sweep, given: Sequence[str]) -> Sweep:
    """The sweep with further settings of all runs; one that it varies otherwise has that one value.

    Args:
        sweep: as its file describes it.
        given: settings as for ``train.py``.

    Raises:
        SweepError: if a setting has no effect, or nothing is left to search.
    """
    if heedless := [key for key in (*_keys([*sweep.overrides, *given]), *sweep.grid) if key in WITHOUT_EFFECT]:
        raise SweepError(f"{heedless[0]} has no effect: {WITHOUT_EFFECT[heedless[0]]}")
    keys = _keys(given)
    grid = {key: values for key, values in sweep.grid.items() if key not in keys}
    search = sweep.search
    if search is not None:
        search = replace(search, space={key: values for key, values in search.space.items() if key not in keys})
        if not search.space:
            raise SweepError("with these settings nothing is left to search")
    return replace(sweep, overrides=[*sweep.overrides, *given], grid=grid, search=search)


def _keys(overrides: Sequence[str]) -> list[str]:
    """What overrides are of; a sign before it says that it is added or removed."""
    return [override.lstrip("+~").partition("=")[0] for override in overrides]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def settings_of(values: Mapping[str, Any]) -> list[str]:
    """Settings as arguments of ``train.py``, which reads each as the same value."""
    return [f"{key}={_written(value)}" for key, value in values.items()]


def _written(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            # A backslash counts as such only before a quotation mark.
            quoted = re.sub(r"(\\*)('|\Z)", lambda found: 2 * found[1] + (r"\'" if found[2] else ""), value)
            return value if WORD.fullmatch(value) and value.lower() not in NO_WORDS else f"'{quoted}'"
        case list() | tuple():
            return f"[{','.join(map(_written, value))}]"
        case dict():
            return f"{{{','.join(f'{key}:{_written(own)}' for key, own in value.items())}}}"
        case _:
            return str(value)
