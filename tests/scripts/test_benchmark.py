"""The benchmarks run in their quick form, compare like with like, and their JSON is what it should be."""

import importlib.metadata
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rich
import torch

from compressible.codecs.description import SUFFIX
from compressible.codecs.exported import load_model
from compressible.reports.schema import load
from tiny_model import export_tiny, noise

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import benchmark
from benchmarks import assignment_forms, measure, memory, whole_image

RESULTS = Path(__file__).resolve().parents[2] / "results"


def test_every_benchmark_runs_and_its_json_is_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export_tiny(tmp_path / f"tiny-1{SUFFIX}")
    monkeypatch.setattr(whole_image.zoo, "ZOO", path.parent)
    benchmark.main(["--quick", "--output", str(tmp_path / "report.json")])

    report = load(tmp_path / "report.json", benchmark.Report)
    out = capsys.readouterr().out
    assert out.startswith("{"), "nothing but JSON goes to stdout"
    assert json.loads(out) == json.loads((tmp_path / "report.json").read_text())
    assert report.quick
    assert report.threads == torch.get_num_threads()
    assert report.environment.cores > 0

    step = report.training_step
    assert step is not None
    assert step.batch == (2, 3, 64, 64)
    assert step.lightning_seconds.repetitions == step.bare_seconds.repetitions == 2
    assert step.weight_difference < 1e-4, "both loops train the same network on the same batches"
    assert not rich.get_console().file.closed, "the console is everybody's again"

    assert report.assignment is not None
    compared = {(one.operation, one.size.dimension): one for one in report.assignment.comparisons}
    assert compared.keys() == {
        (operation, dimension)
        for operation in ("nearest", "soft_forward", "soft_forward_backward")
        for dimension in (4, 1)
    }
    assert compared["nearest", 4].times_ours.keys() == {"dense", "broadcast"}
    assert compared["soft_forward", 1].times_ours.keys() == {"chunked", "dense"}
    assert compared["soft_forward_backward", 4].peak_bytes.keys() == {"ours", "dense"}

    assert report.entropy_coder is not None
    assert report.context_coder is not None
    for speed in (*report.entropy_coder.speeds, *report.context_coder.speeds):
        assert speed.encode_msymbols_per_second.minimum > 0
        assert speed.decode_msymbols_per_second.minimum > 0

    pictures = report.whole_image
    assert pictures is not None
    times = pictures.codecs[0]
    assert times.codec == "tiny-1"
    for seconds in (times.encode_seconds, times.decode_seconds):
        assert seconds.keys() == {"total", "network", "coder"}
        assert 0 < seconds["network"].minimum < seconds["total"].maximum
        assert 0 < seconds["coder"].minimum < seconds["total"].maximum

    steps = report.compression_step
    assert steps is not None
    assert steps.batch == (16, 3, 32, 32)
    together, apart = steps.compressions
    assert together.codebooks == 1
    assert apart.codebooks == 9, "8 layers of weights, and one codebook for what has one axis"
    for form in steps.compressions:
        assert form.seconds.keys() == form.times_plain.keys() == {"joint_begins", "joint_ends", "hard"}
        assert form.times_hard.keys() == {"joint_begins", "joint_ends"}
        assert form.seconds["hard"].repetitions == steps.plain_seconds.repetitions == 2

    written = report.weight_files
    assert written is not None
    tiny, wider = written.files
    for file in (tiny, wider):
        assert file.factor == pytest.approx(4 * file.values / file.bytes)
        for way in (file.compress, file.decompress):
            assert way.coder_share.minimum > 0
            assert way.seconds.repetitions == 2
    for way in (tiny.compress, tiny.decompress):
        assert way.peak_bytes is not None
        assert way.peak_bytes.repetitions == 2
    assert wider.compress.peak_bytes is wider.decompress.peak_bytes is None
    assert written.comparison is None
    assert written.nncodec == "not measured: no network was named"

    used = report.codebook
    assert used is not None
    assert {one.operation for one in used.comparisons} == {"train", "infer", "decode"}
    for one in used.comparisons:
        assert one.seconds["ours"].repetitions == 2
        assert ("ours" in one.peak_bytes) == (one.operation == "train" and one.size == used.comparisons[0].size)

    nets = report.binary_net
    assert nets is not None
    packed = [one for one in nets.comparisons if "packed" in one.seconds_per_image]
    assert {(one.arm, one.images) for one in packed} == {
        (arm, images) for arm in ("pixels", "codes", "codes_binary") for images in (1, 3)
    }
    assert {one.arm for one in nets.comparisons if one not in packed} >= {"vqvae_mnist", "codes_mlp"}
    for one in packed:
        assert one.times_packed is not None
        assert one.times_packed.repetitions == 2
        assert one.same_classes == 1

    starts = report.cold_start
    assert starts is not None
    bare = starts.seconds["`python -c pass`"].minimum
    assert 0 < bare < starts.seconds["`compressible --help`"].maximum
    assert starts.seconds.keys() >= {"`python train.py --help`", "`compressible --help`"}


