"""What a page can make of a result file, by what the file says it is.

{"schema": NAME, ...} ──► evaluation, log or table, by NAME
[{...}, ...] ───────────► table of the only kind of entry that it can be read as
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compressible.reports import (
    annealing_plot,
    autoencoding_levels,
    autoencoding_table,
    binary_net_table,
    context_savings,
    evaluation,
    index_plot,
    ltc_claims,
    ltc_table,
    model_sizes,
    network_choices,
    network_table,
    one_shot_table,
    static_prior_table,
)
from compressible.reports.page.logs import Log, of_annealing, of_entropies
from compressible.reports.page.model import Table
from compressible.reports.page.rate_distortion import Source
from compressible.reports.schema import SchemaError, load, read_json


@dataclass(frozen=True)
class Kind:
    """A kind of list of which a table is made.

    Attributes:
        content: type of the list.
        title: of the table.
        render: the list to Markdown.
    """

    content: Any
    title: str
    render: Callable[[Any], str]


def _autoencoders(entries: Sequence[autoencoding_table.Entry]) -> str:
    return f"{autoencoding_table.autoencoding_table(entries)}\n{autoencoding_levels.levels_table(entries)}"


def _binary_networks(entries: Sequence[binary_net_table.Entry]) -> str:
    parts = (binary_net_table.accuracy_table, binary_net_table.goal_sentence, binary_net_table.sizes_table)
    return "\n".join(part(entries) for part in parts)


def _ltc(entries: Sequence[ltc_table.Entry]) -> str:
    return f"{ltc_table.runs_table(entries)}\n{ltc_claims.claims_table(entries)}"


LISTS = (
    Kind(tuple[network_table.Entry, ...], "Network compression (Agustsson et al. 2017, Table 1)", network_table.table),
    Kind(tuple[network_choices.Choice, ...], "Choices made on held-out images", network_choices.choices_table),
    Kind(tuple[autoencoding_table.Entry, ...], "Discrete autoencoders", _autoencoders),
    Kind(tuple[binary_net_table.Entry, ...], "Binary networks on codes of MNIST", _binary_networks),
    Kind(tuple[ltc_table.Entry, ...], "Learned symbol models (Gregorová et al. 2021)", _ltc),
    Kind(tuple[static_prior_table.Entry, ...], "Codebooks of features", static_prior_table.table),
)


def read_result(path: Path) -> Source | Log | Table | None:
    """What the file holds; None if nothing is shown of its kind.

    Raises:
        SchemaError: if it is not JSON, or not what it says it is.
    """
    name = str(path)
    match read_json(path):
        case {"schema": evaluation.SCHEMA}:
            return Source(name, evaluation.load_evaluation(path))
        case {"schema": annealing_plot.SCHEMA}:
            record = load(path, annealing_plot.AnnealingRecord)
            return of_annealing(record, f"{record.run} ({name})")
        case {"schema": index_plot.SCHEMA}:
            record = load(path, index_plot.EntropyRecord)
            return of_entropies(record, f"{record.run} ({name})")
        case {"schema": model_sizes.SCHEMA}:
            sizes = load(path, model_sizes.ModelSizes)
            return Table("Sizes of shipped models", model_sizes.sizes_table(sizes), name)
        case {"schema": one_shot_table.SCHEMA}:
            measured = load(path, one_shot_table.OneShotAccuracy)
            return Table("A network compressed at once", one_shot_table.one_shot_table(measured), name)
        case {"schema": context_savings.SCHEMA}:
            savings = load(path, context_savings.ContextSavings)
            return Table("Contexts against static tables", context_savings.savings_table(savings.savings), name)
        case [_, *_]:
            return _list(path)
        case _:
            return None


def _list(path: Path) -> Table | None:
    for kind in LISTS:
        try:
            return Table(kind.title, kind.render(load(path, kind.content)), str(path))
        except SchemaError:
            continue
    return None
