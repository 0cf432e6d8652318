"""The coders of the streams of a weight file; each tells what its table is."""

from enum import IntEnum

from compressible.bitstream.context_stream_coder import ContextStreamCoder
from compressible.bitstream.huffman_stream_coder import HuffmanStreamCoder
from compressible.bitstream.range_stream_coder import RangeStreamCoder
from compressible.bitstream.sparse_stream_coder import SparseStreamCoder
from compressible.bitstream.stream_coder_base import StreamCoder


class CoderKind(IntEnum):
    """How the symbols of a stream are coded. A number, once given, keeps its meaning."""

    RANGE = 0
    HUFFMAN = 1
    SPARSE = 2
    CONTEXT = 3


CODERS: dict[CoderKind, type[StreamCoder]] = {
    CoderKind.RANGE: RangeStreamCoder,
    CoderKind.HUFFMAN: HuffmanStreamCoder,
    CoderKind.SPARSE: SparseStreamCoder,
    CoderKind.CONTEXT: ContextStreamCoder,
}
