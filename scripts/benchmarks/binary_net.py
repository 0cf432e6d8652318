"""Binary networks packed in words of 64 bits and in floating point, the encoder in front, and rivals of 32 bits.

pixels, codes ──► packed, floating point ──► in turns ──► time per image, ratio
pixels ──► encoder ──► codes;    codes ──► networks of 32 bits
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from omegaconf import OmegaConf
from torch import nn

from benchmarks.configuration import compose_run
from benchmarks.measure import Summary, in_turns, ratios, summarise
from compressible.codes.bit_labels import signs_of_bits
from compressible.instantiate import instantiate
from compressible.models import BinaryNet, GenerativeAutoencoder
from compressible.models.binary_layers import BinaryConv2d
from compressible.models.packed_binary_net import PackedBinaryNet
from compressible.reports.binary_net_table import ARMS as LABELLED
from compressible.reports.tables import markdown

ARMS = ("pixels", "codes", "codes_binary")
"""What is packed."""
PLAIN = ("codes_bits_mlp", "codes_mlp", "codes_embedded_mlp")
"""What has no binary layer."""
ENCODER = "vqvae_mnist"
LABELS = {arm.name: arm.label for arm in LABELLED} | {ENCODER: "the VQ-VAE's encoder, pixels to codes"}
IMAGES, QUICK_IMAGES = (1, 1000), (1, 3)
CODES = 16


@dataclass(frozen=True)
class PackedCost:
    """One network at one size of a batch.

    Attributes:
        arm: of experiment=bnn_mnist, or what makes the codes. Weights and statistics are random, which changes no time.
        images: of a batch.
        seconds_per_image: packed, in one thread, from bytes, symbols or signs; and in floating point by torch's own
            layers and with its threads, from inputs that are there already.
        times_packed: seconds in floating point over those packed, turn by turn; None without a packed form.
        same_classes: share of the images that both give the same class; None without a packed form.
    """

    arm: str
    images: int
    seconds_per_image: Mapping[str, Summary]
    times_packed: Summary | None
    same_classes: float | None


@dataclass(frozen=True)
class BinaryNets:
    """All networks and sizes."""

    comparisons: tuple[PackedCost, ...]


def benchmark(quick: bool) -> BinaryNets:
    """Run both forms in turns, where there are both."""
    sizes, repetitions = (QUICK_IMAGES, 2) if quick else (IMAGES, 50)
    packed = [compare(arm, images, repetitions) for arm in ARMS for images in sizes]
    plain = [alone(name, plain_run(name, images), images, repetitions) for name in PLAIN for images in sizes]
    encoder = [alone(ENCODER, encoder_run(images), images, repetitions) for images in sizes]
    return BinaryNets((*packed, *plain, *encoder))


def times_table(nets: BinaryNets) -> str:
    """One row a network and size of a batch: medians with quartiles, and their ratio turn by turn."""
    header = (
        "arm",
        "images at a time",
        "packed, µs an image",
        "floating point, µs an image",
        "floating point over packed",
        "same classes, %",
    )
    rows = [
        (
            LABELS[one.arm],
            f"{one.images:,}",
            _spread(one.seconds_per_image.get("packed"), 1e6),
            _spread(one.seconds_per_image["float"], 1e6),
            _spread(one.times_packed),
            "n/a" if one.same_classes is None else f"{100 * one.same_classes:g}",
        )
        for one in nets.comparisons
    ]
    return markdown(header, rows)


def _spread(summary: Summary | None, unit: float = 1.0) -> str:
    if summary is None:
        return "n/a"
    median, low, high = (unit * own for own in (summary.median, summary.lower_quartile, summary.upper_quartile))
    return f"{median:.3g} ({low:.3g} to {high:.3g})"


def compare(arm: str, images: int, repetitions: int) -> PackedCost:
    """Of one network that has both forms."""
    network = random_network(arm)
    inputs, floats, packed = forms(arm, network, images)
    plain = plain_layers(network)

    @torch.inference_mode()
    def run_floats() -> np.ndarray:
        return plain(floats).argmax(1).numpy()

    samples = in_turns({"packed": lambda: packed(inputs), "float": run_floats}, repetitions)
    return PackedCost(
        arm=arm,
        images=images,
        seconds_per_image={name: summarise([value / images for value in values]) for name, values in samples.items()},
        times_packed=ratios(samples, "packed")["float"],
        same_classes=float((packed(inputs) == run_floats()).mean()),
    )


def alone(name: str, run: Callable[[], object], images: int, repetitions: int) -> PackedCost:
    """Of what has no packed form."""
    (seconds,) = in_turns({"float": run}, repetitions).values()
    return PackedCost(name, images, {"float": summarise([value / images for value in seconds])}, None, None)


def plain_run(arm: str, images: int) -> Callable[[], object]:
    """Classes of inputs that are there already."""
    network = random_network(arm)
    plain, inputs = plain_layers(network), torch.randn(images, *network.shape)
    return torch.inference_mode()(lambda: plain(inputs).argmax(1))


def encoder_run(images: int) -> Callable[[], object]:
    """Codes of pixels."""
    config = compose_run([f"experiment={ENCODER}"])
    model: GenerativeAutoencoder = instantiate(OmegaConf.to_container(config.model, resolve=True)).eval()
    pixels = torch.randint(256, (images, 1, 28, 28)).byte()
    return torch.inference_mode()(lambda: model.symbols(pixels))


def forms(arm: str, network: BinaryNet, images: int) -> tuple[np.ndarray, torch.Tensor, PackedBinaryNet]:
    """Input of the packed network, of the other one, and the packed network."""
    draw = torch.Generator().manual_seed(0)
    if arm == "pixels":
        pixels = torch.randint(256, (images, *network.shape), generator=draw).byte()
        return pixels.numpy(), pixels, PackedBinaryNet.of(network)
    bits, height, width = network.shape
    symbols = torch.randint(CODES, (images, 1, height, width), generator=draw)
    signs = signs_of_bits(torch.arange(CODES), bits)
    shown = signs[symbols[:, 0]].permute(0, 3, 1, 2).contiguous()
    if arm == "codes_binary":
        return shown.numpy(), shown, PackedBinaryNet.of(network)
    return symbols.byte().numpy(), shown, PackedBinaryNet.of(network, signs)


class Sign(nn.Module):
    """-1 or 1, for inference."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """1 of zero."""
        return torch.where(x < 0, -1.0, 1.0)


@torch.no_grad()
def plain_layers(network: BinaryNet) -> nn.Sequential:
    """The network as torch's own layers: weights that are used as 32-bit numbers, normalisations folded into them."""
    layers: list[nn.Module] = [network.normalisation]
    for stage in network.all_stages():
        own, norm = stage.layer, stage.norm
        if own.activation != "none":
            layers.append(Sign() if own.activation == "sign" else nn.ReLU())
        scale = (norm.variance + norm.epsilon).rsqrt()
        kernel, bias = own.kernel(), norm.offset - norm.mean * scale
        if isinstance(own, BinaryConv2d) and kernel.shape[1:] != network.shape:
            plain = nn.Conv2d(kernel.shape[1], len(kernel), kernel.shape[2], own.stride)
        else:
            layers.append(nn.Flatten())
            plain, kernel = nn.Linear(own.inputs, len(kernel)), kernel.flatten(1)
        plain.weight.copy_(kernel * scale.view(-1, *[1] * (kernel.dim() - 1)))
        assert plain.bias is not None
        plain.bias.copy_(bias)
        layers.append(plain)
        if stage.plan.pool > 1:
            layers.append(nn.MaxPool2d(stage.plan.pool))
    return nn.Sequential(*layers).eval()


def random_network(arm: str) -> BinaryNet:
    """With statistics by which units are on about as often as off."""
    config = compose_run(["experiment=bnn_mnist", f"input={arm}"])
    torch.manual_seed(0)
    network: BinaryNet = instantiate(OmegaConf.to_container(config.model, resolve=True))
    for stage in network.all_stages():
        stage.norm.mean.normal_()
        stage.norm.variance.fill_(stage.layer.inputs)
    return network.eval()
