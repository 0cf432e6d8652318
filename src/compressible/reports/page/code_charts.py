"""Charts of codes: histograms of the indices of a network's weights, entropies of an image model's channels."""

from collections.abc import Iterator, Sequence

from compressible.reports.codebook_records import ChannelEntropies
from compressible.reports.index_records import IndexRecord
from compressible.reports.page.logs import Log
from compressible.reports.page.model import Axis, Chart, Form, Series


def code_charts(logs: Sequence[Log]) -> tuple[Chart, ...]:
    """One a run for its histograms, and one a bottleneck for its channels."""
    histograms = [_histograms(log) for log in logs if log.moments and log.moments[0].vectors]
    channels = [_channels(log, bottleneck) for log in logs for bottleneck in log.channels]
    return (*histograms, *channels)


def _histograms(log: Log) -> Chart:
    """The moments side by side. Indices of several codebooks do not add up: shown is the one with most weights."""
    sizes = [sum(vector.counts) for vector in log.moments[0].vectors]
    largest = sizes.index(max(sizes))
    whole = f"All {sum(sizes):,} weights."
    part = f"The largest of {len(sizes)} codebooks, {max(sizes):,} of {sum(sizes):,} weights."
    return Chart(
        title=f"Indices of the weights: {log.name}",
        x=Axis("index, by value of center"),
        y=Axis("weights", log=True),
        series=tuple(_bars(log, largest)),
        form=Form.BARS,
        note=whole if len(sizes) == 1 else part,
    )


def _bars(log: Log, codebook: int) -> Iterator[Series]:
    for colour, moment in enumerate(log.moments):
        counts = moment.vectors[codebook].counts
        name = f"after {moment.step:,} steps"
        notes = tuple(_notes(moment, codebook, name))
        yield Series(name, tuple(range(len(counts))), counts, colour, notes=notes, runs=(log.run,) * len(counts))


def _notes(moment: IndexRecord, codebook: int, name: str) -> Iterator[tuple[str, ...]]:
    vector = moment.vectors[codebook]
    total = sum(vector.counts)
    for index, (center, count) in enumerate(zip(vector.centers, vector.counts, strict=True)):
        share = f"{count:,} weights ({count / max(total, 1):.2%})"
        yield name, f"index {index}, center {center:.4g}", share, f"{moment.entropy:.3f} bits per weight in all"


def _channels(log: Log, entropies: ChannelEntropies) -> Chart:
    channels = tuple(range(len(entropies.hard)))
    runs = (log.run,) * len(channels)
    hard = Series("of the symbols", channels, entropies.hard, 0, runs=runs)
    soft = () if entropies.soft is None else (Series("of soft assignments", channels, entropies.soft, 1, runs=runs),)
    return Chart(
        title=f"Entropy of each channel: {log.name}, bottleneck {entropies.bottleneck}",
        x=Axis("channel"),
        y=Axis("bits per symbol"),
        series=(hard, *soft),
        form=Form.BARS,
        note="Before the last validation that was written.",
    )