def test_a_report_from_before_a_benchmark_was_added_can_be_read(tmp_path: Path) -> None:
    record = json.loads((RESULTS / "benchmark.json").read_text())
    for later in ("compression_step", "weight_files", "codebook", "binary_net", "cold_start"):
        record.pop(later, None)
    (tmp_path / "old.json").write_text(json.dumps(record))
    report = load(tmp_path / "old.json", benchmark.Report)
    assert report.training_step is not None
    assert report.compression_step is report.weight_files is report.codebook is report.binary_net is None


def test_only_what_is_asked_for_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.main(["--quick", "--only", "entropy_coder"])
    report = json.loads(capsys.readouterr().out)
    assert report["entropy_coder"]["speeds"]
    assert report["training_step"] is report["assignment"] is report["whole_image"] is None


@pytest.mark.parametrize("centers", [6, 50])
@pytest.mark.parametrize("dimension", [1, 2])
def test_all_forms_give_the_same(dimension: int, centers: int) -> None:
    """Otherwise their times could not be compared."""
    size = assignment_forms.Size("test", groups=3, n=40, dimension=dimension, centers=centers, spread=2)
    z, c = assignment_forms.vectors(size)
    operations = assignment_forms.operations(size)
    nearest = [form(z, c) for form in operations["nearest"].values()]
    assert all(torch.equal(nearest[0], other) for other in nearest)
    for operation in ("soft_forward", "soft_forward_backward"):
        ours, *others = (form(z, c) for form in operations[operation].values())
        for other in others:
            torch.testing.assert_close(tuple(ours), tuple(other), rtol=1e-4, atol=1e-5)


def test_spread_makes_the_same_vectors_harder() -> None:
    sizes = [assignment_forms.Size("test", 1, 10, 1, 4, spread) for spread in (1, 30)]
    (z, c), (wider, apart) = (assignment_forms.vectors(size) for size in sizes)
    torch.testing.assert_close((wider, apart), (30 * z, 30 * c))


def test_peak_is_that_of_the_call_and_not_what_was_there_before() -> None:
    kept = np.ones(50 << 20, np.uint8)
    peak = memory.peak_bytes(lambda: np.ones(20 << 20, np.uint8).sum())
    assert 19 << 20 <= peak < 24 << 20
    assert kept.all()


def test_what_is_compared_runs_in_turns_and_the_warm_up_does_not_count() -> None:
    calls: list[str] = []
    samples = measure.in_turns(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repetitions=3, warm_up=1
    )
    assert "".join(calls) == "abababab"
    assert {name: len(values) for name, values in samples.items()} == {"a": 3, "b": 3}
    summary = measure.summarise([5.0, 1.0, 2.0, 3.0, 4.0])
    assert summary == measure.Summary(3, 2, 4, 1, 5, 5)
    assert measure.ratios({"a": [1.0, 2.0], "b": [2.0, 8.0]}, "a")["b"].median == 3


class FakeCompressAI:
    """As much of a CompressAI network as is called: keeps the picture in one string."""

    def eval(self) -> "FakeCompressAI":
        return self

    def update(self) -> None:
        self.updated = True

    def compress(self, x: torch.Tensor) -> dict[str, Any]:
        assert self.updated
        return {"strings": [[(x * 255).round().byte().numpy().tobytes()]], "shape": x.shape[-2:]}

    def decompress(self, strings: list[list[bytes]], shape: torch.Size) -> dict[str, torch.Tensor]:
        flat = torch.frombuffer(bytearray(strings[0][0]), dtype=torch.uint8)
        return {"x_hat": flat.view(1, 3, *shape).float() / 255}


def test_compressai_is_measured_beside_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def factorised(quality: int, pretrained: bool) -> FakeCompressAI:
        assert quality == 1
        assert not pretrained
        return FakeCompressAI()

    monkeypatch.setitem(sys.modules, "compressai", SimpleNamespace())  # pyright: ignore[reportArgumentType]
    monkeypatch.setitem(sys.modules, "compressai.zoo", SimpleNamespace(bmshj2018_factorized=factorised))  # pyright: ignore[reportArgumentType]
    image = noise(32, 48)
    other = whole_image.compressai()
    assert np.array_equal(other.decode(other.encode(image)), image)
    subjects = [whole_image.model(load_model(export_tiny(tmp_path / f"tiny{SUFFIX}"))), other]
    ours, theirs = whole_image.measure(subjects, image, repetitions=2, warm_up=1)
    assert ours.codec == "tiny"
    assert theirs.bytes == image.size
    assert theirs.encode_seconds.keys() == {"total"}
    assert theirs.decode_seconds["total"].repetitions == 2


def test_without_compressai_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    assert whole_image.compressai_version() == whole_image.NOT_INSTALLED
