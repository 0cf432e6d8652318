"""Every experiment of image compression, in its smoke form, trains, exports, compresses and decompresses."""

from pathlib import Path

import numpy as np
import pytest
import torch

from compressible import load, training
from compressible.instantiate import ConfigError
from compressible.resources import config_folder
from small_run import configuration, write_photographs

EXPERIMENTS = sorted(
    path.stem for path in (config_folder() / "experiment").glob("shvq_*.yaml") if "resnet" not in path.stem
)
ABLATIONS = sorted(path.stem for path in (config_folder() / "ablation").glob("*.yaml"))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("data") / "photographs")


def train_and_code(photographs: Path, folder: Path, *overrides: str) -> None:
    config = configuration(photographs, folder, "budget=smoke", "trainer.max_steps=2", *overrides)
    codec = load(str(training.train(config, folder)))
    image = np.random.default_rng(1).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    data = codec.encode(image)
    assert codec.decode(data).shape == image.shape
    assert codec.sizes(data).file == len(data)
    assert (folder / "training.json").exists()


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiment_in_smoke_form(experiment: str, photographs: Path, tmp_path: Path) -> None:
    train_and_code(photographs, tmp_path, f"experiment={experiment}", "task.stages.autoencoder=0.5")


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_ablation_in_smoke_form(ablation: str, photographs: Path, tmp_path: Path) -> None:
    train_and_code(photographs, tmp_path, "experiment=shvq_ablation", f"ablation={ablation}", "quantizer.centers=6")


def test_arms_start_from_one_pretraining(photographs: Path, tmp_path: Path) -> None:
    """The network comes from the pre-training, quantizer and symbol model start afresh."""
    smoke = ("experiment=shvq_ablation", "budget=smoke", "trainer.max_steps=2")
    pretraining = configuration(photographs, tmp_path / "a", *smoke, "ablation=pretraining")
    training.train(pretraining, tmp_path / "a")
    arm = configuration(
        photographs,
        tmp_path / "b",
        *smoke,
        "ablation=scalar",
        "optimizer.lr=0",
        "optimizer.adam_lr=0",
        f"init_from={tmp_path / 'a' / 'last.ckpt'}",
    )
    training.train(arm, tmp_path / "b")
    before, after = (torch.load(tmp_path / run / "last.ckpt", weights_only=True)["state_dict"] for run in "ab")
    assert torch.equal(before["model.encoder.0.weight"], after["model.encoder.0.weight"])
    assert before["model.bottleneck.quantizer.centers"].shape != after["model.bottleneck.quantizer.centers"].shape
    assert after["initialised"]


def test_a_checkpoint_of_another_network_is_refused(photographs: Path, tmp_path: Path) -> None:
    smoke = ("experiment=shvq_ablation", "budget=smoke", "trainer.max_steps=2", "ablation=scalar")
    training.train(configuration(photographs, tmp_path / "a", *smoke), tmp_path / "a")
    start = f"init_from={tmp_path / 'a' / 'last.ckpt'}"
    wider = configuration(photographs, tmp_path / "b", *smoke, "model.channels=5", start)
    with pytest.raises(ConfigError, match="another network"):
        training.train(wider, tmp_path / "b")


def test_bundled_experiment_evaluates_against_the_codecs(tmp_path: Path) -> None:
    """The evaluation of the main job: files, JSON, tables and plots."""
    folder = tmp_path / "run"
    smoke = ("experiment=shvq_bundled", "budget=smoke", "trainer.max_steps=2", f"paths.data={tmp_path}")
    config = configuration(tmp_path, folder, *smoke)
    plan = {
        "_target_": "compressible.reports.evaluation_plan.EvaluationPlan",
        "dataset": "bundled",
        "root": str(tmp_path),
        "families": ["jpeg444"],
    }
    config["outcome"]["evaluation"] = plan
    training.train(config, folder)
    for name in (
        "evaluation.json",
        "evaluation.md",
        "rd_ms_ssim.png",
        "rd_psnr.svg",
        "chelsea.cmpr",
        "chelsea.png",
        "rocket.cmpr",
    ):
        assert (folder / name).stat().st_size > 0, name
