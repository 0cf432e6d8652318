import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from compressible.callbacks.codebook_usage import CodebookUsage, Tally, entropies, figures
from compressible.quantizers import Identity, Quantized

# Two groups, four symbols; a batch of 4 vectors and one of 12.
SMALL = Quantized(
    z_hat=torch.zeros(2, 4, 1),
    symbols=torch.tensor([[0] * 4, [3] * 4]),
    alphabet=(4, 4),
    soft_histogram=torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.5, 0.25, 0.125, 0.125]], requires_grad=True),
)
LARGE = Quantized(
    z_hat=torch.zeros(2, 12, 1),
    symbols=torch.tensor([[1] * 4 + [2] * 8, [3] * 12]),
    alphabet=(4, 4),
    soft_histogram=torch.tensor([[0.0, 1.0, 0.0, 0.0], [0.5, 0.25, 0.125, 0.125]], requires_grad=True),
)
QUARTER = 0.25 * 2 + 0.75 * 0.4150374993
"""Entropy of (1/4, 3/4): log2 4 = 2, log2 (4/3) = 0.415..."""
EXPECTED = {
    "codebook_0/perplexity": (2**1.5 + 1) / 2,
    "codebook_0/usage": (3 / 4 + 1 / 4) / 2,
    # (1/4, 1/4, 1/2) has 1.5 bits, a symbol that is always the same none.
    "codebook_0/hard_entropy_bits/total": 1.5,
    "codebook_0/hard_entropy_bits/mean": 0.75,
    "codebook_0/hard_entropy_bits/min": 0.0,
    "codebook_0/hard_entropy_bits/max": 1.5,
    # (1/4, 3/4), and 1/2 + 2/4 + 3/8 + 3/8 = 1.75 bits.
    "codebook_0/soft_entropy_bits/total": QUARTER + 1.75,
    "codebook_0/soft_entropy_bits/mean": (QUARTER + 1.75) / 2,
    "codebook_0/soft_entropy_bits/min": QUARTER,
    "codebook_0/soft_entropy_bits/max": 1.75,
}


class Recorder:
    """Stands for task and trainer: keeps what is logged."""

    def __init__(self, step: int = 500, is_global_zero: bool = True) -> None:
        self.logged: dict[str, float] = {}
        self.log_dict = self.logged.update
        self.trainer: Any = SimpleNamespace(global_step=step, is_global_zero=is_global_zero, val_check_batch=500)

    def train(self, callback: CodebookUsage, *batches: Quantized) -> None:
        for batch in batches:
            callback.on_train_batch_end(self.trainer, self, {"quantized": (batch,)}, None, 0)  # type: ignore[arg-type]

    def validate(self, callback: CodebookUsage, *batches: Quantized) -> None:
        self.train(callback, *batches)
        callback.on_validation_epoch_end(self.trainer, self)  # type: ignore[arg-type]


def written(folder: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in (folder / "codebooks").glob("*")}


