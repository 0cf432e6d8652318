"""The accounting of Table 1: bits of the trained parameters alone, with nothing around them.

    32 for each center and each scale + 32 for each value that is not quantized + the coded symbols

Agustsson et al. 2017, section 5: "the total encoding cost of compressed weights (i.e., L x 32 bits for the centers plus
the size of the compressed index stream)". The paper has no scales; ours are learned as centers are, and a value that
several tensors share counts once. Tables, names and normalisation statistics are left out, so this is no size of any
file: give that beside it.
"""

from collections.abc import Collection

from compressible.bitstream.tensors import AliasTensor, CodedTensor, QuantizedTensor
from compressible.bitstream.weight_file import CodedWeights


def paper_bits(coded: CodedWeights, parameters: Collection[str]) -> int:
    """Bits of the tensors named ``parameters``, in whose streams no others must be.

    Raises:
        ValueError: others are, so that their symbols cannot be told apart.
    """
    tensors = [tensor for tensor in coded.file.tensors if not isinstance(tensor, AliasTensor)]
    own = [tensor for tensor in tensors if tensor.name in parameters]
    streams = {tensor.stream for tensor in own if isinstance(tensor, CodedTensor)}
    if any(t.stream in streams for t in tensors if isinstance(t, CodedTensor) and t.name not in parameters):
        raise ValueError("parameters share a stream with tensors that are none")
    quantized = [tensor for tensor in own if isinstance(tensor, QuantizedTensor)]
    with_centers = {tensor.stream for tensor in quantized}
    centers = sum(coded.streams[stream].stream.codebook.size for stream in with_centers)
    scales = {value for tensor in quantized if tensor.scales is not None for value in tensor.scales.flat}
    kept = sum(tensor.kept.size for tensor in own if not isinstance(tensor, QuantizedTensor))
    return 32 * (centers + len(scales) + kept) + 8 * sum(coded.streams[stream].payload_bytes for stream in streams)
