"""Evaluations of several runs as one, as if all codecs had been measured together; and new runs among those kept."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from compressible.reports.comparison import FAMILY_LABELS
from compressible.reports.environment import Environment
from compressible.reports.evaluation import SCHEMA, CodecResult, Evaluation, load_evaluation
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.provenance import commits
from compressible.reports.training_record import without_number
from compressible.run_files import EVALUATION

Entry = TypeVar("Entry")


def replaced(kept: Sequence[Entry], new: Sequence[Entry], key: Callable[[Entry], Hashable]) -> tuple[Entry, ...]:
    """Entries that were kept, those of the same key replaced by new ones, and then the other new ones.

    Two new ones of one key both stay: that is for the caller to tell.
    """
    own = {key(entry) for entry in new}
    return (*(entry for entry in kept if key(entry) not in own), *new)


def measurement(result: CodecResult) -> tuple[Hashable, ...]:
    """What was measured, a model by its hash whatever it is called, and all but the times, which are never the same."""
    what = result.details.get("hash", (result.family, result.codec))
    return what, *((one.image, one.file, one.psnr, one.ssim, one.ms_ssim) for one in result.images)


def merged(runs: Sequence[FinishedRun], classical: bool) -> dict[str, Evaluation]:
    """By the name of the data set, the classical codecs or the models of all runs, if there are any.

    Raises:
        SchemaError: a run was not evaluated on pictures.
        ValueError: a model came out differently in two runs, or two data sets have one name.
    """
    by_name: dict[str, list[Evaluation]] = {}
    trained: dict[str, list[Environment]] = {}
    for run in runs:
        evaluation = load_evaluation(run.folder / EVALUATION)
        codecs = tuple(codec for codec in evaluation.codecs if (codec.family in FAMILY_LABELS) == classical)
        if codecs:
            by_name.setdefault(evaluation.dataset.name, []).append(replace(evaluation, codecs=codecs))
            trained.setdefault(evaluation.dataset.name, []).extend(() if classical else run.trained)
    choose = _settings if classical else _models
    return {name: _joined(evaluations, trained[name], choose) for name, evaluations in by_name.items()}


def _joined(
    evaluations: Sequence[Evaluation],
    trained: Sequence[Environment],
    choose: Callable[[Iterable[CodecResult]], Iterable[CodecResult]],
) -> Evaluation:
    dataset = evaluations[0].dataset
    if len({evaluation.dataset.sha256 for evaluation in evaluations}) > 1:
        raise ValueError(f"there are several data sets called {dataset.name}")
    codecs = choose(codec for evaluation in evaluations for codec in evaluation.codecs)
    environment = _environment([*(evaluation.environment for evaluation in evaluations), *trained])
    return Evaluation(SCHEMA, environment, dataset, tuple(codecs))


def _settings(codecs: Iterable[CodecResult]) -> Iterable[CodecResult]:
    """Each once: the same setting of a classical codec may have been measured in several runs."""
    return _each_once(codecs, lambda codec: codec.codec)


def _models(codecs: Iterable[CodecResult]) -> Iterable[CodecResult]:
    """Each once. Those whose names differ in their numbers are one curve; those of one name get numbers."""
    by_name: dict[str, list[CodecResult]] = {}
    for codec in _each_once(codecs, measurement):
        own = by_name.setdefault(codec.codec, [])
        if any(codec.details == other.details for other in own):
            raise ValueError(f"the model {codec.codec} came out differently in two runs")
        name = f"{codec.codec} ({len(own) + 1})" if own else codec.codec
        own.append(replace(codec, family=without_number(codec.codec), codec=name))
    return [codec for own in by_name.values() for codec in own]


def _each_once(codecs: Iterable[CodecResult], key: Callable[[CodecResult], Hashable]) -> Iterable[CodecResult]:
    found: dict[Hashable, CodecResult] = {}
    for codec in codecs:
        found.setdefault(key(codec), codec)
    return found.values()


def _environment(environments: Sequence[Environment]) -> Environment:
    """The first one, with the commands and commits of all."""
    commands = dict.fromkeys(environment.command for environment in environments)
    return replace(environments[0], command="; ".join(commands), commit=", ".join(commits(environments)) or None)