def test_entropies_of_both_kinds_over_all_batches(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.validate(CodebookUsage(str(tmp_path)), SMALL, LARGE)
    assert recorder.logged == pytest.approx(EXPECTED, abs=1e-6)
    (channels,) = written(tmp_path)["step_0000500.json"]
    assert channels["bottleneck"] == 0
    assert channels["hard"] == pytest.approx([1.5, 0], abs=1e-6)
    assert channels["soft"] == pytest.approx([QUARTER, 1.75], abs=1e-6)


def test_each_validation_starts_anew_and_has_a_file_of_its_own(tmp_path: Path) -> None:
    callback = CodebookUsage(str(tmp_path))
    Recorder(step=1).validate(callback, LARGE)
    Recorder(step=2).validate(callback, SMALL)
    Recorder(step=3).validate(callback)
    files = written(tmp_path)
    assert sorted(files) == ["step_0000001.json", "step_0000002.json"], "no batch, no file"
    assert files["step_0000002.json"][0]["hard"] == [0, 0]


def test_a_step_that_a_resumed_run_repeats_is_written_over(tmp_path: Path) -> None:
    for batch in (LARGE, SMALL):
        Recorder().validate(CodebookUsage(str(tmp_path)), batch)
    assert written(tmp_path)["step_0000500.json"][0]["hard"] == [0, 0]


def restored(callback: CodebookUsage, folder: Path, step: int) -> CodebookUsage:
    """What another process makes of a checkpoint of that step, which is read as runs read theirs."""
    torch.save(callback.state_dict(), folder / "state")
    again, recorder = CodebookUsage(str(folder)), Recorder(step)
    again.load_state_dict(torch.load(folder / "state", weights_only=True))
    again.on_train_start(recorder.trainer, recorder)  # type: ignore[arg-type]
    return again


def test_a_resumed_run_has_the_figures_of_the_whole_interval(tmp_path: Path) -> None:
    """Without soft assignments too."""
    hard = [Quantized(batch.z_hat, batch.symbols, batch.alphabet) for batch in (SMALL, LARGE)]
    for (first, second), expected in (
        ((SMALL, LARGE), EXPECTED),
        (hard, {name: value for name, value in EXPECTED.items() if "soft" not in name}),
    ):
        callback, recorder = CodebookUsage(str(tmp_path)), Recorder()
        Recorder(step=499).train(callback, first)
        recorder.validate(restored(callback, tmp_path, 499), second)
        assert recorder.logged == pytest.approx(expected, abs=1e-6)


def test_a_checkpoint_that_a_validation_followed_brings_nothing_into_the_next_interval(tmp_path: Path) -> None:
    callback, recorder = CodebookUsage(str(tmp_path)), Recorder(step=1000)
    Recorder(step=500).train(callback, LARGE)
    recorder.validate(restored(callback, tmp_path, 500), SMALL)
    assert recorder.logged["codebook_0/usage"] == 0.25


@pytest.mark.parametrize("step", [0, 1])
def test_a_new_run_clears_what_another_left_and_a_resumed_one_nothing(step: int, tmp_path: Path) -> None:
    callback = CodebookUsage(str(tmp_path))
    Recorder(step=900).validate(callback, SMALL)
    recorder = Recorder(step=step)
    callback.on_train_start(recorder.trainer, recorder)  # type: ignore[arg-type]
    assert sorted(written(tmp_path)) == ["step_0000900.json"] * step


def test_one_process_of_many_writes(tmp_path: Path) -> None:
    recorder = Recorder(is_global_zero=False)
    recorder.validate(CodebookUsage(str(tmp_path)), SMALL)
    assert recorder.logged
    assert written(tmp_path) == {}


def test_a_quantizer_without_soft_assignment_has_hard_figures_alone(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.validate(CodebookUsage(str(tmp_path)), Quantized(LARGE.z_hat, LARGE.symbols, LARGE.alphabet))
    assert recorder.logged["codebook_0/hard_entropy_bits/max"] == pytest.approx(0.9182958)  # (1/3, 2/3)
    assert not [name for name in recorder.logged if "soft" in name]
    assert written(tmp_path)["step_0000500.json"][0]["soft"] is None


def test_unquantized_values_are_not_counted(tmp_path: Path) -> None:
    """2^32 counters a channel would fill the memory."""
    recorder = Recorder()
    recorder.validate(CodebookUsage(str(tmp_path)), Identity(2, 1)(torch.randn(2, 5, 1)))
    assert recorder.logged == {}
    assert written(tmp_path) == {}


@given(arrays(np.int64, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=st.integers(0, 5)))
def test_at_infinite_hardness_both_entropies_are_the_same(symbols: np.ndarray) -> None:
    """q tends to p (section 3.2): a histogram of one-hot assignments is that of the symbols."""
    q = np.stack([np.bincount(row, minlength=6) / len(row) for row in symbols])
    alphabet = (6,) * len(symbols)
    hard = torch.from_numpy(symbols)
    logged = figures(Tally.of(Quantized(hard, hard, alphabet, torch.from_numpy(q).float())))
    for key in ("total", "mean", "min", "max"):
        assert logged[f"soft_entropy_bits/{key}"] == pytest.approx(logged[f"hard_entropy_bits/{key}"], abs=1e-5)
    total = sum(scipy.stats.entropy(row, base=2) for row in q)
    assert logged["hard_entropy_bits/total"] == pytest.approx(total, abs=1e-9)


def test_entropies_agree_with_scipy() -> None:
    counts = torch.tensor([[5, 1, 0, 2], [1, 1, 1, 1], [9, 0, 0, 0]])
    expected = [scipy.stats.entropy(row.numpy(), base=2) for row in counts]
    assert entropies(counts).tolist() == pytest.approx(expected)
