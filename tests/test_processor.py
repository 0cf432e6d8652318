"""What is read of the processor, from files as Linux writes them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from compressible import processor
from small_run import composed

NOWHERE = ("callbacks=plain", "callbacks.checkpoint.folder=a", "logger.csv.save_dir=b")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    processor.multiplies_bfloat16.cache_clear()
    yield
    processor.multiplies_bfloat16.cache_clear()


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16 amx_tile\nbugs\t: none\n", True),
        ("flags\t\t: fpu amx_bf16\n", True),
        ("flags\t\t: fpu avx avx2 f16c\nbugs\t: avx512_bf16\n", False),
        ("processor\t: 0\nFeatures\t: fp asimd bf16 sve\n", True),
        ("Features\t: fp asimd\n", False),
        ("", False),
    ],
)
def test_bfloat16_is_used_where_the_processor_has_it(
    text: str, has: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "CPU_INFO", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text(text)
    assert processor.multiplies_bfloat16() == has
    config = composed(["experiment=shvq_kodak", "budget=cpu", *NOWHERE])
    assert config["trainer"]["precision"] == ("bf16-mixed" if has else "32-true")
    assert composed(["experiment=shvq_kodak", *NOWHERE])["trainer"]["precision"] == "32-true", "of the paper"


def test_without_linux_it_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "CPU_INFO", tmp_path / "none")
    assert processor.training_precision() == "32-true"
