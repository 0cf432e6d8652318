"""Compressed Learning: binary networks on pixels and on 4-bit codes of MNIST.

Jacobellis 2022, "Compressed Learning" (danjacobellis.net/ITML), and its notebook for test accuracies.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from compressible.reports.autoencoding import AUTOENCODING, AutoencodingResult
from compressible.reports.binary_net_codes import CodeMaker, read_code_maker
from compressible.reports.binary_net_entries import CODES, Entry, checked, load_entries, read_entry
from compressible.reports.binary_net_table import ARMS, Arm, Published
from compressible.reports.binary_nets import BINARY_NETS, BinaryNetResult
from compressible.reports.reproduction.comparison import Comparison, Line, Quantity, measured
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.merging import replaced
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin_of_models
from compressible.reports.schema import load, save
from compressible.reports.training_record import keep_record
from compressible.reports.verdict import Better
from compressible.run_files import EVALUATION

FILE = "bnn_mnist.json"
CODES_FILE = "bnn_mnist_vqvae.json"
KEPT = Path("training") / "bnn_mnist"
AUTOENCODER = Part("the VQ-VAE", "python train.py experiment=vqvae_mnist hydra.run.dir=outputs/vqvae_mnist")
UNPUBLISHED = "codes"
"""The arm that is the published one without its mistake."""
POINTS, ROUNDED = 1.0, 1.0
"""By which a share of images may be below, in percent; and what rounding to thousands and to KiB leaves."""
COLUMNS: tuple[
    tuple[Quantity, Callable[[Published], float | None], Callable[[BinaryNetResult], Sequence[float]], float], ...
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
UNSPECIFIED = Quantity("images right, the page does not say which (ours: test), %", ".2f", Better.HIGHER)
RULES = (
    f"Shares of images may be {POINTS:g} point below the paper's; parameters and size may differ by what rounding to "
    "thousands and to KiB leaves; products must be equal.",
)
DIFFERED = (
    "Five seeds instead of one, and some training images held out.",
    "The published training accuracy, 85.2, is that of Keras while it trains, after 10 of 20 epochs; ours is that of "
    "the finished network.",
    "The page has 98 for pixels, after 10 epochs; 97.62 is that of Larq's tutorial, after 6. Ours have 10.",
    "The VQ-VAE is trained anew; the published network was given codes of an encoder whose input was not scaled as in "
    "its training, and the last arm repairs that.",
)


def read(results: Path) -> Reproduction:
    """From the gathered runs, if they are there."""
    path = results / FILE
    entries = {entry.arm: entry for entry in load_entries(path)} if path.exists() else {}
    measurements = [(entry.result.network, entry.result.environment) for entry in entries.values()]
    arms = [arm for arm in ARMS if arm.published or arm.name == UNPUBLISHED]
    comparison = Comparison(
        "compressed-learning",
        "Compressed Learning (Jacobellis 2022): binary networks on pixels and codes of MNIST",
        tuple(line for arm in arms for line in _lines(arm, entries.get(arm.name))),
        RULES,
        DIFFERED,
        (origin_of_models(FILE, results / KEPT, measurements),) if entries else (),
    )
    absent = [arm.name for arm in arms if arm.name not in entries]
    networks = [Part(name, f"python train.py experiment=bnn_mnist input={name}") for name in absent]
    return Reproduction((comparison,), (AUTOENCODER, *networks) if networks else (), {})


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """All binary networks that were tested, in place of those of the same arms, and what made their codes.

    Raises:
        SchemaError: a record is not readable.
        ValueError: the runs do not go together, or the run of the autoencoder is neither among them nor kept.
    """
    own = [run.folder for run in runs if run.schema == BINARY_NETS and not run.held_out]
    new = checked(tuple(map(read_entry, own)))
    if not new:
        return 0
    path, codes = results / FILE, results / CODES_FILE
    entries = checked(replaced(load_entries(path) if path.exists() else (), new, lambda entry: entry.arm))
    autoencoders = [run.folder for run in runs if run.schema == AUTOENCODING and not run.held_out]
    maker = _code_maker(entries, autoencoders, load(codes, CodeMaker) if codes.exists() else None)
    for run, entry in zip(own, new, strict=True):
        keep_record(run, results / KEPT, entry.arm)
    save(path, entries)
    if maker is not None:
        save(codes, maker)
    return len(new)


def _code_maker(entries: Sequence[Entry], runs: Sequence[Path], kept: CodeMaker | None) -> CodeMaker | None:
    """Of the run whose model made the codes, or what was kept of it; None if nothing learned from codes."""
    made_by = {entry.result.view.removeprefix(CODES) for entry in entries if entry.result.view.startswith(CODES)}
    if not made_by:
        return None
    for run in runs:
        if load(run / EVALUATION, AutoencodingResult).model in made_by:
            return read_code_maker(run)
    if kept is not None and kept.result.model in made_by:
        return kept
    raise ValueError(f"the codes are of model {', '.join(made_by)}, whose run is in none of the folders: name it too")


def _lines(arm: Arm, entry: Entry | None) -> list[Line]:
    """Of one arm, what is published of it; figures that do not differ from seed to seed have one run."""
    rows = [
        (quantity, published(arm.published) if arm.published else None, ours, allowed)
        for quantity, published, ours, allowed in COLUMNS
    ]
    lines = [
        quantity.line(arm.label, paper, measured(ours(entry.result)) if entry else None, allowed)
        for quantity, paper, ours, allowed in rows
        if paper is not None or not arm.published
    ]
    if arm.published and arm.published.unspecified is not None:
        tested = measured([100 * share for share in entry.result.test]) if entry else None
        lines.append(UNSPECIFIED.line(arm.label, arm.published.unspecified, tested, POINTS))
    return lines


TARGET = Target(
    "compressed-learning",
    "Compressed Learning: binary networks on codes of MNIST",
    (AUTOENCODER.command, "compressible sweep bnn_mnist"),
    read,
    collect,
)
