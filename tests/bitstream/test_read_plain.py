"""One tensor of a weight file, read without its symbols."""

from dataclasses import replace

import numpy as np
import pytest

from compressible.bitstream import BitstreamError, Container, ImageHeader, PayloadKind
from compressible.bitstream.tensors import PlainTensor, SparseTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights, read_plain
from compressible.bitstream.weights import WeightFile

from .weight_examples import every_form

DENSE = WeightFile(tuple(t for t in every_form().tensors if not isinstance(t, SparseTensor)), every_form().streams)
DATA = encode_weights(DENSE)


def test_each_plain_tensor_is_found() -> None:
    plain = [tensor for tensor in DENSE.tensors if isinstance(tensor, PlainTensor)]
    assert len(plain) == 5
    for tensor in plain:
        found = read_plain(DATA, tensor.name)
        assert (found.dtype, found.shape) == (tensor.dtype.storage, tensor.shape)
        assert found.tobytes() == tensor.values.tobytes()


def test_symbols_are_not_looked_at() -> None:
    container = Container.from_bytes(DATA)
    broken = replace(container, chunks=(*container.chunks[:5], b"no symbols")).to_bytes()
    with pytest.raises(BitstreamError):
        decode_weights(broken)
    assert read_plain(broken, "net.0.steps") == -7


@pytest.mark.parametrize("name", ["net.0.weight", "head.weight", "", "net.0.step"])
def test_what_is_no_plain_tensor_is_refused(name: str) -> None:
    with pytest.raises(BitstreamError, match=f"no plain tensor '{name}'"):
        read_plain(DATA, name)


def test_a_file_with_sparse_tensors_is_refused() -> None:
    with pytest.raises(BitstreamError, match="sparse"):
        read_plain(encode_weights(every_form()), "net.0.steps")


def test_any_damage_is_noticed() -> None:
    """Of symbols too, since their checksum is looked at."""
    for position in range(len(DATA)):
        flipped = bytearray(DATA)
        flipped[position] ^= 1 << position % 8
        for damaged in (bytes(flipped), DATA[:position]):
            with pytest.raises(BitstreamError):
                read_plain(damaged, "net.0.steps")


def test_other_files_and_huge_tensors_are_refused() -> None:
    container = Container.from_bytes(DATA)
    image = replace(container, kind=PayloadKind.IMAGE, header=ImageHeader(1, 1).to_bytes()).to_bytes()
    with pytest.raises(BitstreamError, match="not weights"):
        read_plain(image, "net.0.steps")
    zeros = encode_weights(WeightFile((PlainTensor("w", DENSE.tensors[1].dtype, np.zeros(2**20, np.float32)),)))
    assert len(zeros) < 2**13
    with pytest.raises(BitstreamError, match="more than"):
        read_plain(zeros, "w", 2**20)
