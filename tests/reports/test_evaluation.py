import io
import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from compressible.codecs.base import Codec, Sizes
from compressible.codecs.jpeg import Jpeg
from compressible.images import ImageError
from compressible.reports import evaluation as module
from compressible.reports.environment import Environment
from compressible.reports.evaluation import SCHEMA, Evaluation, evaluate, load_evaluation, save_evaluation
from compressible.reports.schema import SchemaError

PHOTO = skimage.data.astronaut()


class Darker(Codec):
    """Stores the pixels as they are but for a difference, and claims to know all three sizes."""

    def __init__(self, difference: int) -> None:
        self.name = f"darker-{difference}"
        self.difference = difference
        self.calls: list[str] = []

    @property
    def details(self) -> Mapping[str, str]:
        return {"difference": str(self.difference)}

    def encode(self, image: np.ndarray) -> bytes:
        self.calls.append("encode")
        buffer = io.BytesIO()
        np.save(buffer, image)
        return buffer.getvalue()

    def decode(self, data: bytes) -> np.ndarray:
        self.calls.append("decode")
        image = np.load(io.BytesIO(data))
        return np.where(image >= self.difference, image - self.difference, image + self.difference).astype(np.uint8)

    def sizes(self, data: bytes) -> Sizes:
        return Sizes(estimated=1000.5, coded=200, file=len(data))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(PHOTO[:180, :200]).save(folder / "b.png")
    Image.fromarray(PHOTO[200:220, 200:230]).save(folder / "a.png")
    Image.fromarray(PHOTO[200:210, 200:230, 0]).save(folder / "c.png")
    return folder


def run(folder: Path, *codecs: Codec) -> Evaluation:
    return evaluate({"ours": codecs}, list(folder.iterdir()), "three", ["compressible", "evaluate", "my pictures"])


def test_rates_metrics_and_their_absence(folder: Path) -> None:
    codec = Darker(16)
    result = run(folder, codec)
    (measured,) = result.codecs
    assert (measured.family, measured.codec, measured.details) == ("ours", "darker-16", {"difference": "16"})
    small, large, tiny = measured.images
    assert [image.image for image in measured.images] == ["a.png", "b.png", "c.png"]
    assert (large.width, large.height) == (200, 180)
    assert large.estimated == pytest.approx(1000.5 / 36000, abs=1e-6)
    assert large.coded == pytest.approx(1600 / 36000, abs=1e-6)
    assert large.file == pytest.approx((36000 * 3 + 128) * 8 / 36000, abs=1e-6)
    for image in measured.images:
        assert image.psnr == pytest.approx(24.0484, abs=1e-4)
        assert image.encode_seconds > 0
        assert image.decode_seconds > 0
    assert large.ssim is not None
    assert large.ms_ssim is not None
    assert 0.3 < large.ssim < large.ms_ssim < 1
    assert small.ssim is not None
    assert (small.ms_ssim, tiny.ssim, tiny.ms_ssim) == (None, None, None)
    assert codec.calls == ["encode", "decode"] * 4, "one untimed round before the three pictures"


def test_what_it_was_measured_on_and_by_stands_in_the_result(folder: Path) -> None:
    result = run(folder, Darker(1))
    assert result.schema == SCHEMA
    assert result.dataset.name == "three"
    assert result.dataset.items == 3
    assert result.dataset.notes == ("c.png: grayscale turned to RGB",)
    assert result.environment.command == "compressible evaluate 'my pictures'"


