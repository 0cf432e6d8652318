"""The code on docs/lossy_standards.md runs, and its codecs have the rates and errors that the page's table says."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import lossy_standards
from compressible.data.bundled import load_picture
from compressible.metrics.psnr import psnr
from compressible.reports.evaluation import load_evaluation
from compressible.reports.tables import settings_table


def test_the_pages_codecs_are_those_that_were_measured() -> None:
    picture = load_picture(lossy_standards.PICTURE)
    measured = {result.codec: result.images[0] for result in load_evaluation(lossy_standards.RESULT).codecs}
    codecs = lossy_standards.page_codecs()
    assert [*(codec.name for codec in codecs), *(codec.name for codec in lossy_standards.THEMSELVES)] == list(measured)
    for codec in codecs:
        data = codec.encode(picture)
        # Codebooks start from random numbers, which may differ between versions of torch.
        assert 8 * len(data) / picture[..., 0].size == pytest.approx(measured[codec.name].file, rel=0.03)
        assert psnr(picture, codec.decode(data)) == pytest.approx(measured[codec.name].psnr, abs=0.2)


def test_the_pages_table_is_that_of_the_result() -> None:
    table = settings_table([load_evaluation(lossy_standards.RESULT)])
    assert f"<!-- table lossy_standards -->\n{table}\n<!-- end -->" in lossy_standards.PAGE.read_text()
