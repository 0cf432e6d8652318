"""Which settings make another run, and which do not."""

from pathlib import Path

import pytest
from pytorch_lightning.accelerators import CPUAccelerator

from compressible.reports.training_record import config_hash, outcome_hash
from small_run import composed, configuration

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


@pytest.mark.parametrize(
    ("here", "overrides"),
    [(1, ()), (8, ()), (8, ("trainer.devices=-1",)), (8, ("trainer.accelerator=gpu",))],
)
def test_all_devices_are_as_many_as_there_are(
    here: int, overrides: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: here)
    assert hash_of("trainer=ddp", *overrides) == hash_of("trainer=ddp", f"trainer.devices={here}")
    assert hash_of("trainer=ddp", *overrides) != hash_of("trainer=ddp", f"trainer.devices={here + 1}")


@pytest.mark.parametrize(("accelerator", "here"), [("auto", 0), ("cpu", 8)])
def test_on_the_processor_all_devices_are_one(accelerator: str, here: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Lightning."""
    assert CPUAccelerator.auto_device_count() == 1
    monkeypatch.setattr("torch.cuda.device_count", lambda: here)
    ours = ("trainer=ddp", f"trainer.accelerator={accelerator}")
    assert hash_of(*ours) == hash_of(*ours, "trainer.devices=1")


@pytest.mark.parametrize(
    ("which", "count"),
    [("[0]", 1), ("[1]", 1), ("'1'", 1), ("'1,'", 1), ("'0,1'", 2), ("[2,5]", 2), ("'2'", 2), ("[0,1,2]", 3)],
)
def test_which_devices_does_not_decide_the_result(which: str, count: int) -> None:
    """How many does. A string without a comma is their number, as in Lightning."""
    assert hash_of(f"trainer.devices={which}") == hash_of(f"trainer.devices={count}")


def codes_of(autoencoder: str) -> str:
    folders = ("callbacks.checkpoint.folder=/run", "logger.csv.save_dir=/run")
    return config_hash(composed(["experiment=bnn_mnist", "input=codes", *folders, autoencoder]))


def test_outputs_may_move_with_the_autoencoder_in_them() -> None:
    """It goes by its folder's name."""
    assert codes_of("paths.outputs=/scratch/outputs") == codes_of("paths.outputs=outputs")
    assert codes_of("data.view.autoencoder=outputs/other") != codes_of("paths.outputs=outputs")


def network_outcome(*overrides: str, paths: str = "/data") -> tuple[str, str]:
    """Both hashes of a weight compression: of its training, and of its outcome."""
    folders = ("callbacks.checkpoint.folder=/run", "logger.csv.save_dir=/run", f"paths.data={paths}")
    config = composed(["experiment=shvq_resnet32", "callbacks=plain", *folders, *overrides])
    return config_hash(config), outcome_hash(config["outcome"])


@pytest.mark.parametrize(
    "override",
    [
        "outcome.split=held_out",
        "outcome.coder=huffman",
        "outcome.tables=merged",
        "outcome.mantissa=23",
        "+outcome.calibration_batches=0",
    ],
)
def test_one_training_may_have_several_outcomes(override: str) -> None:
    (training, outcome), (same_training, other_outcome) = network_outcome(), network_outcome(override)
    assert training == same_training
    assert outcome != other_outcome


@pytest.mark.parametrize(
    "override",
    [
        "resume=false",
        "logger=tensorboard",
        "trainer.accelerator=gpu",
        "trainer.log_every_n_steps=3",
        "callbacks.checkpoint.minutes=1",
        "evaluation=kodak",
    ],
)
def test_what_shows_and_runs_makes_no_other_outcome(override: str) -> None:
    """Nor does an evaluation on pictures, which a network has none of."""
    logger = ("logger.tensorboard.folder=/run",) if "tensorboard" in override else ()
    assert network_outcome(override, *logger) == network_outcome()


def evaluated(on: str, paths: str = "/data") -> str:
    arguments = ("experiment=shvq_kodak", f"evaluation={on}", f"paths.data={paths}")
    return outcome_hash(configuration(HOME, Path("/outputs/run"), *arguments)["outcome"])


def test_another_evaluation_of_an_image_model_makes_another_outcome() -> None:
    hashes = [evaluated(own) for own in ("none", "kodak", "b100", "kodak_alone")]
    assert len(set(hashes)) == 4


def test_an_outcome_may_move_with_its_data() -> None:
    assert network_outcome(paths="/scratch/sets") == network_outcome()
    assert evaluated("kodak", paths="/scratch/sets") == evaluated("kodak")


def test_the_final_evaluation_does_not_decide_the_result() -> None:
    config = configuration(HOME, Path("/outputs/run"), *RUN)
    assert config_hash(config | {"evaluation": {"dataset": "kodak"}}) == hash_of()


def test_a_run_may_move() -> None:
    elsewhere = hash_of(photographs=Path("/data/photographs"), folder=Path("/scratch/other"))
    assert elsewhere == hash_of()
    assert hash_of(photographs=Path("/data/other_photographs")) != hash_of(), "a data set goes by its folder's name"
