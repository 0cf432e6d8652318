import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from compressible.bitstream import BitstreamError
from compressible.bitstream.dtypes import DType
from compressible.bitstream.tensors import AliasTensor, PlainTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.bitstream.weights import WeightFile
from compressible.weights.state import StateError, read_state, state_of, tensors_of, write_state


def saved(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def every_type() -> dict[str, torch.Tensor]:
    state = {}
    for dtype in DType:
        kind = getattr(torch, dtype.name.lower())
        values = torch.tensor([[0.0, 1.0, 3.5], [-2.0, 0.1, 7.0]])
        state[dtype.name] = values.abs().to(kind) if not dtype.is_float else values.to(kind)
    return state | {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "turned": torch.arange(6.0).view(2, 3).T}


def assert_equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert list(one) == list(other)
    for name, tensor in one.items():
        assert (tensor.dtype, tensor.shape) == (other[name].dtype, other[name].shape)
        assert torch.equal(tensor, other[name]), name


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".pth", ".ckpt", ".bin"])
def test_there_and_back_through_every_format(suffix: str) -> None:
    state = every_type()
    file = decode_weights(encode_weights(WeightFile(tensors_of(state))))
    found = state_of(file)
    assert_equal(found, state)
    data = write_state(found, Path(f"network{suffix}"))
    read = safetensors.torch.load(data) if suffix == ".safetensors" else torch.load(io.BytesIO(data), weights_only=True)
    # Safetensors sort by type; the names are what counts.
    assert_equal({name: read[name] for name in state}, state)
    assert_equal({name: read_state(data)[name] for name in state}, state)


def test_what_is_decoded_can_be_written_to() -> None:
    state = state_of(decode_weights(encode_weights(WeightFile(tensors_of({"w": torch.ones(3)})))))
    state["w"].add_(1)
    assert state["w"].tolist() == [2, 2, 2]


def test_tied_tensors_are_found_and_tied_again() -> None:
    weight = nn.Parameter(torch.arange(6.0).view(2, 3))
    state = {
        "embedding": weight,
        "head": weight,
        "detached": weight.detach(),
        "turned": weight.T,
        "part": weight[:1],
        "bits": weight.detach().view(torch.int32),
        "equal": weight.detach().clone(),
        "empty": torch.zeros(0),
        "nothing": torch.zeros(0),
    }
    found = tensors_of(state)
    assert [tensor for tensor in found if isinstance(tensor, AliasTensor)] == [
        AliasTensor("head", "embedding"),
        AliasTensor("detached", "embedding"),
    ]
    back = state_of(decode_weights(encode_weights(WeightFile(found))))
    assert back["head"] is back["embedding"]
    assert_equal(back, {name: tensor.detach() for name, tensor in state.items()})
    again = torch.load(io.BytesIO(write_state(back, Path("n.pt"))), weights_only=True)
    assert again["head"].data_ptr() == again["embedding"].data_ptr()
    assert safetensors.torch.load(write_state(back, Path("n.safetensors")))["head"].tolist() == weight.tolist()


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3, "pytorch-lightning_version": "2.6"},
        lambda state: {"model": state, "optimizer": {"lr": 0.1}},
        lambda state: {"model_state_dict": state},
        lambda state: {"model": {"state_dict": state}},
    ],
)
def test_a_state_dict_is_found_where_training_code_keeps_it(wrap: Any) -> None:
    state = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).state_dict()
    assert_equal(read_state(saved(wrap(state))), dict(state))


def test_a_tensor_may_be_named_as_what_state_dicts_are_nested_under() -> None:
    assert list(read_state(saved({"model": torch.ones(1)}))) == ["model"]


class Intruder:
    """Unpickled, it would leave a mark."""

    def __reduce__(self) -> tuple:
        return Path.touch, (Path("intruded"),)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no checkpoint"),
        (b"a text", "no checkpoint"),
        (b"PK\3\4 and more", "no checkpoint"),
        (b"\x10\0\0\0\0\0\0\0{not json", "no checkpoint"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{}", "no checkpoint"),
        (pickle.dumps({"w": 1}), "no checkpoint|no state dict"),
        (pickle.dumps(Intruder()), "no checkpoint"),
        (saved({"w": Intruder()}), "no checkpoint"),
        (saved(nn.Linear(2, 2)), "no checkpoint"),
        (saved([torch.ones(2)]), "holds a list"),
        (saved(torch.ones(2)), "holds a Tensor"),
        (saved({}), "no tensors"),
        (saved({"state_dict": {}}), "no tensors"),
        (saved({"w": torch.ones(2), "epoch": 3}), "entry 'epoch' is a int"),
        (saved({1: torch.ones(2)}), "entry 1 is a"),
    ],
)
def test_what_is_no_state_dict_is_told_in_one_sentence(
    data: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StateError, match=message) as caught:
        read_state(data)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "tensor",
    [torch.zeros(2, dtype=torch.complex64), torch.zeros(2, 2).to_sparse(), torch.empty(2, device="meta")],
    ids=["complex", "sparse", "meta"],
)
def test_tensors_that_have_no_place_in_a_file_are_refused(tensor: torch.Tensor) -> None:
    with pytest.raises(StateError, match=r"w is a .* no place"):
        tensors_of({"w": tensor})


def test_what_claims_more_than_a_file_may_hold_is_refused_before_it_is_copied() -> None:
    with pytest.raises(BitstreamError, match="take 4400000000000 bytes"):
        tensors_of({"w": torch.zeros(1).expand(11, 10**11)})


def test_a_suffix_that_names_no_format_is_refused() -> None:
    with pytest.raises(StateError, match=r"must end in \.safetensors"):
        write_state({}, Path("network.onnx"))


def test_bfloat16_are_its_bits() -> None:
    (tensor,) = tensors_of({"w": torch.tensor([1.0, -2.0], dtype=torch.bfloat16)})
    assert isinstance(tensor, PlainTensor)
    assert tensor.dtype is DType.BFLOAT16
    assert tensor.values.tolist() == [0x3F80, 0xC000]
    assert tensor.values.dtype == np.uint16
