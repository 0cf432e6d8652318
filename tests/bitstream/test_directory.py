import numpy as np
import pytest

from compressible.bitstream import BitstreamError
from compressible.bitstream.directory import (
    MAX_TENSORS,
    PlainEntry,
    QuantizedEntry,
    SparseEntry,
    read_directory,
    write_directory,
)
from compressible.bitstream.dtypes import DType
from compressible.bitstream.fields import number
from compressible.bitstream.packing import pack
from compressible.bitstream.tensors import AliasTensor, PlainTensor, QuantizedTensor, SparseTensor, Tensor

LIMIT = 2**20


def test_bytes_by_hand() -> None:
    tensors: list[Tensor] = [
        PlainTensor("a.bias", DType.FLOAT32, np.zeros(300, np.float32)),
        QuantizedTensor("a.big", DType.FLOAT16, 1, np.zeros((2, 3), int), np.ones(2, np.float32)),
        AliasTensor("a", "a.bias"),
        QuantizedTensor("b", DType.FLOAT32, 0, np.zeros((), int)),
        SparseTensor("c", DType.INT8, 2, np.array([[1, 0]]), np.array([3], np.int8)),
    ]
    data = b"\5"
    data += b"\0\6a.bias" + b"\x0c" + b"\1\xac\2"
    data += b"\4\1g" + number(10 + 16 * 5) + b"\2\2\3" + b"\2"
    data += b"\1\0" + b"\0" + b"\2"
    data += b"\0\1b" + b"\x1c" + b"\0" + b"\1"
    data += b"\0\1c" + number(3 + 16 * 6) + b"\2\1\2" + b"\4"
    assert write_directory(tensors) == data
    assert read_directory(data, LIMIT) == [
        PlainEntry("a.bias", DType.FLOAT32, (300,)),
        QuantizedEntry("a.big", DType.FLOAT16, (2, 3), 1, (np.dtype("<f4"), (2,))),
        AliasTensor("a", "a.bias"),
        QuantizedEntry("b", DType.FLOAT32, (), 0, None),
        SparseEntry("c", DType.INT8, (1, 2), 2),
    ]


@pytest.mark.parametrize(("block", "norms"), [("layer{}.{}", 2), ("stages.{}.{}", 2)])
def test_the_names_of_a_hundred_tensors_take_little(block: str, norms: int) -> None:
    tensors: list[Tensor] = [PlainTensor("conv1.weight", DType.FLOAT32, np.zeros((16, 3, 3, 3), np.float32))]
    for stage, width in enumerate((16, 32, 64)):
        for unit in range(3):
            for layer in range(1, norms + 1):
                name = block.format(stage, unit)
                kernel = np.zeros((width, width, 3, 3), int)
                tensors.append(QuantizedTensor(f"{name}.conv{layer}.weight", DType.FLOAT32, len(tensors), kernel))
                for part in ("weight", "bias", "running_mean", "running_var"):
                    tensors.append(PlainTensor(f"{name}.bn{layer}.{part}", DType.FLOAT32, np.zeros(width, np.float32)))
                steps = PlainTensor(f"{name}.bn{layer}.num_batches_tracked", DType.INT64, np.array(0))
                tensors.append(steps)
    assert len(tensors) > 100
    assert len(pack(write_directory(tensors))) < 300


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "truncated"),
        (number(MAX_TENSORS + 1), "at most 65536 tensors"),
        (number(2**31), "at most 65536 tensors"),
        (b"\1\0\1a\x0c\1", "truncated"),
        (b"\1\0\1a\x0c\1\1x", "1 bytes follow"),
        (b"\1\1\1a\x0c\1\1", "name in the file is damaged"),
        (b"\1\0" + number(1025) + b"a" * 1025 + b"\x0c\1\1", "name in the file is damaged"),
        (b"\1\0\1\xff\x0c\1\1", "no text"),
        (b"\1\0\1a\x0e\1\1", "type 14"),
        (b"\1\0\1a\x10\1\1\0", "type 0"),
        (b"\1\0\1a" + number(12 + 16 * 7) + b"\1\1\0", "form 7"),
        (b"\1\0\1a" + number(12 + 16 * 4) + b"\0\0", "no slices"),
        (b"\1\0\1a\x0c\x21" + b"\1" * 33, "at most 32 axes"),
        (b"\1\0\1a\x0c\1" + number(2**31), "2147483648 values, too many"),
        (b"\1\0\1a\x0c\2" + number(2**31) * 2, "too many"),
        (b"\1\0\1a\x0c\3\0" + number(2**31) * 2, "too many"),
        (b"\2\0\1a\x0c\1" + number(2**17) + b"\0\1b\x0c\1" + number(2**17 + 1), "more than 1048576 bytes"),
        (b"\1\0\1a\0\0", "not there"),
        (b"\1\0\1a\0\1", "not there"),
        (b"\2\0\1a\x0c\0\0\1b\0\2", "not there"),
        (b"\3\0\1a\x0c\0\0\1b\0\1\0\1c\0\1", "not there"),
    ],
)
def test_damage_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(BitstreamError, match=message):
        read_directory(data, LIMIT)
