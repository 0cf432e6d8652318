"""When figures of a run are shown, and of what."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pytorch_lightning.loggers import CSVLogger

from compressible.callbacks import RunFigures
from compressible.loggers import Display, rendered
from compressible.reports.annealing_plot import annealing_figure, read_metrics


class Wall(Display):
    """Keeps the pictures."""

    def __init__(self) -> None:
        self.pictures: list[tuple[str, int, NDArray[np.uint8]]] = []

    def show_settings(self, settings: Mapping[str, Any]) -> None: ...

    def show_picture(self, name: str, picture: NDArray[np.uint8], step: int) -> None:
        self.pictures.append((name, step, picture))

    def show_tables(self, name: str, text: str, step: int) -> None: ...

    def close(self, *, failed: bool) -> None: ...

    def save(self) -> None: ...


def log_gap(logger: CSVLogger, step: int) -> None:
    logger.log_metrics(
        {"gap/sigma": 2.0**step, "gap/soft_mse": 0.1, "gap/hard_mse": 0.2 + step, "gap/gap": 0.1 + step}, step
    )


def trainer_at(step: int, *loggers: object, first: bool = True) -> Any:
    return SimpleNamespace(global_step=step, loggers=list(loggers), is_global_zero=first)


def test_each_validation_shows_all_that_was_logged_until_then(tmp_path: Path) -> None:
    """Though the CSV log itself is written only now and then."""
    log, wall, callback = CSVLogger(str(tmp_path), name="csv"), Wall(), RunFigures(tmp_path)
    expected = []
    for step in (1, 2):
        log_gap(log, step)
        callback.on_validation_end(trainer_at(step, log, wall), SimpleNamespace())  # type: ignore[arg-type]
        expected.append(rendered(annealing_figure(read_metrics("run", tmp_path))))
    assert [(name, step) for name, step, _ in wall.pictures] == [("annealing", 1), ("annealing", 2)]
    for (_, _, picture), figure in zip(wall.pictures, expected, strict=True):
        assert np.array_equal(picture, figure)
        assert picture.shape == (700, 750, 3)
    assert not np.array_equal(*expected)


@pytest.mark.parametrize(("last", "shown"), [(4, [4]), (5, [4, 5])])
def test_the_last_step_is_shown_once(last: int, shown: list[int], tmp_path: Path) -> None:
    log, wall, callback = CSVLogger(str(tmp_path), name="csv"), Wall(), RunFigures(tmp_path)
    log_gap(log, 1)
    callback.on_validation_end(trainer_at(4, log, wall), SimpleNamespace())  # type: ignore[arg-type]
    callback.on_train_end(trainer_at(last, log, wall), SimpleNamespace())  # type: ignore[arg-type]
    assert [step for _, step, _ in wall.pictures] == shown


@pytest.mark.parametrize("first", [True, False])
def test_nothing_is_drawn_for_nobody(first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a display, or in another process than the first."""

    def fail(folder: Path) -> None:
        raise AssertionError("a figure was drawn")

    monkeypatch.setattr("compressible.callbacks.run_figures.run_figures", fail)
    log, wall = CSVLogger(str(tmp_path), name="csv"), Wall()
    log_gap(log, 1)
    trainer = trainer_at(1, log, first=True) if first else trainer_at(1, log, wall, first=False)
    RunFigures(tmp_path).on_validation_end(trainer, SimpleNamespace())  # type: ignore[arg-type]
    assert wall.pictures == []
