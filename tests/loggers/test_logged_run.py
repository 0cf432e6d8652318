"""One small training with all loggers at once, read back from the files that each of them wrote."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wandb
from logged_run import with_loggers
from markdown_it import MarkdownIt
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData  # pyright: ignore[reportAttributeAccessIssue]

from compressible import training
from compressible.loggers import rendered
from compressible.reports.annealing_plot import annealing_figure, read_metrics
from compressible.reports.page.logs import read_log
from small_run import write_photographs
from wandb_files import WrittenRun, written_runs

STEPS = [3, 6]
"""Of the validations."""
EVERYTHING = {"scalars": 0, "images": 0, "tensors": 0}
"""Keep all events rather than a sample."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("run") / "run"
    photographs = write_photographs(folder.parent / "photographs")
    return with_loggers(photographs, folder, ("tensorboard", "wandb"), "group=others")


@pytest.fixture(scope="module")
def folder(config: dict[str, Any]) -> Path:
    """Of the finished run."""
    folder = Path(config["logger"]["csv"]["save_dir"])
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            patch.setenv(name, "http://127.0.0.1:9")
        patch.delenv("WANDB_API_KEY", raising=False)
        training.train(config, folder)
    return folder


@pytest.fixture(scope="module")
def events(folder: Path) -> EventAccumulator:
    return EventAccumulator(str(folder / "tensorboard"), EVERYTHING).Reload()


@pytest.fixture(scope="module")
def run(folder: Path) -> WrittenRun:
    (run,) = written_runs(folder)
    return run


@pytest.fixture(scope="module")
def metrics(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Steps and values of the CSV log, by metric."""
    with (folder / "csv" / "version_0" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = rows[0].keys() - {"step"}
    return {name: [(int(row["step"]), float(row[name])) for row in rows if row[name]] for name in names}


def tensorboard_pictures(events: EventAccumulator, name: str) -> dict[int, np.ndarray]:
    shown = {event.step: Image.open(io.BytesIO(event.encoded_image_string)) for event in events.Images(name)}
    return {step: np.array(picture) for step, picture in shown.items()}


def wandb_pictures(run: WrittenRun, name: str) -> dict[int, np.ndarray]:
    files = {step: run.files / value["filenames"][0] for step, value in run.values(name)}
    return {step: np.array(Image.open(file)) for step, file in files.items()}


def test_the_csv_log_stays_and_so_do_the_reports_curves(folder: Path, metrics: dict[str, Any]) -> None:
    assert {"train/loss", "gap/gap", "val/bpp_file", "val/psnr_decoded", "codebook_0/usage"} <= metrics.keys()
    assert {"train/loss", "gap/gap", "val/bpp_file"} <= read_log(folder, "run", "run-0").curves.keys()


def test_metrics_are_those_of_the_csv_log(
    metrics: dict[str, list[tuple[int, float]]], events: EventAccumulator, run: WrittenRun
) -> None:
    assert set(events.Tags()["scalars"]) == metrics.keys()
    for name, logged in metrics.items():
        assert run.values(name) == logged, name
        shown = [(event.step, event.value) for event in events.Scalars(name)]
        assert shown == [(step, np.float32(value)) for step, value in logged], name


def test_reconstructions_are_those_of_the_folder(folder: Path, events: EventAccumulator, run: WrittenRun) -> None:
    files = {int(file.stem.removeprefix("step_")): file for file in (folder / "reconstructions").glob("*.png")}
    assert sorted(files) == STEPS
    for shown in (tensorboard_pictures(events, "reconstructions"), wandb_pictures(run, "reconstructions")):
        assert sorted(shown) == STEPS
        for step, picture in shown.items():
            assert np.array_equal(picture, np.array(Image.open(files[step])))


@pytest.mark.parametrize("name", ["annealing", "codebooks"])
def test_figures_of_each_validation(name: str, events: EventAccumulator, run: WrittenRun) -> None:
    there, here = tensorboard_pictures(events, name), wandb_pictures(run, name)
    assert sorted(there) == sorted(here) == STEPS
    for step in STEPS:
        assert np.array_equal(there[step], here[step])
    first, last = (here[step].astype(int) for step in STEPS)
    assert not np.array_equal(first, last), "the run has gone on"


def test_the_last_figure_has_all_that_was_logged(folder: Path, run: WrittenRun) -> None:
    expected = rendered(annealing_figure(read_metrics("run", folder)))
    assert np.array_equal(wandb_pictures(run, "annealing")[STEPS[-1]], expected)


@pytest.mark.parametrize("metric", ["psnr", "ms_ssim"])
def test_rate_distortion_figures_of_the_evaluation(
    metric: str, folder: Path, events: EventAccumulator, run: WrittenRun
) -> None:
    expected = np.array(Image.open(folder / f"rd_{metric}.png").convert("RGB"))
    name = f"evaluation/rd_{metric}"
    for shown in (tensorboard_pictures(events, name), wandb_pictures(run, name)):
        assert list(shown) == STEPS[-1:]
        assert np.array_equal(shown[STEPS[-1]], expected)


def test_tables_of_the_evaluation(folder: Path, events: EventAccumulator, run: WrittenRun) -> None:
    text = (folder / "evaluation.md").read_text()
    (event,) = events.Tensors("evaluation/text_summary")
    assert (event.step, event.tensor_proto.string_val[0].decode()) == (STEPS[-1], text)

    tokens = MarkdownIt().enable("table").parse(text)
    cells = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type in ("th_open", "td_open")]
    ((step, value),) = run.values("evaluation")
    table = json.loads(run.media(value).read_text())
    assert step == STEPS[-1]
    assert [*table["columns"], *(cell for row in table["data"] for cell in row)] == cells
    assert table["columns"][:3] == ["codec", "bpp (file)", "PSNR dB"]


def test_settings_are_hyperparameters(folder: Path, events: EventAccumulator, run: WrittenRun) -> None:
    record = json.loads((folder / "training.json").read_text())
    metadata = events.summary_metadata["_hparams_/session_start_info"]
    content = HParamsPluginData.FromString(metadata.plugin_data.content)
    shown = content.session_start_info.hparams
    assert shown["config_hash"].string_value == run.config["config_hash"] == record["config_hash"]
    assert shown["beta"].number_value == run.config["beta"] == 0.1
    assert shown["quantizer/centers"].number_value == run.config["quantizer"]["centers"] == 16
    assert shown["trainer/accelerator"].string_value == run.config["trainer"]["accelerator"] == "cpu"


def test_the_wandb_run_is_named_after_the_run_and_finished(config: dict[str, Any], run: WrittenRun) -> None:
    assert run.name == f"test/{run.config['config_hash'][:8]}"
    assert run.group == "others"
    assert run.exit_code == 0
    assert wandb.run is None
