"""The steps that are timed are steps of training, in the state that they are said to be in."""

import copy
import sys
import warnings
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from compressible.tasks import WeightCompression

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

from benchmarks import compression_step
from benchmarks.configuration import compose_run
from benchmarks.weight_forms import Network, random_state
from compressible.weights.state import write_state

FORM = compression_step.COMPRESSION + compression_step.QUICK_COMPRESSION + compression_step.CODEBOOKS[1]


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "network.safetensors"
    path.write_bytes(write_state(random_state(Network("as in the quick form", 8, 4)), path))
    return path


def take_step(task: WeightCompression) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compression_step.step_of(task, compose_run(FORM), compression_step.noise(16))()


@pytest.mark.parametrize("precision", ["bf16-mixed", "32-true"])
def test_a_plain_step_is_that_of_a_loop_written_by_hand(precision: str, origin: Path) -> None:
    plain = (*compression_step.PLAIN, *compression_step.QUICK_PLAIN, f"trainer.precision={precision}")
    config = compose_run(plain)
    task = compression_step.begin(config, origin)
    network: nn.Module = copy.deepcopy(task.network)
    batch = compression_step.noise(16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compression_step.step_of(task, config, batch)()

    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16-mixed"):
        logits = network(batch.images.to(memory_format=torch.channels_last)).float()
        F.cross_entropy(logits, batch.labels, label_smoothing=0.05).backward()
    with torch.no_grad():
        for parameter in network.parameters():
            assert parameter.grad is not None
            slope = parameter.grad + (5e-4 * parameter if parameter.dim() > 1 else 0)
            parameter -= 0.01 * (slope + 0.9 * slope)  # Nesterov's first step
    for own, other in zip(task.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(own, other)


@pytest.mark.parametrize("state", ["joint_begins", "joint_ends"])
def test_a_joint_step_moves_weights_and_centers(origin: Path, state: str) -> None:
    task = compression_step.compression_in(state, FORM, origin)
    before = {name: value.detach().clone() for name, value in task.model.named_parameters()}
    take_step(task)
    moved = {name for name, value in task.model.named_parameters() if not torch.equal(value, before[name])}
    assert moved == before.keys()
    assert not task.model.fixed


def test_a_hard_step_moves_centers_and_scales_alone(origin: Path) -> None:
    task = compression_step.compression_in("hard", FORM, origin)
    before = {name: value.detach().clone() for name, value in task.model.named_parameters()}
    symbols = [own.clone() for own in task.model.symbols()]
    take_step(task)
    moved = {name for name, value in task.model.named_parameters() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if name.endswith("centers") or "log_scale" in name}
    assert all(torch.equal(own, other) for own, other in zip(task.model.symbols(), symbols, strict=True))


def test_the_joint_stage_ends_as_much_harder_as_configured(origin: Path) -> None:
    task = compression_step.compression_in("joint_begins", FORM, origin)
    begun = [quantizer.hardness for quantizer in task.model.all_quantizers()]
    compression_step.hardened(task)
    assert [quantizer.hardness for quantizer in task.model.all_quantizers()] == pytest.approx([200 * h for h in begun])
