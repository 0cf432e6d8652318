"""Every table names the commits of the code that trained, before and after a run was cut off, and that measured."""

from dataclasses import replace
from pathlib import Path

import pytest
from evaluated_runs import environment, evaluation, training_record
from made_up_autoencoders import entry as autoencoder

from binary_net_runs import RESULT as BINARY
from compressible.reports.annealing_plot import AnnealingRecord
from compressible.reports.binary_net_entries import Entry as BinaryNets
from compressible.reports.index_plot import EntropyRecord
from compressible.reports.index_records import IndexRecord, VectorHistogram
from compressible.reports.network_table import Entry as Network
from compressible.reports.reproduction import (
    compressed_learning,
    depthwise_figure3,
    ltc_figure1,
    shvq_ablations,
    shvq_annealing,
    shvq_figure1,
    shvq_figure13,
    shvq_table1,
)
from compressible.reports.reproduction.target import Target
from compressible.reports.schema import save
from ltc_runs import entry as ltc

MODEL = "0" * 16
AUTOENCODER, LTC = autoencoder("dq", 3.0), ltc(8, 0, 0.75, 0.004)
NETWORK = Network("pruned", 0, 0.9, 0.92, 4.5, 4.4, 4321, None, None, 1000, 3, 5)
MOMENTS = tuple(
    IndexRecord("compressible-index-histograms-1", step, 1.0, (VectorHistogram((0.0, 1.0), (3, 3)),)) for step in (0, 9)
)
MEASURED = environment("measured")


@pytest.mark.parametrize(
    ("target", "file", "content", "kept", "name", "measured"),
    [
        (
            depthwise_figure3.TARGET,
            "dqae.json",
            (replace(AUTOENCODER, result=replace(AUTOENCODER.result, environment=MEASURED)),),
            "dqae/dq-0",
            "dq",
            True,
        ),
        (
            ltc_figure1.TARGET,
            "ltc.json",
            (replace(LTC, result=replace(LTC.result, environment=MEASURED)),),
            "ltc/a",
            "ltc_vector",
            True,
        ),
        (
            compressed_learning.TARGET,
            "bnn_mnist.json",
            (BinaryNets("codes", 7, None, replace(BINARY, environment=MEASURED)),),
            "bnn_mnist/codes",
            "codes",
            True,
        ),
        (
            shvq_ablations.TARGET,
            "ablations.json",
            evaluation([("vector", "vector-1", 0.2, 28.0)], "measured", model=MODEL),
            "ablations/vector-1",
            "vector-1",
            True,
        ),
        (shvq_table1.TARGET, "table1.json", (NETWORK,), "table1/pruned", "pruned", False),
        (
            shvq_figure13.TARGET,
            "entropy.json",
            EntropyRecord("compressible-entropy-1", "soft_to_hard", (0, 9), (4.0, 3.0), None, MOMENTS),
            "table1/soft_to_hard",
            "soft_to_hard",
            False,
        ),
        (
            shvq_annealing.TARGET,
            "annealing.json",
            AnnealingRecord("s", "vector-1", (1, 2), (1.0, 2.0), (0.0, 0.0), (1.0, 0.5)),
            "ablations/vector-1",
            "vector-1",
            False,
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Target) else "",
)
def test_of_a_result_whose_training_is_recorded(
    tmp_path: Path, target: Target, file: str, content: object, kept: str, name: str, measured: bool
) -> None:
    save(tmp_path / file, content)
    path = tmp_path / "training" / f"{kept}.json"
    path.parent.mkdir(parents=True)
    save(path, training_record(name, "last", MODEL, earlier=["first"]))
    save(path.with_name("other.json"), training_record("other", "elsewhere", "1" * 16))
    (origin,) = target.read(tmp_path).comparisons[0].origins
    assert origin.commits == ("first", "last", *(["measured"] if measured else []))


def test_of_models_that_ship(tmp_path: Path) -> None:
    """Their records are kept by the names of the models, and classical codecs have none."""
    save(tmp_path / "kodak_classical.json", evaluation([("jpeg444", "jpeg444-q2", 0.1, 20.0)], "classical"))
    save(tmp_path / "kodak_models.json", evaluation([("m", "m-1", 0.2, 26.0)], "measured"))
    (tmp_path / "training").mkdir()
    save(tmp_path / "training" / "m-1.json", training_record("shvq_low", "last", earlier=["first"]))
    (comparison,) = shvq_figure1.TARGET.read(tmp_path).comparisons
    assert [origin.commits for origin in comparison.origins] == [("classical",), ("first", "last", "measured")]
