from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.clustering import UniformBins


def test_by_hand() -> None:
    weights = np.array([2.6, -1.0, 0.5, -0.75, 0.25, -0.25, 0.0])
    hessian = np.array([1.0, 1.0, 1.0, 3.0, 2.0, 1.0, 1.0])
    clusters = UniformBins(1.0).fit(weights, hessian)
    # Around -1, 0, 1 and 3; nothing lies around 2, and 0.5 is the first weight of the bin around 1.
    np.testing.assert_allclose(clusters.centers, [(-1.0 - 3 * 0.75) / 4, (2 * 0.25 - 0.25) / 4, 0.5, 2.6])
    assert clusters.symbols.tolist() == [3, 0, 2, 0, 1, 1, 1]


@given(
    st.lists(st.tuples(st.floats(-10, 10), st.floats(1e-3, 1e3)), min_size=1, max_size=30),
    st.sampled_from([0.01, 0.25, 1.0, 3.0, 100.0]),
)
def test_bins_one_at_a_time(samples: list[tuple[float, float]], step: float) -> None:
    bins: dict[int, list[tuple[float, float]]] = {}
    for weight, mass in samples:
        bins.setdefault(floor(weight / step + 0.5), []).append((weight, mass))
    expected = {b: sum(w * h for w, h in members) / sum(h for _, h in members) for b, members in bins.items()}
    clusters = UniformBins(step).fit(*np.array(samples).T)
    assert clusters.centers == pytest.approx([expected[b] for b in sorted(bins)], rel=1e-9, abs=1e-12)
    assert clusters.quantized == pytest.approx(
        [expected[floor(w / step + 0.5)] for w, _ in samples], rel=1e-9, abs=1e-12
    )
