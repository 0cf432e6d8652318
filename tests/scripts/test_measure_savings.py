"""What is measured are the bytes of real files, with the same symbols in both."""

import sys
from pathlib import Path

import numpy as np
import pytest

from compressible.bitstream import SymbolModelKind
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.bitstream.codebooks import UniformGrid
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import QuantizedTensor
from compressible.bitstream.weight_file import encode_weights
from compressible.bitstream.weights import WeightFile
from compressible.codecs import zoo
from compressible.images import write_image
from compressible.reports.context_savings import ContextSavings
from compressible.reports.schema import load
from ltc_runs import entry, write_run
from tiny_model import export_tiny, noise, tiny_codec

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import context_savings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures; results go elsewhere, and one model ships."""
    monkeypatch.setattr(zoo, "ZOO", tmp_path / "zoo")
    (tmp_path / "zoo").mkdir()
    export_tiny(tmp_path / "zoo" / "tiny-1.cmpw")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(3):
        write_image(folder / f"{i}.png", noise(48, 64, seed=i))
    return folder


def test_all_kinds_of_files(folder: Path, tmp_path: Path) -> None:
    other = export_tiny(tmp_path / "other.cmpw", seed=1)
    kernels = np.arange(360).reshape(8, 5, 3, 3) % 7
    streams = tuple(Stream(UniformGrid(1.0, 0, 7), coder) for coder in (CoderKind.RANGE, CoderKind.CONTEXT))
    weights = tuple(WeightFile((QuantizedTensor("w", DType.FLOAT32, 0, kernels),), (stream,)) for stream in streams)
    (tmp_path / "net.cmpw").write_bytes(encode_weights(weights[0]))
    codes = CodeFile(bytes(8), (Codes((5,), np.arange(240).reshape(1, 10, 4, 6) % 5),))
    (tmp_path / "a.codes").write_bytes(codes.to_bytes())
    files = [str(tmp_path / "net.cmpw"), str(tmp_path / "a.codes")]
    others = ["--model", str(other), "--codes", str(other), str(folder)]
    context_savings.main([*files, "--pictures", str(folder), *others, "--output", str(tmp_path / "savings.json")])

    measured = load(tmp_path / "savings.json", ContextSavings)
    assert (measured.pictures.name, measured.pictures.items) == ("pictures", 3)
    names = [(saving.name, saving.kind, saving.dimension, saving.files) for saving in measured.savings]
    assert names == [
        ("tiny-1", "image", 4, 3),
        ("other", "image", 4, 3),
        ("other, pictures", "codes", 4, 1),
        ("net.cmpw", "weights", 1, 1),
        ("a.codes", "codes", None, 1),
    ]
    for saving, path in zip(measured.savings[:2], (tmp_path / "zoo" / "tiny-1.cmpw", other), strict=True):
        for coded, way in ((saving.static, SymbolModelKind.STATIC), (saving.context, SymbolModelKind.CONTEXT)):
            codec = tiny_codec(path, way)
            assert coded.bytes == sum(len(codec.encode(noise(48, 64, seed=i))) for i in range(3))
            assert coded.write_seconds > 0
            assert coded.read_seconds > 0
        assert saving.symbols == 3 * 6 * (48 // 16) * (64 // 16)
    together, network, file = measured.savings[2:]
    assert together.symbols == measured.savings[1].symbols
    assert together.static.bytes < measured.savings[1].static.bytes + 1000
    assert (network.static.bytes, network.context.bytes) == tuple(len(encode_weights(each)) for each in weights)
    assert file.static.bytes == len(codes.to_bytes())
    assert file.context.bytes == len(codes.to_bytes(SymbolModelKind.CONTEXT))
    assert (network.symbols, file.symbols) == (360, 240)


def test_mistakes_are_told_in_a_sentence(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(tmp_path / "zoo" / "tiny-1.cmpw")
    (tmp_path / "text.cmpw").write_text("a text")
    for arguments, message in (
        (["--pictures", str(tmp_path / "nowhere")], "no folder"),
        (["--pictures", str(folder), "--model", "nothing"], "no model 'nothing'"),
        (["--pictures", str(folder), str(tmp_path / "text.cmpw")], "not one of ours"),
        (["--pictures", str(folder), str(tmp_path / "missing.cmpw")], "missing.cmpw"),
        (["--pictures", str(folder), "--codes", model, str(folder)], "several sizes"),
    ):
        write_image(folder / "9.png", noise(16, 16))
        with pytest.raises(SystemExit) as stopped:
            context_savings.main([*arguments, "--output", str(tmp_path / "savings.json")])
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "savings.json").exists()


def test_codes_of_a_run_are_called_after_its_settings(folder: Path, tmp_path: Path) -> None:
    run = write_run(tmp_path / "0123abcd", entry(8, 0.01, 0.7, 0.004))
    (run / "ltc_vector.codes").write_bytes(CodeFile(bytes(8), (Codes((5,), np.zeros((1, 2, 3, 3), int)),)).to_bytes())
    arguments = [str(run / "ltc_vector.codes"), "--pictures", str(folder), "--output", str(tmp_path / "savings.json")]
    context_savings.main(arguments)
    found = load(tmp_path / "savings.json", ContextSavings).savings[-1]
    assert (found.name, found.dimension) == ("LTC, vectors of 8, 2x, k = 8, alpha = 0.01", 8)
