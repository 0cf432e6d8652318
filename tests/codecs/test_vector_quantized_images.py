from pathlib import Path

import numpy as np
import torch

from compressible.codecs.exported import Card, load_model, save_model
from compressible.codecs.learned import LearnedCodec
from compressible.instantiate import instantiate
from compressible.rates import Histogram
from tiny_model import NODE, noise

BOTTLENECK = {
    "_target_": "compressible.models.Bottleneck",
    "channels": 6,
    "partition": {"_target_": "compressible.partitions.Slices", "slices": 3},
    "quantizer": {"_target_": "compressible.quantizers.Vector", "_partial_": True, "codes": 12},
}


def test_a_picture_in_codes_of_slices_of_the_channels_becomes_a_file_and_comes_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    node = NODE | {"bottleneck": BOTTLENECK}
    network = instantiate(node).eval()
    bottleneck = network.bottleneck
    with torch.inference_mode():
        # Untrained, it would draw everything in one gray.
        for parameter in network.parameters():
            parameter.mul_(1.6)
        z = bottleneck.partition.cut(network.encode(torch.rand(1, 3, 256, 256)))
        bottleneck.quantizer.initialise(z)
        histogram = Histogram(bottleneck.quantizer.alphabet)
        histogram.fill(bottleneck.quantizer.symbols(z), batches=1)
    path = tmp_path / "vector.cmpw"
    save_model(path, "vector", node, network, (histogram.coder(),), Card(title="a codebook a slice"))

    model = load_model(path)
    codec = LearnedCodec(model)
    image = noise(50, 72)
    decoded = codec.decode(codec.encode(image))
    padded = np.pad(image, ((0, 6), (0, 0), (0, 0)), mode="reflect")
    with torch.inference_mode():
        x_hat = model.network(torch.from_numpy(padded).permute(2, 0, 1)[None].float() / 255).x_hat[0]
    expected = (x_hat.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()[:50]
    assert decoded.shape == image.shape
    assert np.array_equal(decoded, expected)
    assert all(len(np.unique(group)) > 2 for group in codec.symbols(image)[0])
