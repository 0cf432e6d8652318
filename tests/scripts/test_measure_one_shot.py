"""Answers and bytes of a small network, against files written and read back by the command."""

import sys
from pathlib import Path

import pytest
import torch

from cifar_files import write_cifar10
from compressible.bitstream.weight_file import decode_weights
from compressible.cli.app import run
from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.data.cifar_pickles import read_batch
from compressible.data.paths import DataError
from compressible.models import ResNet
from compressible.reports.one_shot_table import OneShotAccuracy
from compressible.reports.schema import load
from compressible.weights.state import state_of

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import one_shot


def saved(path: Path, network: ResNet) -> Path:
    torch.save(network.state_dict(), path)
    return path


def test_a_point_is_what_the_command_makes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    network = ResNet(8, 8)
    checkpoint, folder = saved(tmp_path / "n.pt", network), write_cifar10(tmp_path / "cifar", test=60)
    measured = one_shot.measure(ResNet(8, 8), checkpoint, Cifar10(str(folder)), (1.9, 0.2))
    assert [point.step for point in measured.points] == [0.2, 1.9]
    coarse, parameters = measured.points[-1], sum(parameter.numel() for parameter in network.parameters())
    assert (measured.images, measured.parameters) == (60, parameters)

    test = read_batch(folder / TEST_FILE)
    right = []
    for coder, size in (("range", coarse.bytes), ("context", coarse.context_bytes)):
        output = tmp_path / f"{coder}.cmpw"
        options = ["--step", "1.9", "--mantissa", "10", "--coder", coder, "-o", str(output)]
        assert run(["weights", "compress", str(checkpoint), *options]) == 0
        assert output.stat().st_size == size
        with torch.no_grad():
            before = network.eval()(test.images).argmax(1) == test.labels
            read = ResNet(8, 8).eval()
            read.load_state_dict(state_of(decode_weights(output.read_bytes())))
            right = read(test.images).argmax(1) == test.labels
        assert coarse.accuracy == pytest.approx(right.double().mean().item())
        assert measured.accuracy == pytest.approx(before.double().mean().item())
        assert (coarse.gained, coarse.lost) == (int((right & ~before).sum()), int((before & ~right).sum()))
    assert coarse.gained + coarse.lost > 0, "or nothing would be told apart"


@pytest.mark.parametrize("what", ["no checkpoint", "a wrong file", "no images"])
def test_mistakes_are_told_in_one_sentence(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = tmp_path / "n.pt"
    if what == "a wrong file":
        checkpoint.write_bytes(b"hello")
    if what == "no images":
        saved(checkpoint, ResNet(8, 8))
    monkeypatch.setattr(one_shot, "RESULTS", tmp_path)
    monkeypatch.setattr(one_shot, "resnet32", lambda: ResNet(8, 8))
    monkeypatch.setattr(one_shot.Cifar10, "prepare_data", lambda _: _no_images())
    monkeypatch.setattr(sys, "argv", ["one_shot.py", str(checkpoint), "--data", str(tmp_path / "none")])
    with pytest.raises(SystemExit) as stopped:
        one_shot.main()
    assert stopped.value.code == 2
    named = "CIFAR-10 is not there" if what == "no images" else str(checkpoint)
    assert named in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "one_shot.json").exists()


def _no_images() -> None:
    raise DataError("CIFAR-10 is not there")


def test_it_is_written_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    network, folder = ResNet(8, 8), write_cifar10(tmp_path / "cifar")
    checkpoint = saved(tmp_path / "n.pt", network)
    monkeypatch.setattr(one_shot, "RESULTS", tmp_path)
    monkeypatch.setattr(one_shot, "resnet32", lambda: ResNet(8, 8))
    monkeypatch.setattr(sys, "argv", ["one_shot.py", str(checkpoint), "--data", str(folder), "--steps", "0.5"])
    one_shot.main()
    measured = load(tmp_path / "one_shot.json", OneShotAccuracy)
    text = capsys.readouterr().out
    (point,) = measured.points
    assert f"{4 * measured.parameters / point.bytes:.2f}" in text
    assert f"{point.context_bytes:,}" in text


@pytest.mark.parametrize(("width", "step", "words"), [(4, "0.5", "another network"), (8, "0", "step must be positive")])
def test_a_mistake_is_told(
    width: int,
    step: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, checkpoint = write_cifar10(tmp_path / "cifar"), saved(tmp_path / "n.pt", ResNet(8, width))
    monkeypatch.setattr(one_shot, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(one_shot, "resnet32", lambda: ResNet(8, 8))
    monkeypatch.setattr(sys, "argv", ["one_shot.py", str(checkpoint), "--data", str(folder), "--steps", step])
    with pytest.raises(SystemExit):
        one_shot.main()
    assert words in capsys.readouterr().err
    assert not (tmp_path / "results").exists()
