"""What models lost, from measurements made up here."""

from pathlib import Path

import pytest

from compressible.reports.environment import Dataset, Environment
from compressible.reports.evaluation import CodecResult, ImageResult
from compressible.reports.model_sizes import (
    SCHEMA,
    ModelSize,
    ModelSizes,
    Trial,
    add_model,
    compare,
    sizes_sentence,
    sizes_table,
)
from compressible.reports.schema import SchemaError, load

ENVIRONMENT = Environment("ship.py", None, "2026-01-01", "cpu", 2, "Linux", {})
DATASET = Dataset("photographs", "0" * 64, 2)


def trial(size: int, psnr: float = 0.0, ms_ssim: float = 0.0, rate: float = 0.0) -> Trial:
    return Trial(0.001, "0" * 16, size, psnr, ms_ssim, rate)


def model(*trials: Trial, name: str = "mse-1") -> ModelSize:
    return ModelSize(name, ENVIRONMENT, DATASET, 1000, 800, trials)


def result(*images: tuple[float, float, float | None]) -> CodecResult:
    """From rate, PSNR and MS-SSIM of each picture."""
    pictures = (ImageResult(f"{i}", 200, 200, None, None, r, p, None, m, 0, 0) for i, (r, p, m) in enumerate(images))
    return CodecResult("a", "a", {"hash": "ab" * 8}, tuple(pictures))


def test_losses_are_means_of_decibels_and_the_rate_is_that_of_all_files() -> None:
    """MS-SSIM of 0.9, 0.99 and 0.999 are 10, 20 and 30 dB."""
    before = result((0.1, 30.0, 0.99), (0.3, 20.0, 0.9))
    after = result((0.1, 29.0, 0.9), (0.302, 20.5, 0.999))
    found = compare(before, after, 0.004, 500)
    assert found == Trial(0.004, "ab" * 8, 500, 0.25, -5.0, 0.005)


def test_a_picture_without_ms_ssim_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        compare(result((0.1, 30, 0.9)), result((0.1, 30, None)), 0.1, 5)


@pytest.mark.parametrize(
    ("wrong", "harmless"),
    [
        (trial(1, psnr=0.0199, ms_ssim=0.0199, rate=0.001), True),
        (trial(1, psnr=-1, ms_ssim=-1, rate=-1), True),
        (trial(1, psnr=0.02), False),
        (trial(1, ms_ssim=0.02), False),
        (trial(1, rate=0.0011), False),
    ],
)
def test_a_trial_is_harmless_by_all_it_may_lose(wrong: Trial, harmless: bool) -> None:
    assert wrong.harmless is harmless


def test_the_smallest_harmless_one_is_shipped() -> None:
    found = model(trial(400), trial(300, psnr=0.01), trial(200, psnr=0.03), trial(350, ms_ssim=-0.01))
    assert found.shipped.bytes == 300
    with pytest.raises(ValueError, match="mse-1 more harm"):
        model(trial(300, psnr=0.03))


def test_models_are_kept_by_name(tmp_path: Path) -> None:
    path = tmp_path / "sizes.json"
    for measured in (model(trial(5), name="b"), model(trial(6), name="a"), model(trial(7), name="b")):
        add_model(path, measured)
    assert load(path, ModelSizes) == ModelSizes(SCHEMA, (model(trial(6), name="a"), model(trial(7), name="b")))
    path.write_text(path.read_text().replace(SCHEMA, "another"))
    with pytest.raises(SchemaError, match="schema"):
        add_model(path, model(trial(5)))


def test_table_and_sentence_tell_what_was_saved() -> None:
    one = ModelSize("a-1", ENVIRONMENT, DATASET, 6_000_000, 5_000_000, (trial(1_500_000, 0.0104, -0.002, 0.0005),))
    other = ModelSize("a-2", ENVIRONMENT, DATASET, 6_000_000, 5_000_000, (trial(1_700_000, 0.001, 0.0126, -0.0021),))
    sizes = ModelSizes(SCHEMA, (one, other))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in sizes_table(sizes).splitlines()]
    row = ["`a-1`", "6,000,000", "5,000,000", "1,500,000", "75 %", "0.010 dB", "-0.002 dB", "+0.05 %"]
    assert cells[2] == row
    assert cells[3][3:] == ["1,700,000", "72 %", "0.001 dB", "0.013 dB", "-0.21 %"]
    sentence = sizes_sentence(sizes)
    assert "1.6 MB each instead of 6.0 MB" in sentence
    assert "at most 0.013 dB" in sentence
