"""Evaluations of several runs as one, as if all codecs had been measured together; and new runs among those kept."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TypeVar

from compressible.reports.comparison import FAMILY_LABELS
from compressible.reports.environment import Environment
from compressible.reports.evaluation import SCHEMA, CodecResult, Evaluation, load_evaluation
from compressible.reports.network_table import EVALUATION
from compressible.reports.reproduction.finished_runs import FinishedRun, without_number

Entry = TypeVar("Entry")


def replaced(kept: Sequence[Entry], new: Sequence[Entry], key: Callable[[Entry], Hashable]) -> tuple[Entry, ...]:
    """Entries that were kept, those of the same key replaced by new ones, and then the other new ones.

    Two new ones of one key both stay: that is for the caller to tell.
    """
    own = {key(entry) for entry in new}
    return (*(entry for entry in kept if key(entry) not in own), *new)


def merged(runs: Sequence[FinishedRun], classical: bool) -> dict[str, Evaluation]:
    """By the name of the data set, the classical codecs or the models of all runs, if there are any.

    Raises:
        SchemaError: a run was not evaluated on pictures.
        ValueError: two models have one name, or two data sets.
    """
    by_name: dict[str, list[Evaluation]] = {}
    for run in runs:
        evaluation = load_evaluation(run.folder / EVALUATION)
        codecs = tuple(codec for codec in evaluation.codecs if (codec.family in FAMILY_LABELS) == classical)
        if codecs:
            by_name.setdefault(evaluation.dataset.name, []).append(replace(evaluation, codecs=codecs))
    return {name: _joined(evaluations, classical) for name, evaluations in by_name.items()}


def _joined(evaluations: Sequence[Evaluation], classical: bool) -> Evaluation:
    dataset = evaluations[0].dataset
    if len({evaluation.dataset.sha256 for evaluation in evaluations}) > 1:
        raise ValueError(f"there are several data sets called {dataset.name}")
    codecs = [codec for evaluation in evaluations for codec in evaluation.codecs]
    by_name: dict[str, CodecResult] = {}
    for codec in codecs:
        # The same setting of a classical codec may have been measured in several runs.
        if by_name.setdefault(codec.codec, codec) is not codec and not classical:
            raise ValueError(f"two runs have a model called {codec.codec}: name their folders, or train with name=...")
    members = by_name.values() if classical else map(_as_curve, by_name.values())
    environment = _environment([evaluation.environment for evaluation in evaluations])
    return Evaluation(SCHEMA, environment, dataset, tuple(members))


def _as_curve(codec: CodecResult) -> CodecResult:
    """Models whose names differ in their numbers are one curve."""
    return replace(codec, family=without_number(codec.codec))


def _environment(environments: Sequence[Environment]) -> Environment:
    """The first one, with the commands and commits of all."""
    commands = dict.fromkeys(environment.command for environment in environments)
    commits = dict.fromkeys(environment.commit for environment in environments if environment.commit)
    return replace(environments[0], command="; ".join(commands), commit=", ".join(commits) or None)
