import struct

import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.quantizers import Identity


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20))
def test_every_bit_pattern_survives(patterns: list[int]) -> None:
    """Infinities, both zeros, denormals, and every NaN with its payload: as ``struct`` writes them."""
    special = [
        0x7F800000,
        0xFF800000,
        0x80000000,
        0x00000000,
        0x00000001,
        0x807FFFFF,
        0x7FC00001,
        0xFFFFFFFF,
        0x7F800001,
    ]
    words = [*special, *patterns]
    data = struct.pack(f"<{len(words)}I", *words)
    z = torch.frombuffer(bytearray(data), dtype=torch.float32).view(1, -1, 1)
    quantizer = Identity(1, 1)
    symbols = quantizer.symbols(z)
    assert symbols.flatten().tolist() == words
    decoded = quantizer.dequantize(symbols)
    assert decoded.dtype == torch.float32
    assert decoded.numpy().tobytes() == data


def test_the_value_is_the_input_itself_and_the_gradient_one() -> None:
    z = torch.randn(2, 5, 3, requires_grad=True)
    out = Identity(2, 3).train()(z)
    assert torch.equal(out.z_hat, z)
    assert out.symbols.shape == z.shape
    assert out.alphabet == (2**32, 2**32)
    out.z_hat.sum().backward()
    assert torch.equal(z.grad, torch.ones_like(z))


def test_any_layout_of_the_input_will_do() -> None:
    z = torch.randn(4, 6, 2).permute(2, 1, 0)
    quantizer = Identity(2, 4)
    assert torch.equal(quantizer.dequantize(quantizer.symbols(z)), z)
