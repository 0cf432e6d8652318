"""Binary networks on pixels and on codes of MNIST, beside the published ones.

    results/bnn_mnist.json: one entry an arm ──► tables

Jacobellis 2022, "Compressed Learning" (danjacobellis.net/ITML), and its notebook for what the page leaves out; its
baseline is the network of Larq's MNIST tutorial.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from compressible.reports.binary_net_entries import CODES, Entry
from compressible.reports.binary_nets import BinaryNetResult
from compressible.reports.tables import markdown

ONE_BIT_MACS, MACS, GOAL = 4_736, 12_544, 0.95
"""Of the published network on codes, counted densely; and the share of test images to be right at no more."""


CONTROLS = ("codes_published", "codes", "codes_gray", "codes_sorted", "quarters")
"""Arms with one network, one training and 4 bits a place."""


@dataclass(frozen=True)
class Published:
    """What is published of an arm.

    Attributes:
        training: percent of the training images that are right; None if that is not published.
        test: percent of the test images.
        kilobytes: size of the model, four bytes a parameter, in KiB.
        one_bit_macs: products of two signs for one image.
        macs: all other products.
        parameters: how many the network has, in thousands.
        unspecified: percent of images of which the page does not say whether they are those of training or of the test.
    """

    training: float | None
    test: float
    kilobytes: float
    one_bit_macs: int
    macs: int
    parameters: float
    unspecified: float | None = None


@dataclass(frozen=True)
class Arm:
    """A row.

    Attributes:
        name: of the configuration.
        label: what it is called.
        published: figures of the page and its notebook, if it is there.
    """

    name: str
    label: str
    published: Published | None = None


ARMS = (
    Arm("pixels", "pixels", Published(None, 97.62, 365, 2_599_552, 194_688, 93, unspecified=98)),
    Arm(
        "codes_published", "codes, encoder given 0..255 by mistake", Published(85.2, 87.57, 68, ONE_BIT_MACS, MACS, 17)
    ),
    Arm("codes", "codes"),
    Arm("codes_gray", "codes, Gray labels"),
    Arm("codes_sorted", "codes, near codes with near labels"),
    Arm("codes_binary", "codes, first layer binary"),
    Arm("codes_one_hot", "codes, one-hot, 16 units"),
    Arm("codes_one_hot_wide", "codes, one-hot, 64 units"),
    Arm("codes_vectors", "codes, codebook vectors"),
    Arm("blocks", "black and white 4 x 4 blocks"),
    Arm("quarters", "black and white quarters of 4 x 4 blocks"),
    Arm("codes_longer", "codes, near labels, trained better"),
    Arm("codes_embedded", "codes, learned embedding, trained better"),
    Arm("codes_linear", "codes, one look-up a class, trained better"),
    Arm("codes_look_up", "codes, one-hot, 15 units of 32 bits, trained better"),
    Arm("codes_bits_mlp", "codes, near labels, 60 units of 32 bits, trained better"),
    Arm("quarters_mlp", "black and white quarters, 60 units of 32 bits, trained better"),
    Arm("codes_mlp", "codes, codebook vectors, 60 units of 32 bits, trained better"),
    Arm("codes_embedded_mlp", "codes, learned embedding, 45 units of 32 bits, trained better"),
)


def accuracy_table(entries: Sequence[Entry]) -> str:
    """One row an arm: percent right, means over seeds with their standard deviations, and products for an image."""
    header = (
        "arm",
        "published: training, %",
        "published: test, %",
        "published: images not said, %",
        "training, %",
        "held out, %",
        "test, %",
        "seeds",
        "one-bit MACs",
        "32-bit MACs",
        "of these added",
        "of these multiplied",
        "steps",
        "minutes",
    )
    rows = [
        (
            arm.label,
            *_published_shares(arm.published),
            percent(entry.result.training),
            percent(entry.result.held_out),
            percent(entry.result.test),
            str(len(entry.result.seeds)),
            f"{entry.result.cost.one_bit_macs:,}",
            f"{entry.result.cost.macs:,}",
            f"{entry.result.cost.additions:,}",
            f"{entry.result.cost.multiplications:,}",
            f"{entry.steps:,}",
            "n/a" if entry.time is None else f"{entry.time.minutes:.1f}",
        )
        for arm, entry in _in_order(entries)
    ]
    return markdown(header, rows)


def sizes_table(entries: Sequence[Entry]) -> str:
    """One row an arm: the model in three accountings, KiB of 1,024 bytes, and the input."""
    header = (
        "arm",
        "parameters",
        "published, KiB",
        "4 bytes a parameter, KiB",
        "packed bits, KiB",
        "weight file, KiB",
        "input, bits",
        "8-bit pixels over input",
        "32-bit pixels over input",
        "same class when packed, images",
    )
    rows = [
        (
            arm.label,
            f"{entry.result.cost.parameters:,}",
            f"{arm.published.kilobytes:g}" if arm.published else "n/a",
            f"{entry.result.cost.float32_bytes / 1024:.2f}",
            f"{entry.result.cost.packed_bytes / 1024:.2f}",
            f"{mean(entry.result.file_bytes) / 1024:.2f}",
            f"{entry.result.input_bits:,}",
            f"{8 * entry.result.pixels / entry.result.input_bits:g}",
            f"{32 * entry.result.pixels / entry.result.input_bits:g}",
            _same_packed(entry.result),
        )
        for arm, entry in _in_order(entries)
    ]
    return markdown(header, rows)


def goal_sentence(entries: Sequence[Entry]) -> str:
    """How near an arm on codes comes to the goal at no more MACs than published, chosen by the images held out.

    Where that one has no binary layer, also how near the best comes that has some.
    """
    fitting = [(arm, entry.result) for arm, entry in _in_order(entries) if _within_bounds(entry.result)]
    if not fitting:
        return ""
    arm, best = _best(fitting)
    verdict = "reached" if mean(best.test) >= GOAL else "not reached"
    sentence = (
        f"Goal: {100 * GOAL:g} % of the test set from 4-bit codes at no more than {ONE_BIT_MACS:,} one-bit and "
        f"{MACS:,} 32-bit MACs. {verdict.capitalize()}: of the arms within these bounds, the best on held-out images "
        f"({arm.label}) has {percent(best.test)} %"
    )
    binary = [pair for pair in fitting if pair[1].cost.one_bit_macs]
    if best.cost.one_bit_macs or not binary:
        return f"{sentence}.\n"
    arm, result = _best(binary)
    return (
        f"{sentence}, without a binary layer; the best of those with some ({arm.label}) has {percent(result.test)} %.\n"
    )


def controls_sentence(entries: Sequence[Entry]) -> str:
    """What the published network makes of other 4 bits a place: repaired codes, other labels, no VQ-VAE."""
    shares = {entry.arm: percent(entry.result.test) for entry in entries}
    if any(arm not in shares for arm in CONTROLS):
        return ""
    published, repaired, gray, near, quarters = (shares[arm] for arm in CONTROLS)
    return (
        f"The published network has {published} % of the test set right with its mistake and {repaired} % without; "
        f"with other labels of the same codes {gray} % (Gray) and {near} % (near codes, near labels); and from black "
        f"and white quarters of the blocks, which are 4 bits a place without a VQ-VAE, {quarters} %.\n"
    )


def _published_shares(published: Published | None) -> tuple[str, str, str]:
    """Of training, of test, and of unspecified images."""
    shares = (published.training, published.test, published.unspecified) if published else (None,) * 3
    training, test, unspecified = ("n/a" if share is None else f"{share:g}" for share in shares)
    return training, test, unspecified


def _same_packed(result: BinaryNetResult) -> str:
    """How many of the test images, over all networks."""
    if not result.same_packed:
        return "not packed"
    return f"{sum(result.same_packed):,} of {len(result.same_packed) * result.test_images:,}"


def _within_bounds(result: BinaryNetResult) -> bool:
    """Whether the goal is for it: tested, from codes of 4 bits for 16 pixels, at no more MACs than published."""
    coded = result.view.startswith(CODES) and 16 * result.input_bits <= 4 * result.pixels
    return coded and bool(result.test) and result.cost.one_bit_macs <= ONE_BIT_MACS and result.cost.macs <= MACS


def _best(results: Sequence[tuple[Arm, BinaryNetResult]]) -> tuple[Arm, BinaryNetResult]:
    """On held-out images."""
    return max(results, key=lambda pair: mean(pair[1].held_out))


def percent(shares: Sequence[float]) -> str:
    """Mean and standard deviation of shares, in percent; the latter of three or more."""
    if not shares:
        return "n/a"
    deviation = f" ± {100 * stdev(shares):.2f}" if len(shares) >= 3 else ""
    return f"{100 * mean(shares):.2f}{deviation}"


def _in_order(entries: Sequence[Entry]) -> list[tuple[Arm, Entry]]:
    """Arms as above, then any others by their names."""
    known = {arm.name: arm for arm in ARMS}
    others = [Arm(name, name) for name in sorted({entry.arm for entry in entries} - known.keys())]
    by_name = {entry.arm: entry for entry in entries}
    return [(arm, by_name[arm.name]) for arm in (*ARMS, *others) if arm.name in by_name]
