"""Which settings make another run, and which do not."""

from pathlib import Path

import pytest

from compressible.reports.training_record import config_hash
from small_run import configuration

RUN = ("experiment=shvq_kodak", "budget=smoke")
HOME = Path("/home/one/photographs")


def hash_of(*overrides: str, photographs: Path = HOME, folder: Path = Path("/outputs/run")) -> str:
    return config_hash(configuration(photographs, folder, *RUN, *overrides))


@pytest.mark.parametrize(
    "override",
    [
        "beta=0.11",
        "seed=1",
        "init_from=other/last.ckpt",
        "calibration_photographs=3",
        "task.stages.hard=0.1",
        "task.gap_every=2",
        "quantizer.centers=17",
        "quantizer.forward_value=hard",
        "rate.window=5",
        "annealing=linear",
        "optimizer=muon",
        "optimizer.lr=0.5",
        "distortion=ms_ssim",
        "data.crop=48",
        "data.batch_size=3",
        "trainer.max_steps=7",
        "trainer.precision=bf16-mixed",
        "trainer.devices=2",
        "trainer.gradient_clip_val=1.0",
        "+trainer.accumulate_grad_batches=2",
        "+callbacks.average={_target_: pytorch_lightning.callbacks.StochasticWeightAveraging, swa_lrs: 0.1}",
    ],
)
def test_what_decides_the_result_makes_another_run(override: str) -> None:
    assert hash_of(override) != hash_of()


@pytest.mark.parametrize(
    "override",
    [
        "resume=false",
        "logger.csv.name=other",
        "paths.outputs=elsewhere",
        "callbacks.checkpoint.minutes=1",
        "~callbacks.rd_point",
        "callbacks.timer=null",
        "+callbacks.rates={_target_: pytorch_lightning.callbacks.LearningRateMonitor}",
        "trainer.val_check_interval=2",
        "trainer.log_every_n_steps=5",
        "trainer.accelerator=gpu",
    ],
)
def test_what_does_not_decide_the_result_makes_none(override: str) -> None:
    assert hash_of(override) == hash_of()


def test_the_final_evaluation_does_not_decide_the_result() -> None:
    config = configuration(HOME, Path("/outputs/run"), *RUN)
    assert config_hash(config | {"evaluation": {"dataset": "kodak"}}) == hash_of()


def test_a_run_may_move() -> None:
    elsewhere = hash_of(photographs=Path("/data/photographs"), folder=Path("/scratch/other"))
    assert elsewhere == hash_of()
    assert hash_of(photographs=Path("/data/other_photographs")) != hash_of(), "a data set goes by its folder's name"
