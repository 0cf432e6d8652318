"""Networks out of files of all kinds, trusted or not."""

import functools
import pickle
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor

from cifar_files import write_cifar10
from compressible.instantiate import ConfigError
from compressible.models import ResNet
from compressible.tasks import Classification, OneCycle
from compressible.tasks.checkpoints import read_network
from compressible.tasks.optimizers import sgd
from small_training import small_cifar10, trainer


def assert_equal(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(found[name], value), name


def test_what_a_classification_run_left(tmp_path: Path) -> None:
    """By the network's own names, with the statistics of its normalisations."""
    classification = Classification(ResNet(8, 4), functools.partial(sgd, lr=0.05), OneCycle())
    run = trainer(2)
    run.fit(classification, small_cifar10(write_cifar10(tmp_path / "cifar")))
    run.save_checkpoint(tmp_path / "last.ckpt")
    state = classification.network.state_dict()
    assert int(state["stem.norm.num_batches_tracked"]) == 2
    assert_equal(read_network(tmp_path / "last.ckpt"), state)


def test_state_dicts_alone(tmp_path: Path) -> None:
    state = ResNet(8, 4).state_dict()
    torch.save(state, tmp_path / "network.pt")
    safetensors.torch.save_file(state, tmp_path / "network.safetensors")
    assert_equal(read_network(tmp_path / "network.pt"), state)
    assert_equal(read_network(tmp_path / "network.safetensors"), state)


class Trap:
    """Would write a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    data = pickle.dumps({"weight": Trap(tmp_path / "sprung")})
    (tmp_path / "trap.pt").write_bytes(data)
    with pytest.raises(ConfigError, match=r"trap\.pt: this is no checkpoint"):
        read_network(tmp_path / "trap.pt")
    assert not (tmp_path / "sprung").exists()
    pickle.loads(data)
    assert (tmp_path / "sprung").exists(), "it is a trap"


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04nothing", b"\x08" + bytes(7) + b"{nothing"])
def test_a_file_that_is_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "wrong.ckpt").write_bytes(content)
    with pytest.raises(ConfigError, match=r"wrong\.ckpt: this is no checkpoint"):
        read_network(tmp_path / "wrong.ckpt")


def test_a_checkpoint_without_a_network(tmp_path: Path) -> None:
    torch.save([torch.zeros(3)], tmp_path / "list.pt")
    with pytest.raises(ConfigError, match=r"list\.pt: this checkpoint holds a list"):
        read_network(tmp_path / "list.pt")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """The path is named once, and no error number."""
    for path, reason in ((tmp_path / "gone.ckpt", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError) as raised:
            read_network(path)
        assert str(raised.value) == f"{path}: {reason}"
