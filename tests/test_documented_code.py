"""The Python of docs/networks.md runs as it stands, on a network and data made up here."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn

PAGE = Path(__file__).parents[1] / "docs" / "networks.md"


def test_a_network_is_compressed_in_a_loop_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 4))
    batches = [(torch.randn(16, 1, 8, 8), torch.randint(4, (16,))) for _ in range(6)]
    calibration = [inputs for inputs, _ in batches]
    names = {"network": network, "batches": batches, "steps": len(batches), "calibration": calibration}
    exec(compile(code, str(PAGE), "exec"), names | {"loss": nn.functional.cross_entropy})
    size = (tmp_path / "model.cmpw").stat().st_size
    assert size < sum(p.numel() for p in network.parameters()) * 2
    values = torch.cat([parameter.detach().flatten() for parameter in network.parameters()])
    assert len(values.unique()) < len(values) / 2, "what was read back is quantized"
    assert network.eval()(calibration[0]).isfinite().all()
