"""What the hooks before a training step see, and what they leave alone."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from compressible import training
from compressible.models import CompressiveAutoencoder
from compressible.tasks import ImageCompression
from small_run import configuration, write_photographs

OVERRIDES = ("experiment=shvq_kodak", "budget=smoke", "trainer.max_steps=3", "task.stages.autoencoder=0")


def train(folder: Path, *overrides: str) -> None:
    photographs = write_photographs(folder.parent / "photographs")
    training.train(configuration(photographs, folder, *OVERRIDES, "task.stages.hard=0", *overrides), folder)


@pytest.mark.parametrize(("precision", "dtype"), [("32-true", torch.float32), ("bf16-mixed", torch.bfloat16)])
def test_initialisation_and_gap_see_what_the_step_sees(
    precision: str, dtype: torch.dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights do not change between hook and step, so the same batch must give the same features, bit for bit."""
    encode, hook, step = (
        CompressiveAutoencoder.encode,
        ImageCompression.on_train_batch_start,
        ImageCompression.training_step,
    )
    latest: list[Tensor] = []
    in_hooks: list[list[Tensor]] = []
    in_steps: list[list[Tensor]] = []

    def noting_encode(self: CompressiveAutoencoder, x: Tensor) -> Tensor:
        latest.append(encode(self, x))
        return latest[-1]

    def noting_hook(self: ImageCompression, *arguments: Any) -> None:
        latest.clear()
        hook(self, *arguments)
        in_hooks.append([*latest])

    def noting_step(self: ImageCompression, *arguments: Any) -> dict[str, Any]:
        latest.clear()
        result = step(self, *arguments)
        in_steps.append([*latest])
        return result

    monkeypatch.setattr(CompressiveAutoencoder, "encode", noting_encode)
    monkeypatch.setattr(ImageCompression, "on_train_batch_start", noting_hook)
    monkeypatch.setattr(ImageCompression, "training_step", noting_step)
    train(tmp_path / "run", f"trainer.precision={precision}")

    assert [len(features) for features in in_hooks] == [4, 2, 2], "the first batch and three to come; soft and hard"
    assert [len(features) for features in in_steps] == [1, 1, 1]
    of_the_batch = (in_hooks[0][:1], in_hooks[1], in_hooks[2])
    for before, (expected,) in zip(of_the_batch, in_steps, strict=True):
        assert all(torch.equal(features, expected) for features in before)
    assert {z.dtype for features in (*in_hooks, *in_steps) for z in features} == {dtype}


def test_measuring_the_gap_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It draws no random number, and the symbol model does not learn from it."""
    measure, gaps = ImageCompression.measure_gap, []

    def watched(self: ImageCompression, batch: Tensor) -> float:
        random, state = torch.get_rng_state(), {key: value.clone() for key, value in self.state_dict().items()}
        gaps.append(measure(self, batch))
        assert torch.equal(torch.get_rng_state(), random)
        assert all(torch.equal(value, state[key]) for key, value in self.state_dict().items())
        assert self.model.training
        assert [bottleneck.quantizer.forward_value for bottleneck in self.model.bottlenecks] == ["soft"]
        return gaps[-1]

    monkeypatch.setattr(ImageCompression, "measure_gap", watched)
    train(tmp_path / "run")
    assert len(gaps) == 2
