"""The Python of the documentation runs as it stands, on networks and data made up here."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "networks.md"


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


def test_costs_and_packed_inference(capsys: pytest.CaptureFixture[str]) -> None:
    page = DOCS / "compressed_learning.md"
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL):
        exec(compile(code, str(page), "exec"), names)
    assert capsys.readouterr().out.splitlines()[-1].split()[0] == "0", "no one-bit MACs in a residual network"
    network, signs, classes = (names[name] for name in ("network", "signs", "classes"))
    assert isinstance(network, nn.Module)
    assert isinstance(signs, torch.Tensor)
    assert network(signs).argmax(1).tolist() == list(classes)  # pyright: ignore[reportArgumentType]
