import pytest
import torch

from compressible.instantiate import ConfigError
from compressible.models import FeatureExtractor, ResNet

IMAGES = torch.randint(256, (3, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def trained() -> ResNet:
    """A network whose normalisations have seen something."""
    torch.manual_seed(0)
    network = ResNet(8, 4)
    network.train()(IMAGES)
    return network


@pytest.mark.parametrize(("layer", "count", "channels"), [("stages", 3, 16), ("stages.1", 2, 8), ("stages.0", 1, 4)])
def test_what_a_layer_leaves_is_what_the_layers_up_to_it_make(layer: str, count: int, channels: int) -> None:
    network = trained()
    maps = FeatureExtractor(network, layer, channels)(IMAGES)
    network.eval()
    with torch.no_grad():
        expected = network.stem(network.normalisation(IMAGES))
        for stage in list(network.stages)[:count]:
            expected = stage(expected)
    assert torch.equal(maps, expected)
    assert not network.stages._forward_hooks, "nothing stays in the network"


def test_it_is_frozen_even_while_others_train() -> None:
    extractor = FeatureExtractor(trained(), "stages", 16)
    before = {name: value.clone() for name, value in extractor.state_dict().items()}
    maps = torch.nn.ModuleList([extractor]).train()[0](IMAGES)
    assert not maps.requires_grad
    assert not any(parameter.requires_grad for parameter in extractor.parameters())
    for name, value in extractor.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_weights_are_those_of_the_network_but_for_names_to_be_ignored() -> None:
    state = trained().state_dict()
    extractor = FeatureExtractor(ResNet(8, 4), "stages", 16, ignored=["head."])
    extractor.load_weights({**state, "head.0.weight": torch.zeros(2)})
    for name, value in extractor.network.state_dict().items():
        assert torch.equal(value, state[name]), name
    with pytest.raises(RuntimeError, match=r"heads\.weight"):
        extractor.load_weights({**state, "heads.weight": torch.zeros(2)})
    with pytest.raises(RuntimeError, match="Missing"):
        extractor.load_weights({name: value for name, value in state.items() if not name.startswith("stages.2")})


def test_a_layer_that_is_not_there_or_leaves_no_maps() -> None:
    with pytest.raises(ValueError, match=r"no layer 'stage'; there are .*stages"):
        FeatureExtractor(ResNet(8, 4), "stage", 16)
    for layer, channels in (("classifier", 10), ("stages", 8)):
        with pytest.raises(ConfigError, match=f"layer {layer} leaves .*not maps of {channels} channels"):
            FeatureExtractor(ResNet(8, 4), layer, channels)(IMAGES)
