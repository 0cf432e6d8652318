import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream.dtypes import DType

FLOATS = [dtype for dtype in DType if dtype.is_float]


def test_numbers_in_files_keep_their_meaning() -> None:
    names = ["BOOL", "UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "UINT64", "INT64"]
    names += ["FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"]
    assert {dtype.name: int(dtype) for dtype in DType} == {name: i for i, name in enumerate(names, 1)}
    assert [dtype.name for dtype in FLOATS] == names[9:]


@given(st.lists(st.floats(width=32), min_size=1, max_size=50), st.sampled_from(FLOATS))
def test_casts_agree_with_torch(values: list[float], dtype: DType) -> None:
    there = torch.tensor(values, dtype=torch.float32).to(getattr(torch, dtype.name.lower()))
    numbers = np.array(values, np.float32)
    cast = dtype.cast(numbers)
    assert cast.dtype == dtype.storage
    back = dtype.to_float32(cast)
    held = ~np.isnan(numbers)
    assert back[held].tobytes() == there.float().numpy()[held].tobytes()
    for number in numbers:
        assert dtype.holds(number) == bool(torch.isfinite(torch.tensor(number).to(there.dtype)))
