"""What is compared does the same from the same codes; a stand-in with the package's interface plays it."""

import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

from benchmarks import codebook, codebook_forms
from benchmarks.codebook_forms import PACKAGE, Size
from benchmarks.measure import Summary

TINY = Size(vectors=400, codes=20, dimension=6, repetitions=2)


class StandIn(nn.Module):
    """As much of ``VectorQuantize`` as is called: appendix A.1 of van den Oord et al. 2017 with sums that are kept."""

    def __init__(
        self,
        dim: int,
        codebook_size: int,
        decay: float,
        eps: float,
        commitment_weight: float,
        kmeans_init: bool,
        threshold_ema_dead_code: int,
        use_cosine_sim: bool,
        rotation_trick: bool,
    ) -> None:
        super().__init__()
        assert not any((kmeans_init, threshold_ema_dead_code, use_cosine_sim, rotation_trick))
        assert commitment_weight == 0.25
        self.decay, self.eps = decay, eps
        self._codebook = nn.Module()
        for name in ("embed", "embed_avg"):
            self._codebook.register_buffer(name, torch.randn(1, codebook_size, dim))
        self._codebook.register_buffer("cluster_size", torch.ones(1, codebook_size))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        assert x.requires_grad == self.training, "as an encoder's, in training and only there"
        own = dict(self._codebook.named_buffers())
        codes, sums, counts = own["embed"], own["embed_avg"], own["cluster_size"]
        symbols = torch.cdist(x.detach().double(), codes.double()).argmin(-1)
        values = self.get_codes_from_indices(symbols)
        if self.training:
            chosen = F.one_hot(symbols, codes.shape[1]).float()
            counts.mul_(self.decay).add_((1 - self.decay) * chosen.sum(1))
            sums.mul_(self.decay).add_((1 - self.decay) * chosen.mT @ x.detach())
            total = counts.sum()
            smoothed = (counts + self.eps) / (total + counts.shape[1] * self.eps) * total
            codes.copy_(sums / smoothed[..., None])
        return values, symbols, torch.zeros(1)

    def get_codes_from_indices(self, indices: Tensor) -> Tensor:
        return self._codebook.get_buffer("embed")[0][indices]


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = SimpleNamespace(VectorQuantize=StandIn)
    monkeypatch.setitem(sys.modules, PACKAGE, stand_in)  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr(metadata, "version", lambda name: {"vector-quantize-pytorch": "1.2.3"}[name])


def check_that_forms_agree(size: Size) -> None:
    z = codebook_forms.vectors(size)
    for make in codebook_forms.forms(size).values():
        start = codebook_forms.first_codes(size)
        form = make(start.clone())
        decoded = form.decode(codebook_forms.symbols(size))
        assert torch.equal(decoded, start[codebook_forms.symbols(size)])
        assert torch.equal(form.infer(z), torch.cdist(z.double(), start.double()).argmin(-1))
        assert torch.equal(form.codes(), start)
        form.train(z)
        assert float((form.codes() - start).abs().max()) > 0.1, "a training pass teaches"
    agreement = codebook.agree(size)
    assert agreement is not None
    assert agreement.differing_symbols == 0
    assert agreement.code_difference < 1e-5


@pytest.mark.usefixtures("package")
def test_both_forms_do_the_same() -> None:
    check_that_forms_agree(TINY)


def test_the_package_itself_does_the_same() -> None:
    pytest.importorskip(PACKAGE, reason="an optional part of the benchmarks")
    check_that_forms_agree(TINY)


@pytest.mark.usefixtures("package")
def test_agreement_tells_forms_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codebook_forms.Ours, "infer", lambda self, z: torch.full((len(z),), -1))
    monkeypatch.setattr(codebook_forms.Ours, "train", lambda self, z: None)
    agreement = codebook.agree(TINY)
    assert agreement is not None
    assert agreement.differing_symbols == 1
    assert agreement.code_difference > 0.1


@pytest.mark.usefixtures("package")
def test_the_package_is_timed_beside_ours() -> None:
    cost = codebook.benchmark(quick=True)
    assert cost.package == "1.2.3"
    assert len(cost.comparisons) == 3 * len(codebook.QUICK_SIZES)
    for one in cost.comparisons:
        assert one.seconds.keys() == {"ours", PACKAGE}
        assert one.seconds["ours"].repetitions == one.times_ours[PACKAGE].repetitions == 2
    assert {(one.operation, one.form) for one in cost.growth} == {
        (operation, form) for operation in ("train", "infer", "decode") for form in ("ours", PACKAGE)
    }


@pytest.mark.usefixtures("package")
def test_the_package_is_given_no_more_pairs_than_it_can_hold() -> None:
    both = [size for size in codebook.SIZES if PACKAGE in codebook_forms.forms(size)]
    assert both == [size for size in codebook.SIZES if size.vectors * size.codes < 1 << 30], "24 GiB"
    assert len(both) == 3, "as many as growth has unknowns"


def test_without_the_package_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    found = codebook_forms.find_package()
    assert found.version.startswith("not measured: it cannot be imported (")
    assert codebook_forms.forms(TINY).keys() == {"ours"}
    assert codebook.agree(TINY) is None


def seconds(median: float) -> Summary:
    return Summary(median, median / 2, 2 * median, 0, 9, 5)


def test_the_table_has_milliseconds_ratios_and_mebibytes_and_says_what_was_not_measured() -> None:
    both = codebook.Comparison(
        "train",
        Size(1 << 14, 512, 64, 5),
        {"ours": seconds(0.002), PACKAGE: seconds(3.0)},
        {PACKAGE: seconds(1500)},
        {"ours": seconds(2**20), PACKAGE: seconds(2**31)},
    )
    alone = codebook.Comparison("infer", Size(1 << 18, 8192, 64, 5), {"ours": seconds(2.5)}, {}, {"ours": seconds(512)})
    growth = (codebook.Growth("train", "ours", 1.0, 0.25), codebook.Growth("train", PACKAGE, 1.5, 1.0))
    cost = codebook.CodebookCost("1.2.3", None, (both, alone), growth)
    header, _, first, second = codebook.cost_table(cost).splitlines()
    assert "vector-quantize-pytorch 1.2.3, ms" in header
    assert first == "| train | 16,384 | 512 | 2 | 3,000 | 1,500 | 750 to 3e+03 | 1 | 2,048 |"
    assert second == "| infer | 262,144 | 8,192 | 2,500 | n/a | n/a | n/a | 0.000488 | n/a |"
    assert codebook.growth_table(cost).splitlines()[2:] == [
        "| train | ours | 1.00 | 0.25 |",
        "| train | vector-quantize-pytorch | 1.50 | 1.00 |",
    ]


@given(st.floats(-1, 3), st.floats(-1, 3), st.floats(1e-9, 10), st.integers(3, 4))
def test_exponents_are_those_of_the_law(b: float, c: float, factor: float, count: int) -> None:
    """From as few sizes as the package is measured at, too."""
    seconds = {size: factor * size.vectors**b * size.codes**c for size in codebook.SIZES[:count]}
    assert codebook.exponents(seconds) == pytest.approx((b, c), abs=1e-6)