def test_the_environment_is_that_of_the_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit made while a long run goes on is not the code that runs."""
    codec = Darker(1)
    record = module.record_environment

    def recorded(command: list[str]) -> Environment:
        codec.calls.append("environment")
        return record(command)

    monkeypatch.setattr(module, "record_environment", recorded)
    run(folder, codec)
    assert codec.calls[0] == "environment"
    assert codec.calls.count("environment") == 1


def test_a_curve_needs_the_metric_of_every_picture(folder: Path) -> None:
    result = run(folder, Darker(16), Darker(32))
    (curve,) = result.curves("psnr")
    assert curve.name == "ours"
    assert sorted(point.value for point in curve.points) == pytest.approx([18.0278, 24.0484], abs=1e-3)
    assert result.curves("ssim") == result.curves("ms_ssim") == ()
    (folder / "c.png").unlink()
    assert len(run(folder, Darker(16)).curves("ssim")[0].points) == 1


def test_a_classical_codec_has_no_estimate(folder: Path) -> None:
    image = run(folder, Jpeg(50)).codecs[0].images[1]
    data = Jpeg(50).encode(PHOTO[:180, :200])
    with Image.open(io.BytesIO(data)) as decoded:
        expected = peak_signal_noise_ratio(PHOTO[:180, :200], np.asarray(decoded), data_range=255)
    assert (image.estimated, image.coded) == (None, None)
    assert image.file == pytest.approx(8 * len(data) / 36000, abs=1e-6)
    assert image.psnr == pytest.approx(expected, abs=1e-6)


def test_a_file_holds_the_same_evaluation_even_a_lossless_one(folder: Path, tmp_path: Path) -> None:
    result = run(folder, Darker(0), Jpeg(50))
    assert result.codecs[0].images[0].psnr == math.inf
    assert result.codecs[0].images[1].ms_ssim == 1
    save_evaluation(tmp_path / "r.json", result)
    assert load_evaluation(tmp_path / "r.json") == result

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    json.loads((tmp_path / "r.json").read_text(), parse_constant=refuse)


def test_names_that_look_like_json_survive(folder: Path, tmp_path: Path) -> None:
    name = 'x {"a":\t1}\n  }.png'
    (folder / "a.png").rename(folder / name)
    result = run(folder, Darker(1))
    save_evaluation(tmp_path / "r.json", result)
    assert load_evaluation(tmp_path / "r.json") == result
    assert name in [image.image for image in result.codecs[0].images]


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("schema",), "other-2", "the schema is 'other-2'"),
        (
            ("codecs", 0, "images", 1, "psnr"),
            "good",
            r"codecs\[0\]\.images\[1\]\.psnr should be a number, got \"good\"",
        ),
        (("codecs", 0, "images", 0, "width"), 1.5, r"images\[0\]\.width should be an integer"),
        (("codecs", 0, "images", 0, "width"), True, r"images\[0\]\.width should be an integer"),
        (("codecs", 0, "images", 0, "file"), None, r"images\[0\]\.file should be a number, got null"),
        (("codecs", 0, "images"), {}, r"codecs\[0\]\.images should be a list"),
        (("codecs", 0, "images"), [], "'darker-1' has no results"),
        (("codecs", 0, "details"), {"a": 1}, r"codecs\[0\]\.details\.a should be a string"),
        (("dataset",), None, "dataset should be an object"),
        (("dataset", "extra"), 1, "there is no field 'dataset.extra'"),
    ],
)
def test_a_wrong_file_is_told_which_field(
    folder: Path, tmp_path: Path, where: tuple[str | int, ...], value: object, message: str
) -> None:
    save_evaluation(tmp_path / "r.json", run(folder, Darker(1)))
    data = json.loads((tmp_path / "r.json").read_text())
    node = data
    for step in where[:-1]:
        node = node[step]
    node[where[-1]] = value
    (tmp_path / "r.json").write_text(json.dumps(data))
    with pytest.raises(SchemaError, match=rf"r\.json: .*{message}"):
        load_evaluation(tmp_path / "r.json")


def test_a_missing_field_file_or_json(folder: Path, tmp_path: Path) -> None:
    save_evaluation(tmp_path / "r.json", run(folder, Darker(1)))
    data = json.loads((tmp_path / "r.json").read_text())
    del data["environment"]["cpu"]
    (tmp_path / "r.json").write_text(json.dumps(data))
    with pytest.raises(SchemaError, match=r"the field 'environment\.cpu' is missing"):
        load_evaluation(tmp_path / "r.json")
    (tmp_path / "r.json").write_text('{"schema": ')
    with pytest.raises(SchemaError, match="is not JSON"):
        load_evaluation(tmp_path / "r.json")
    with pytest.raises(SchemaError, match="cannot be read: No such file"):
        load_evaluation(tmp_path / "none.json")


def test_a_bad_picture_is_found_before_anything_is_encoded(folder: Path) -> None:
    (folder / "z.png").write_bytes(b"not a picture")
    codec = Darker(1)
    with pytest.raises(ImageError, match=r"z\.png is not a picture"):
        run(folder, codec)
    assert codec.calls == []


def test_refusals(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="needs codecs and pictures, got 0 and 3"):
        evaluate({"none": ()}, list(folder.iterdir()), "three")
    with pytest.raises(ValueError, match="got 1 and 0"):
        evaluate({"jpeg": (Jpeg(5),)}, [], "none")
    monkeypatch.setattr(Darker, "decode", lambda self, data: np.load(io.BytesIO(data))[1:])
    with pytest.raises(ValueError, match=r"darker-1 made \(19, 30, 3\) of a\.png, which is \(20, 30, 3\)"):
        run(folder, Darker(1))


def test_no_progress_bar_without_a_terminal(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(folder, Darker(1))
    captured = capfd.readouterr()
    assert (captured.out, captured.err.strip()) == ("", "")
    assert module.SCHEMA.endswith("-1")
