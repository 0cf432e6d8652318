import json

import pytest
import torch

from compressible.annealing import Exponential, Gap
from compressible.quantizers import SoftToHard
from compressible.tasks.annealed_hardness import AnnealedHardness


def quantizers() -> list[SoftToHard]:
    torch.manual_seed(0)
    return [SoftToHard(1, 1, 4, sigma=sigma) for sigma in (2.0, 10.0)]


def test_each_quantizer_keeps_its_own_unit() -> None:
    """Twice as hard at each of three steps, from half of sigma_0 on."""
    both = quantizers()
    hardness = AnnealedHardness(Exponential(growth=8.0, first=0.5), both)
    both[0].hardness = 3.0
    hardness.fit()
    hardness.start(3)
    seen = [[quantizer.hardness for quantizer in both]]
    for _ in range(3):
        hardness.step()
        seen.append([quantizer.hardness for quantizer in both])
    assert seen == [pytest.approx([1.5 * 2**t, 5.0 * 2**t]) for t in range(4)]


def test_it_continues_exactly() -> None:
    one = AnnealedHardness(Exponential(growth=8.0), quantizers())
    one.start(7)
    one.step()
    state = json.loads(json.dumps(one.state_dict()))
    other = AnnealedHardness(Exponential(growth=8.0), quantizers())
    other.quantizers[0].hardness = 99.0
    other.load_state_dict(state)
    assert other.state_dict() == one.state_dict()
    one.step()
    other.step()
    assert [q.hardness for q in other.quantizers] == [q.hardness for q in one.quantizers]


def test_gap_control_has_nothing_to_measure() -> None:
    with pytest.raises(ValueError, match="gap"):
        AnnealedHardness(Gap(), quantizers())
