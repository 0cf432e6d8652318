from pathlib import Path

import pytest
from page_examples import OURS

from autoencoder_runs import ALONE, PAIR
from autoencoder_runs import result as autoencoder
from binary_net_runs import RESULT as BINARY
from compressible.reports.annealing_plot import SCHEMA as ANNEALING
from compressible.reports.annealing_plot import AnnealingRecord
from compressible.reports.autoencoding_table import Entry as AutoencoderEntry
from compressible.reports.binary_net_table import Entry as BinaryEntry
from compressible.reports.environment import Dataset, Environment
from compressible.reports.network_choices import Choice
from compressible.reports.network_table import Entry as NetworkEntry
from compressible.reports.one_shot_table import SCHEMA as ONE_SHOT
from compressible.reports.one_shot_table import OneShotAccuracy, Point
from compressible.reports.page.logs import Log
from compressible.reports.page.model import Table
from compressible.reports.page.rate_distortion import Source
from compressible.reports.page.result_files import read_result
from compressible.reports.schema import SchemaError, save
from compressible.reports.static_prior_table import Entry as PriorEntry

NETWORK = NetworkEntry(
    row="pruned",
    seed=0,
    accuracy=0.9,
    original_accuracy=0.92,
    paper_factor=4.5,
    file_factor=4.4,
    bytes=4321,
    context_factor=None,
    context_bytes=None,
    images=1000,
    gained=3,
    lost=5,
)


def test_files_are_what_they_say_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    save(path, OURS)
    assert read_result(path) == Source(str(path), OURS)
    save(path, AnnealingRecord(ANNEALING, "run", (1,), (2.0,), (0.1,), (0.2,)))
    log = read_result(path)
    assert isinstance(log, Log)
    assert log.name == f"run ({path})"
    dataset = Dataset("cifar", "a" * 64, 1, ())
    environment = Environment("m", None, "2026-01-01", "cpu", 2, "Linux", {})
    points = (Point(0.5, 0.9, 3, 5, 4000, 2000),)
    save(path, OneShotAccuracy(ONE_SHOT, environment, "0" * 16, dataset, 1000, 9000, 10, 0.92, points))
    table = read_result(path)
    assert isinstance(table, Table)
    assert all(shown in table.markdown for shown in ("92.00%", "90.00%", "-0.20 ±", "9.00", "18.00", "4,000"))


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        (NETWORK, "4,321"),
        (Choice("beta 3", "train", None, 0, 777, 1000, 0.5, 20.0, 4321), "beta 3"),
        (
            PriorEntry("ResNet", "n", "l", "d", 10, "space", 32, 0, None, 0.1, 0.25, 4.5, 1.0, 0.5, 0.4, 0.3, 0.0),
            "runs of positions",
        ),
    ],
)
def test_lists_are_tables_by_what_their_entries_are(tmp_path: Path, entry: object, shown: str) -> None:
    path = tmp_path / "a.json"
    save(path, (entry,))
    table = read_result(path)
    assert isinstance(table, Table)
    assert table.note == str(path)
    assert shown in table.markdown


def test_of_binary_networks_also_the_goal_and_the_sizes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    save(path, (BinaryEntry("codes", 17188, None, BINARY),))
    table = read_result(path)
    assert isinstance(table, Table)
    assert all(shown in table.markdown for shown in ("90.00 ± 5.00", "Goal: 95 %", "packed bits, KiB"))


def test_of_autoencoders_with_several_levels_also_these(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    save(path, (AutoencoderEntry("vq", 0, 9, autoencoder(2.0, ALONE)),))
    one = read_result(path)
    save(path, (AutoencoderEntry("dq", 0, 9, autoencoder(2.0, PAIR, PAIR)),))
    two = read_result(path)
    assert isinstance(one, Table)
    assert isinstance(two, Table)
    assert ["level, coarsest first" in table.markdown for table in (one, two)] == [False, True]
    assert all("two-part total" in table.markdown for table in (one, two))


@pytest.mark.parametrize("text", ["{}", "[]", "[1]", '{"schema": 1}', '{"schema": "another-1"}', "3", '[{"a": 1}]'])
def test_of_other_kinds_nothing_is_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert read_result(path) is None


@pytest.mark.parametrize(
    "text", ["", "{", '{"schema": "compressible-evaluation-1"}', '{"schema": "compressible-entropy-1"}']
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "damaged.json"
    path.write_text(text)
    with pytest.raises(SchemaError, match=r"damaged\.json"):
        read_result(path)
