import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.models import VggFeatures

KERNELS = {
    0: (64, 3),
    2: (64, 64),
    5: (128, 64),
    7: (128, 128),
    10: (256, 128),
    12: (256, 256),
    14: (256, 256),
    17: (512, 256),
    19: (512, 512),
    21: (512, 512),
    24: (512, 512),
    26: (512, 512),
    28: (512, 512),
}
"""Outputs and inputs of the convolutions in the file vgg16-397923af.pth, by their number in ``features``."""
POOLED_AFTER = (2, 7, 14, 21, 28)


def test_names_and_shapes_are_those_of_the_published_weights() -> None:
    with torch.device("meta"):
        network = VggFeatures()
    expected: dict[str, tuple[int, ...]] = {}
    for number, (outputs, inputs) in KERNELS.items():
        expected |= {f"features.{number}.weight": (outputs, inputs, 3, 3), f"features.{number}.bias": (outputs,)}
    assert {name: tuple(value.shape) for name, value in network.state_dict().items()} == expected
    assert sum(parameter.numel() for parameter in network.parameters()) == 14_714_688


def test_the_map_of_a_picture_of_224_pixels() -> None:
    with torch.device("meta"):
        assert VggFeatures()(torch.zeros(2, 3, 224, 224)).shape == (2, 512, 7, 7)


def reference(state: dict[str, Tensor], images: Tensor) -> Tensor:
    """Layer by layer, of pictures normalised in 0..1 as torchvision has it."""
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = ((images.permute(0, 2, 3, 1) / 255 - mean) / deviation).permute(0, 3, 1, 2)
    for number in KERNELS:
        x = F.conv2d(x, state[f"features.{number}.weight"], state[f"features.{number}.bias"], padding=1).clamp(min=0)
        if number in POOLED_AFTER:
            x = x.unfold(2, 2, 2).unfold(3, 2, 2).amax((-1, -2))
    return x


def test_features_are_those_of_the_equations() -> None:
    torch.manual_seed(0)
    network = VggFeatures()
    with torch.no_grad():
        for parameter in network.parameters():
            # He's deviation, by which something is left after thirteen layers.
            parameter.normal_(0, (2 / parameter[0].numel()) ** 0.5 if parameter.dim() == 4 else 0.1)
        images = torch.randint(256, (1, 3, 64, 32), dtype=torch.uint8)
        expected = reference(network.state_dict(), images)
        assert expected.shape == (1, 512, 2, 1)
        assert expected.std() > 0.01
        torch.testing.assert_close(network(images), expected, rtol=1e-3, atol=1e-3)
