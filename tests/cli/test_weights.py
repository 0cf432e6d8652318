"""``compressible weights`` on checkpoints as people have them."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from command_outcome import Command
from torch import nn

from compressible.bitstream.weight_file import decode_weights
from compressible.bitstream.weight_sizes import measure_weights

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A checkpoint with kernels, norms, a matrix and tied weights."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.Conv2d(16, 16, 3), nn.Flatten(), nn.Linear(32, 10))
    state = net.state_dict()
    path = tmp_path / "network.pt"
    torch.save({"state_dict": {**state, "tied": state["4.weight"]}, "epoch": 3}, path)
    return path


def state(path: Path) -> dict[str, torch.Tensor]:
    return torch.load(path, weights_only=True)


@pytest.mark.parametrize("coder", ["range", "huffman", "sparse", "context"])
@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_there_and_back(command: Command, network: Path, coder: str, suffix: str) -> None:
    before = state(network)["state_dict"]
    packed, out = network.with_suffix(".cmpw"), network.with_name(f"out{suffix}")
    done = command("weights", "compress", network, "--coder", coder, "--step", 0.1)
    assert done.code == 0, done
    size = packed.stat().st_size
    assert f"{size:,} bytes" in done.out
    assert "3 of 12 tensors quantized" in done.out
    assert json.loads(command("weights", "info", packed, "--json").out)["coders"] == [coder]
    assert f"coders       {coder}" in command("weights", "info", packed).out
    done = command("weights", "decompress", packed, "-o", out)
    assert done.code == 0, done
    after = safetensors.torch.load_file(out) if suffix == ".safetensors" else state(out)
    assert set(after) == set(before)
    for name, tensor in before.items():
        assert (after[name].dtype, after[name].shape) == (tensor.dtype, tensor.shape)
        if name in ("0.weight", "2.weight", "4.weight", "tied"):
            assert not torch.equal(after[name], tensor)
            assert (after[name] - tensor).abs().max() < 0.3 * tensor.square().mean().sqrt()
        else:
            assert torch.equal(after[name], tensor)
    assert torch.equal(after["tied"], after["4.weight"])
    assert sorted(path.name for path in network.parent.iterdir()) == ["network.cmpw", "network.pt", out.name]


def test_a_coarser_step_and_shorter_mantissas_make_smaller_files(command: Command, network: Path) -> None:
    sizes = []
    for more in (["--step", "0.3"], [], ["--step", "1.5"], ["--step", "1.5", "--mantissa", "8"]):
        assert command("weights", "compress", network, "-o", network.with_name("a.cmpw"), *more).code == 0
        sizes.append(network.with_name("a.cmpw").stat().st_size)
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4


def test_safetensors_are_read_too(command: Command, network: Path) -> None:
    weights = {"w": torch.randn(30, 30), "b": torch.randn(30)}
    source = network.with_name("net.safetensors")
    safetensors.torch.save_file(weights, source)
    assert command("weights", "compress", source).code == 0
    assert command("weights", "decompress", source.with_suffix(".cmpw"), "-o", source.with_name("o.pt")).code == 0
    assert torch.equal(state(source.with_name("o.pt"))["b"], weights["b"])
    # Without -o an existing checkpoint is not replaced.
    command("weights", "decompress", source.with_suffix(".cmpw")).assert_refused(2, "exists already")


def test_info_says_what_the_file_says(command: Command, network: Path) -> None:
    packed = network.with_suffix(".cmpw")
    assert command("weights", "compress", network).code == 0
    sizes = measure_weights(packed.read_bytes())
    found = json.loads(command("weights", "info", packed, "--json").out)
    assert found["bytes"] == packed.stat().st_size == sum(found["payload"].values())
    floats = 432 + 16 + 4 * 16 + 2304 + 16 + 320 + 10
    assert found["float_values"] == floats
    assert found["factor"] == 4 * floats / found["bytes"]
    assert [tensor["name"] for tensor in found["tensors"]] == [tensor.name for tensor in sizes.tensors]
    text = command("weights", "info", packed).out
    for line in ("network.cmpw", "symbols", "2.weight", "16 x 16 x 3 x 3", "quantized", "alias", "one value", "int64"):
        assert line in text
    share = next(tensor for tensor in sizes.tensors if tensor.name == "2.weight")
    assert f"{share.estimated_bits / 2304:.3f}" in text


def test_names_that_a_terminal_would_obey_are_shown_as_text(command: Command, tmp_path: Path) -> None:
    torch.save({"\x1b[2J": torch.ones(1), "two\nlines": torch.ones(1), "": torch.ones(1)}, tmp_path / "n.pt")
    assert command("weights", "compress", tmp_path / "n.pt").code == 0
    text = command("weights", "info", tmp_path / "n.cmpw").out
    assert "\x1b" not in text
    assert all(shown in text for shown in (r"'\x1b[2J'", r"'two\nlines'", "''"))


def test_info_needs_no_torch() -> None:
    script = (
        "import sys; from compressible.cli import main; code = main();"
        "print(*({'torch', 'pytorch_lightning', 'hydra', 'wandb'} & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    for arguments, code in (
        (["info", str(GOLDEN / "weight_file_v2.cmpw")], 0),
        (["--help"], 0),
        (["compress", "-h"], 0),
    ):
        call = [sys.executable, "-c", script, "weights", *arguments]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (code, "\n"), done


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compress", "missing.pt"], ["missing.pt"]),
        (["compress", "network.pt", "--step", "0"], ["step must be positive"]),
        (["compress", "network.pt", "--step", "nan"], ["step must be positive"]),
        (["compress", "network.pt", "--mantissa", "-1"], ["mantissa"]),
        (["compress", "network.pt", "--coder", "zip"], ["--coder"]),
        (["compress", "network.pt", "-o", "missing/a.cmpw"], ["missing"]),
        (["compress", "network.pt", "-o", "network.pt"], ["input itself"]),
        (["compress", "."], ["is a folder"]),
        (["decompress", "missing.cmpw"], ["missing.cmpw"]),
        (["decompress", "whole.cmpw", "-o", "out.onnx"], ["out.onnx", ".safetensors"]),
        (["info", "missing.cmpw"], ["missing.cmpw"]),
        (["bogus"], ["bogus"]),
    ],
)
def test_a_mistake(
    command: Command, network: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: list[str]
) -> None:
    monkeypatch.chdir(network.parent)
    Path("whole.cmpw").write_bytes((GOLDEN / "weight_file_v2.cmpw").read_bytes())
    command("weights", *arguments).assert_refused(2, *words)
    assert sorted(path.name for path in network.parent.iterdir()) == ["network.pt", "whole.cmpw"]


def test_what_is_no_checkpoint(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    for content in (b"", b"a text", b"PK\3\4", b"\x80\4."):
        path.write_bytes(content)
        command("weights", "compress", path).assert_refused(1, "a.pt: this is no checkpoint")
    torch.save({"epoch": 3}, path)
    command("weights", "compress", path).assert_refused(
        1, "a.pt: this checkpoint holds no state dict: its entry 'epoch'"
    )
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("coder", ["range", "context"])
def test_damaged_files(command: Command, network: Path, coder: str) -> None:
    packed, out, bad = network.with_suffix(".cmpw"), network.with_name("o.pt"), network.with_name("bad.cmpw")
    assert command("weights", "compress", network, "--coder", coder).code == 0
    whole = packed.read_bytes()
    rng = random.Random(0)
    for i in range(30):
        data = bytearray(whole)
        if i % 3 == 0:
            del data[rng.randrange(len(data)) :]
        elif i % 3 == 1:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        else:
            data += rng.randbytes(rng.randint(1, 9))
        bad.write_bytes(data)
        command("weights", "decompress", bad, "-o", out).assert_refused(1, "bad.cmpw")
        command("weights", "info", bad).assert_refused(1, "bad.cmpw")
        assert not out.exists()


def test_other_files_of_ours_are_told_apart(command: Command, network: Path) -> None:
    image, out = GOLDEN / "image_static_v1.cmpr", network.with_name("o.pt")
    command("weights", "decompress", image, "-o", out).assert_refused(1, "holds an image, not weights")
    command("weights", "info", image).assert_refused(1, "holds an image, not weights")
    weights = GOLDEN / "weight_file_v2.cmpw"
    command("decompress", weights, "-o", network.with_name("o.png")).assert_refused(1, "holds weights, not an image")
    assert json.loads(command("info", weights, "--json").out)["kind"] == "weights"


def test_standard_output(command: Command, network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, bytes] = {}
    monkeypatch.setattr(
        "compressible.atomic.write_bytes_atomic", lambda path, data: written.__setitem__(str(path), data)
    )
    done = command("weights", "compress", network, "-o", "-")
    assert (done.code, done.out) == (0, "")
    assert "tensors quantized" in done.err
    assert len(decode_weights(written["/dev/stdout"]).tensors) == 12
