"""The callback in short runs of Lightning: what it writes and logs, and of which moment."""

import copy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import CSVLogger
from torch import Tensor, nn
from torch.utils.data import DataLoader

from compressible.annealing import Exponential
from compressible.callbacks import IndexHistograms
from compressible.callbacks.weight_statistics import bits_per_weight, histograms, mean_max_phi, soft_hard_gap
from compressible.data.labelled_images import InOrder, LabelledImages
from compressible.instantiate import ConfigError
from compressible.models.quantized_network import QuantizedNetwork
from compressible.quantizers import Scalar, SoftToHard
from compressible.rates import Histogram
from compressible.reports.index_records import IndexRecord, SwitchRecord
from compressible.reports.logged_values import logged_values
from compressible.reports.schema import load
from compressible.tasks import Classification, OneCycle, Stage, Stages, WarmupCosine, WeightCompression
from compressible.tasks.optimizers import sgd

STEPS = 5
FOUR_CENTERS = partial(SoftToHard, centers=4)


class Flat(nn.Linear):
    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.flatten(1).float() / 255)


class Witnessed(WeightCompression):
    """Keeps the model of every step, and as it was when the task itself was about to make it hard."""

    def __init__(self, hard: float, quantizer: Any = FOUR_CENTERS) -> None:
        super().__init__(
            QuantizedNetwork(Flat(12, 3), quantizer, codebooks="tensor"),
            partial(Histogram, window=1, every=1),
            beta=0.1,
            annealing=Exponential(growth=16.0),
            stages=Stages(autoencoder=0.0, unfreeze=0.0, hard=hard),
            optimizer=partial(sgd, lr=0.5),
            learning_rate=WarmupCosine(warmup=0.0),
        )
        self.seen: list[QuantizedNetwork] = []
        self.last_soft: QuantizedNetwork | None = None

    def on_train_batch_start(self, batch: LabelledImages, batch_idx: int) -> None:
        if self.stage is Stage.HARD and self.last_soft is None:
            self.last_soft = copy.deepcopy(self.model)
        super().on_train_batch_start(batch, batch_idx)

    def training_step(self, batch: LabelledImages, batch_idx: int) -> Tensor:
        self.seen.append(copy.deepcopy(self.model))
        return super().training_step(batch, batch_idx)


class SaveAt(pl.Callback):
    """Saves a checkpoint before one step."""

    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    def on_train_batch_end(self, trainer: pl.Trainer, *_: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


def fit(folder: Path, hard: float = 0.4, every: int = 1, resume: Path | None = None) -> Witnessed:
    """Five steps; with 0.4 the first three are soft."""
    torch.manual_seed(0)
    task = Witnessed(hard)
    images = LabelledImages(torch.randint(256, (8, 3, 2, 2), dtype=torch.uint8), torch.randint(3, (8,)))
    trainer = pl.Trainer(
        accelerator="cpu",
        max_steps=STEPS,
        log_every_n_steps=every,
        callbacks=[IndexHistograms(str(folder)), SaveAt(3, folder / "3.ckpt")],
        logger=CSVLogger(str(folder), name="csv"),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    loader = DataLoader(InOrder(images, 8), batch_size=None)
    trainer.fit(task, loader, ckpt_path=None if resume is None else str(resume), weights_only=True)
    return task


def written(folder: Path) -> dict[str, IndexRecord]:
    return {path.name: load(path, IndexRecord) for path in (folder / "index_histograms").iterdir()}


def logged(folder: Path, name: str) -> dict[int, float]:
    return logged_values(folder).get(name, {})


def test_histograms_of_the_beginning_the_middle_and_the_end(tmp_path: Path) -> None:
    task = fit(tmp_path)
    models = {0: task.seen[0], 2: task.seen[2], STEPS: task.model}
    records = written(tmp_path)
    assert sorted(records) == [f"step_000000{step}.json" for step in models]
    for step, model in models.items():
        record = records[f"step_000000{step}.json"]
        assert record.step == step
        assert record.vectors == histograms(model)
        assert record.entropy == bits_per_weight(histograms(model))
        assert [sum(vector.counts) for vector in record.vectors] == [36, 3]
    assert len({record.vectors for record in records.values()}) == 3, "weights and centers have moved"


def test_the_switch_is_that_from_the_last_soft_weights(tmp_path: Path) -> None:
    """Lightning calls callbacks before the task."""
    task = fit(tmp_path)
    record = load(tmp_path / "switch.json", SwitchRecord)
    assert task.last_soft is not None
    assert record.step == 3
    assert record.mean_max_phi == pytest.approx(mean_max_phi(task.last_soft))
    assert record.gap == pytest.approx(soft_hard_gap(task.last_soft))
    assert record.gap > 0


def test_each_step_is_logged_as_it_computed(tmp_path: Path) -> None:
    task = fit(tmp_path)
    expected = {step: bits_per_weight(histograms(model)) for step, model in enumerate(task.seen)}
    assert logged(tmp_path, "train/entropy") == pytest.approx(expected)
    soft = {step: mean_max_phi(model) for step, model in enumerate(task.seen[:3])}
    assert logged(tmp_path, "train/max_phi") == pytest.approx(soft)
    assert logged(tmp_path, "train/sigma") == pytest.approx({step: 16 ** (step / 3) for step in range(3)})


def test_it_logs_when_lightning_does(tmp_path: Path) -> None:
    fit(tmp_path, every=2)
    assert set(logged(tmp_path, "train/entropy")) == set(logged(tmp_path, "train/loss")) == {1, 3}


def test_a_new_run_clears_what_another_left_and_one_without_hard_steps_has_no_switch(tmp_path: Path) -> None:
    (tmp_path / "index_histograms").mkdir()
    for leftover in (tmp_path / "switch.json", tmp_path / "index_histograms" / "step_0000003.json"):
        leftover.write_text("old")
    fit(tmp_path, hard=0.0)
    assert sorted(written(tmp_path)) == ["step_0000000.json", "step_0000002.json", "step_0000005.json"]
    assert not (tmp_path / "switch.json").exists()


def test_a_resumed_run_leaves_what_an_uninterrupted_one_leaves(tmp_path: Path) -> None:
    fit(tmp_path)
    whole = {path: path.read_bytes() for path in (tmp_path / "switch.json", *tmp_path.glob("index_histograms/*"))}
    assert len(whole) == 4
    for outdated in (tmp_path / "switch.json", tmp_path / "index_histograms" / "step_0000005.json"):
        outdated.unlink()
    fit(tmp_path, resume=tmp_path / "3.ckpt")
    assert {path: path.read_bytes() for path in whole} == whole


def test_one_process_of_many_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pl.Trainer, "is_global_zero", property(lambda _: False))
    fit(tmp_path)
    assert not (tmp_path / "index_histograms").exists()
    assert not (tmp_path / "switch.json").exists()
    assert logged(tmp_path, "train/entropy") == {}


@pytest.mark.parametrize(
    ("task", "why"),
    [
        (Classification(Flat(12, 3), partial(sgd), OneCycle()), "weight_compression"),
        (Witnessed(0.4, partial(Scalar, levels=5)), "soft-to-hard"),
    ],
)
def test_what_has_no_soft_indices_is_refused(task: pl.LightningModule, why: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{why}.*callbacks=plain"):
        IndexHistograms(str(tmp_path)).setup(pl.Trainer(logger=False, accelerator="cpu"), task, "fit")


@pytest.mark.parametrize("moments", [(-0.1,), (0.0, 50)])
def test_moments_are_fractions(moments: tuple[float, ...], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fractions"):
        IndexHistograms(str(tmp_path), moments)
