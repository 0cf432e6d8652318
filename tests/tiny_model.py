"""A model small enough to be built for a test, with everything that a real one has."""

from pathlib import Path

import numpy as np
import torch

from compressible.bitstream import SymbolModelKind
from compressible.bitstream.weights import WeightFile
from compressible.codecs.base import ENTROPY
from compressible.codecs.exported import Card, Store, load_model, save_model
from compressible.codecs.learned import LearnedCodec
from compressible.instantiate import instantiate
from compressible.models import CompressiveAutoencoder
from compressible.rates import Histogram, StaticCoder

NODE = {
    "_target_": "compressible.models.CompressiveAutoencoder",
    "channels": 6,
    "widths": [8, 12],
    "blocks": [1, 1],
    "bottleneck": {
        "_target_": "compressible.models.Bottleneck",
        "channels": 6,
        "partition": {"_target_": "compressible.partitions.Patches", "height": 2, "width": 2},
        "quantizer": {"_target_": "compressible.quantizers.SoftToHard", "_partial_": True, "centers": 24},
    },
}


def tiny_model(seed: int = 0) -> tuple[CompressiveAutoencoder, StaticCoder]:
    """An untrained model whose centers are features of noise, so that pictures use all its symbols, and its coder."""
    torch.manual_seed(seed)
    network = instantiate(NODE).eval()
    with torch.inference_mode():
        # Untrained, it would draw everything in one gray.
        for parameter in network.parameters():
            parameter.mul_(1.6)
        z = network.bottleneck.partition.cut(network.encode(torch.rand(1, 3, 256, 256)))
        centers = network.bottleneck.quantizer.centers
        centers.copy_(z.flatten(0, 1)[torch.randperm(z.shape[0] * z.shape[1])[: centers.shape[1]]])
        symbols = network.bottleneck.quantizer.symbols(z)
    histogram = Histogram(network.bottleneck.quantizer.alphabet)
    histogram.fill(symbols, batches=1)
    return network, histogram.coder()


def export_tiny(path: Path, seed: int = 0, store: Store = WeightFile) -> Path:
    """Export ``tiny_model``."""
    network, coder = tiny_model(seed)
    card = Card(title="a tiny model", training_data="noise", licence="none", distortion="none", beta=0.1)
    save_model(path, path.stem, NODE, network, (coder,), card, store)
    return path


def tiny_codec(path: Path, entropy: SymbolModelKind = ENTROPY) -> LearnedCodec:
    return LearnedCodec(load_model(path, entropy))


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Blurred noise: unlike white noise, large enough in scale to move the features."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (-(-height // 4), -(-width // 4), 3), dtype=np.uint8)
    return coarse.repeat(4, 0).repeat(4, 1)[:height, :width]
