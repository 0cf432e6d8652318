"""What is kept of the autoencoder behind the codes."""

from dataclasses import replace
from pathlib import Path

import pytest

from binary_net_runs import RESULT, write_code_maker
from compressible.reports.binary_net_codes import (
    code_maker_table,
    encoder_sentence,
    minutes_sentence,
    read_code_maker,
)
from compressible.reports.binary_net_entries import Entry
from compressible.reports.run_times import RunTime

ENCODER = 14 * 14 * 32 * 9 + 7 * 7 * 64 * 32 * 9 + 7 * 7 * 4 * 64
"""Products of three convolutions: 3 x 3, 3 x 3 and 1 x 1, the first two of which halve the sides."""
SEARCH = 7 * 7 * 16 * 4
"""Of sixteen codes of four numbers, at each place."""


def test_the_autoencoder_stands_beside_the_published_one(tmp_path: Path) -> None:
    write_code_maker(tmp_path)
    maker = read_code_maker(tmp_path)
    assert maker.encoder.macs == ENCODER + SEARCH
    *_, published, ours = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in code_maker_table(maker).strip().splitlines()
    ]
    assert published[1:] == [
        "0.0912",
        "training images, while it learned",
        "0.2776",
        *["n/a"] * 2,
        "40,261",
        *["n/a"] * 3,
    ]
    # 0.0094925 over a variance of 0.3081^2.
    assert ours[1:] == [
        "0.1000",
        "20 images of mnist, pixels rounded to bytes",
        "n/a",
        "14 of 16",
        "3.50",
        *("40,261", "7", "0", "not recorded"),
    ]
    assert f"{ENCODER + SEARCH:,} 32-bit MACs an image" in encoder_sentence(maker)
    assert f"{(ENCODER + SEARCH) / 12_544:.0f} times the 12,544" in encoder_sentence(maker)


def test_minutes_of_all_runs(tmp_path: Path) -> None:
    write_code_maker(tmp_path)
    maker = replace(read_code_maker(tmp_path), time=RunTime("2026-01-01T10:00:00+00:00", 2))
    codes, pixels = (
        RunTime(f"2026-01-01T{ended}:00+00:00", minutes) for ended, minutes in (("10:15", 3), ("10:20", 10))
    )
    entries = [Entry("codes", 7, codes, RESULT), Entry("pixels", 7, pixels, RESULT)]
    assert minutes_sentence(maker, entries) == (
        "All 3 runs, that of the VQ-VAE among them, took 12.0 minutes on 2 cores, from codes to evaluation, "
        "with up to 2 at a time.\n"
    )
    untimed = minutes_sentence(replace(maker, time=None), entries)
    assert "took 10.0 minutes" in untimed
    assert "1 of them were not timed" in untimed


def test_a_run_without_its_model_is_told(tmp_path: Path) -> None:
    write_code_maker(tmp_path)
    (tmp_path / "vqvae_mnist.safetensors").unlink()
    with pytest.raises(ValueError, match="no finished run of an autoencoder"):
        read_code_maker(tmp_path)
