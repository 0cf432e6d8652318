"""What contexts save: files with the same symbols, coded with static tables and with contexts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import mean

from compressible.reports.environment import Dataset, Environment
from compressible.reports.tables import markdown

SCHEMA = "compressible-context-savings-1"


@dataclass(frozen=True)
class Coded:
    """Files with their symbols coded in one way.

    Attributes:
        bytes: of all files together, with everything in them.
        write_seconds: symbols to file, the median over files.
        read_seconds: file to symbols, checked; likewise.
    """

    bytes: int
    write_seconds: float
    read_seconds: float


@dataclass(frozen=True)
class Saving:
    """The same symbols coded in both ways.

    Attributes:
        name: of the model, or path of the file.
        kind: image, weights or codes.
        dimension: numbers that a symbol stands for, 1 for scalars; None if the file does not tell.
        files: how many there are.
        symbols: in all of them.
        static: with tables that were counted on training photographs (images), or that the file brings.
        context: with contexts that start from these tables.
    """

    name: str
    kind: str
    dimension: int | None
    files: int
    symbols: int
    static: Coded
    context: Coded

    @property
    def saved(self) -> float:
        """Share of the bytes of files that contexts save."""
        return 1 - self.context.bytes / self.static.bytes


@dataclass(frozen=True)
class ContextSavings:
    """All that was measured.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where and by what it was measured.
        pictures: what the image models coded.
        savings: one a model or file.
    """

    schema: str
    environment: Environment
    pictures: Dataset
    savings: tuple[Saving, ...]

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise ValueError(f"the schema is '{self.schema}', and this version reads '{SCHEMA}'")


def savings_table(savings: Sequence[Saving]) -> str:
    """One row a model or file; times are of coding and checking symbols alone, without any network."""
    columns = (
        *("symbols of", "kind", "numbers a symbol", "files", "bytes, static", "bytes, contexts", "saved"),
        *("write ms, static", "contexts", "read ms, static", "contexts"),
    )
    rows = [
        (
            f"`{s.name}`",
            s.kind,
            "n/a" if s.dimension is None else str(s.dimension),
            str(s.files),
            *(f"{coded.bytes:,}" for coded in (s.static, s.context)),
            f"{100 * s.saved:.1f} %",
            *(f"{1000 * coded.write_seconds:.0f}" for coded in (s.static, s.context)),
            *(f"{1000 * coded.read_seconds:.0f}" for coded in (s.static, s.context)),
        )
        for s in savings
    ]
    return markdown(columns, rows)


def savings_sentence(measured: ContextSavings, names: Collection[str]) -> str:
    """What contexts save of the files of the image models with these names, and what they take.

    Raises:
        ValueError: none of them was measured.
    """
    own = [s for s in measured.savings if s.kind == "image" and s.name in names]
    if not own:
        raise ValueError(f"none of {', '.join(names)} was measured")
    saved = 1 - sum(s.context.bytes for s in own) / sum(s.static.bytes for s in own)
    static, context = (1000 * mean(coded.write_seconds for coded in ways) for ways in _ways(own))
    return (
        f"Symbols are coded with contexts that adapt to the picture: on {measured.pictures.name.capitalize()}, that "
        f"makes files {100 * saved:.1f} % smaller than static tables do, and coding the symbols takes {context:.0f} ms "
        f"a picture instead of {static:.0f}. `--entropy static` is there for speed; files say which they are, and both "
        "are read."
    )


def _ways(savings: Sequence[Saving]) -> tuple[list[Coded], list[Coded]]:
    return [s.static for s in savings], [s.context for s in savings]
