"""Networks to weight files and back: time, memory, size, and how time grows with the network.

    random networks of several sizes ──► compress, decompress, in turns ──► seconds ──► slope of log s over log n
    a trained network (--network) ────► ours and NNCodec, where that is installed, at one error of the weights

The entropy coder runs once more alone, in the same turns, so that its share of the whole is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.measure import Summary, in_turns, summarise
from benchmarks.memory import peaks_in_fresh_process
from benchmarks.nncodec_files import NamedState, NNCodecFiles, compare, find_nncodec
from benchmarks.weight_forms import (
    HOW,
    TINY,
    MemoryCase,
    Network,
    compress,
    decompress,
    encode_case,
    random_state,
)
from compressible.bitstream.streams import read_streams, write_streams
from compressible.bitstream.weight_file import read_weights
from compressible.bitstream.weight_sizes import measure_weights

NETWORKS = (
    Network("0.46 million weights, ResNet-32", depth=32, width=16),
    Network("2.5 million weights", depth=32, width=37),
    Network("25 million weights", depth=32, width=118),
)
QUICK_NETWORKS = (TINY, Network("tiny, but wider", depth=8, width=16))
QUICK_MEMORY = TINY
"""What the quick form measures the memory of."""
NO_NETWORK = "not measured: no network was named"


@dataclass(frozen=True)
class Way:
    """One way, to a weight file or back.

    Attributes:
        seconds: in all.
        coder_share: of them, what the entropy coder takes with its tables.
        peak_bytes: most memory held at once beyond the input, the result included; None where the quick form saves
            itself the process that it takes.
    """

    seconds: Summary
    coder_share: Summary
    peak_bytes: Summary | None


@dataclass(frozen=True)
class FileCost:
    """A network and its file.

    Attributes:
        network: which.
        values: floating-point values, statistics of normalisations among them.
        bytes: of the file.
        factor: how many times smaller it is than the values in float32.
        compress: from a state dict to the bytes.
        decompress: from the bytes to a state dict.
    """

    network: Network
    values: int
    bytes: int
    factor: float
    compress: Way
    decompress: Way


@dataclass(frozen=True)
class WeightFiles:
    """All networks.

    Attributes:
        step: of the grid, as ``compressible weights compress`` counts it.
        files: one entry a network.
        compress_exponent: of time as a power of the number of values.
        decompress_exponent: likewise.
        nncodec: version of NNCodec, or why it is not measured.
        comparison: with NNCodec; None if that is not measured.
    """

    step: float
    files: tuple[FileCost, ...]
    compress_exponent: float
    decompress_exponent: float
    nncodec: str
    comparison: NNCodecFiles | None


def benchmark(quick: bool, trained: NamedState | None = None) -> WeightFiles:
    """Measure all random networks, and ``trained`` beside NNCodec."""
    files = tuple(measure(network, quick) for network in (QUICK_NETWORKS if quick else NETWORKS))
    sizes = [file.values for file in files]
    nncodec, comparison = beside_nncodec(trained, quick)
    return WeightFiles(
        step=HOW.step,
        files=files,
        compress_exponent=exponent(sizes, [file.compress.seconds.median for file in files]),
        decompress_exponent=exponent(sizes, [file.decompress.seconds.median for file in files]),
        nncodec=nncodec,
        comparison=comparison,
    )


def beside_nncodec(trained: NamedState | None, quick: bool) -> tuple[str, NNCodecFiles | None]:
    """NNCodec's version and the comparison with it, or why there is none."""
    if trained is None:
        return NO_NETWORK, None
    found = find_nncodec()
    return found.version, None if found.module is None else compare(trained, found.module, quick)


def measure(network: Network, quick: bool) -> FileCost:
    """Time the whole and the coder alone in turns, then measure memory."""
    state = random_state(network)
    data = compress(state)
    coded = read_weights(data)
    streams = coded.file.streams
    symbols = [one.symbols for one in coded.streams]
    shapes = [coded.file.shapes_of(stream) for stream in range(len(streams))]
    if write_streams(streams, symbols, shapes) != (coded.sections.tables, coded.sections.symbols):
        raise AssertionError("the coder alone does not write what is in the file")
    codebooks = [stream.codebook for stream in streams]
    calls = {
        "compress": partial(compress, state),
        "encode symbols": partial(write_streams, streams, symbols, shapes),
        "decompress": partial(decompress, data),
        "decode symbols": partial(read_streams, codebooks, coded.sections.tables, coded.sections.symbols, shapes),
    }
    seconds = in_turns(calls, repetitions=2 if quick else 7, warm_up=1)
    sizes = measure_weights(data)
    return FileCost(
        network=network,
        values=sizes.float_values,
        bytes=len(data),
        factor=sizes.factor,
        compress=way("compress", network, seconds, "encode symbols", quick),
        decompress=way("decompress", network, seconds, "decode symbols", quick),
    )


def way(name: str, network: Network, seconds: Mapping[str, Sequence[float]], coder: str, quick: bool) -> Way:
    """The record of one way."""
    shares = [own / whole for own, whole in zip(seconds[coder], seconds[name], strict=True)]
    measured = not quick or network == QUICK_MEMORY
    peaks = summarise(peaks_of(MemoryCase(name, network, repetitions=2 if quick else 3))) if measured else None
    return Way(summarise(seconds[name]), summarise(shares), peaks)


def peaks_of(case: MemoryCase) -> list[int]:
    """Peak bytes of each repetition, from a fresh process."""
    return peaks_in_fresh_process("benchmarks.weight_forms", encode_case(case))


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The power of the law a * size^b that is nearest to ``seconds``, in least squares of logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
