"""Compressed Learning: binary networks on pixels and on 4-bit codes of MNIST.

Jacobellis 2022, "Compressed Learning" (danjacobellis.net/ITML), and its notebook for test accuracies.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from compressible.reports.binary_net_table import ARMS, Arm, Entry, Published, load_entries, read_entries
from compressible.reports.binary_nets import BINARY_NETS, BinaryNetResult
from compressible.reports.reproduction.comparison import Comparison, Line, Quantity, measured
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin
from compressible.reports.schema import save
from compressible.reports.training_record import keep_record
from compressible.reports.verdict import Better

FILE = "bnn_mnist.json"
KEPT = Path("training") / "bnn_mnist"
AUTOENCODER = Part("the VQ-VAE", "python train.py experiment=vqvae_mnist hydra.run.dir=outputs/vqvae_mnist")
UNPUBLISHED = "codes"
"""The arm that is the published one without its mistake."""
POINTS, ROUNDED = 1.0, 1.0
"""By which a share of images may be below, in percent; and what rounding to thousands and to KiB leaves."""
COLUMNS: tuple[
    tuple[Quantity, Callable[[Published], float], Callable[[BinaryNetResult], Sequence[float]], float], ...
] = (
    (
        Quantity("training images right, %", ".2f", Better.HIGHER),
        lambda published: published.training,
        lambda result: [100 * share for share in result.training],
        POINTS,
    ),
    (
        Quantity("test images right, %", ".2f", Better.HIGHER),
        lambda published: published.test,
        lambda result: [100 * share for share in result.test],
        POINTS,
    ),
    (
        Quantity("one-bit MACs", ",.0f", Better.NEITHER),
        lambda published: published.one_bit_macs,
        lambda result: [result.cost.one_bit_macs],
        0.0,
    ),
    (
        Quantity("32-bit MACs", ",.0f", Better.NEITHER),
        lambda published: published.macs,
        lambda result: [result.cost.macs],
        0.0,
    ),
    (
        Quantity("parameters, thousands", ".1f", Better.NEITHER),
        lambda published: published.parameters,
        lambda result: [result.cost.parameters / 1000],
        ROUNDED,
    ),
    (
        Quantity("4 bytes a parameter, KiB", ".1f", Better.NEITHER),
        lambda published: published.kilobytes,
        lambda result: [result.cost.float32_bytes / 1024],
        ROUNDED,
    ),
)
"""What is compared: published, measured for each seed, and by how much ours may be off."""
RULES = (
    f"Shares of images may be {POINTS:g} point below the paper's; parameters and size may differ by what rounding to "
    "thousands and to KiB leaves; products must be equal.",
)
DIFFERED = (
    "Five seeds instead of one, and some training images held out.",
    "The published training accuracy is that of Keras while it trains, ours that of the finished network.",
    "The VQ-VAE is trained anew; the published network was given codes of an encoder whose input was not scaled as in "
    "its training, and the last arm repairs that.",
)


def read(results: Path) -> Reproduction:
    """From the gathered runs, if they are there."""
    path = results / FILE
    entries = {entry.arm: entry for entry in load_entries(path)} if path.exists() else {}
    arms = [arm for arm in ARMS if arm.published or arm.name == UNPUBLISHED]
    comparison = Comparison(
        "compressed-learning",
        "Compressed Learning (Jacobellis 2022): binary networks on pixels and codes of MNIST",
        tuple(line for arm in arms for line in _lines(arm, entries.get(arm.name))),
        RULES,
        DIFFERED,
        (origin(FILE, [entry.result.environment for entry in entries.values()]),) if entries else (),
    )
    absent = [arm.name for arm in arms if arm.name not in entries]
    networks = [Part(name, f"python train.py experiment=bnn_mnist input={name}") for name in absent]
    return Reproduction((comparison,), (AUTOENCODER, *networks) if networks else (), {})


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """All binary networks. Raises what ``read_entries`` does."""
    own = [run.folder for run in runs if run.schema == BINARY_NETS]
    entries = read_entries(own)
    for run, entry in zip(own, entries, strict=True):
        keep_record(run, results / KEPT, entry.arm)
    if entries:
        save(results / FILE, entries)
    return len(entries)


def _lines(arm: Arm, entry: Entry | None) -> list[Line]:
    """Of one arm; figures that do not differ from seed to seed have one run."""
    return [
        quantity.line(
            arm.label,
            published(arm.published) if arm.published else None,
            measured(ours(entry.result)) if entry else None,
            allowed,
        )
        for quantity, published, ours, allowed in COLUMNS
    ]


TARGET = Target(
    "compressed-learning",
    "Compressed Learning: binary networks on codes of MNIST",
    (AUTOENCODER.command, "compressible sweep bnn_mnist"),
    read,
    collect,
)
