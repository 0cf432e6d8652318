from functools import partial

import pytest
import torch
from torch import nn

from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.tensors import QuantizedTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.models import QuantizedNetwork
from compressible.models.quantized_network import Scales
from compressible.quantizers import SoftToHard
from compressible.weights.from_network import weight_file
from compressible.weights.state import state_of


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 3))


@pytest.mark.parametrize("coder", list(CoderKind))
@pytest.mark.parametrize("scales", ["network", "tensor", "channel"])
def test_the_file_decodes_to_rounded_center_times_rounded_scale(coder: CoderKind, scales: Scales) -> None:
    model = QuantizedNetwork(network(), partial(SoftToHard, centers=6), ("*weight",), "tensor", scales)
    model.initialise()
    state = state_of(decode_weights(encode_weights(weight_file(model, coder))))
    expected = dict(model.network.state_dict())
    assert list(state) == list(expected)
    for name, scale in model.scales().items():
        group = next(i for i, names in enumerate(model.partition.groups) if name in names)
        centers = model.all_quantizers()[group].centers.detach().flatten()
        latent = dict(model.network.named_parameters())[name].detach() / scale
        nearest = centers.half().float()[(latent[..., None] - centers).abs().argmin(-1)]
        assert torch.equal(state[name], nearest * scale.half().float()), name
    for name in ("0.bias", "1.running_mean", "3.bias"):
        assert torch.equal(state[name], expected[name].half())
    assert torch.equal(state["1.num_batches_tracked"], expected["1.num_batches_tracked"])


def test_centers_that_no_weight_uses_are_left_out() -> None:
    model = QuantizedNetwork(nn.Linear(8, 8), partial(SoftToHard, centers=5))
    model.initialise()  # divides the weights by their root mean square
    with torch.no_grad():
        model.all_quantizers()[0].centers.copy_(torch.tensor([9.0, -1.0, 8.0, 1.0, 0.0])[None, :, None])
    file = weight_file(model, CoderKind.RANGE)
    assert file.streams[0].codebook.centers().tolist() == [-1.0, 0.0, 1.0]


def test_what_half_precision_cannot_hold_stays_as_it_is() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    network[1].running_var.fill_(1e6)
    file = weight_file(QuantizedNetwork(network, partial(SoftToHard, centers=2)), CoderKind.RANGE)
    assert torch.equal(state_of(file)["1.running_var"], torch.full((2,), 1e6))


def test_statistics_keep_as_many_bits_as_asked_for() -> None:
    """Two bits of mantissa: 1, 1.25, 1.5, 1.75 and these times powers of two."""
    model = QuantizedNetwork(network(), partial(SoftToHard, centers=4), ("*weight",))
    model.network.get_buffer("1.running_mean").copy_(torch.tensor([1.1, -1.2, 0.7, 6.3]))
    state = state_of(weight_file(model, CoderKind.RANGE, mantissa=2))
    assert state["1.running_mean"].tolist() == [1.0, -1.25, 0.75, 6.0]


def test_tables_are_as_many_as_pay_and_decode_to_the_same() -> None:
    """Two layers of narrow and two of wide weights: two tables, each with the centers that occur in it."""
    torch.manual_seed(0)
    network = nn.Sequential(*(nn.Linear(64, 64, bias=False) for _ in range(4)))
    network.register_parameter("empty", nn.Parameter(torch.zeros(0)))
    with torch.no_grad():
        for layer, width in zip(network, (0.2, 1.0, 0.2, 1.0), strict=True):
            assert isinstance(layer, nn.Linear)
            layer.weight.copy_(torch.randn(64, 64) * width)
    model = QuantizedNetwork(network, partial(SoftToHard, centers=21, seeding="even"), scales="network")
    model.initialise()
    one, several = (weight_file(model, CoderKind.RANGE, tables=tables) for tables in ("codebook", "merged"))
    assert [len(file.streams) for file in (one, several)] == [1, 2]
    streams = {t.name: t.stream for t in several.tensors if isinstance(t, QuantizedTensor)}
    assert streams["0.weight"] == streams["2.weight"] != streams["1.weight"] == streams["3.weight"]
    sizes = [stream.codebook.size for stream in several.streams]
    assert min(sizes) < max(sizes) <= one.streams[0].codebook.size
    assert len(encode_weights(several)) < len(encode_weights(one))
    decoded = [state_of(decode_weights(encode_weights(file))) for file in (one, several)]
    for name, value in decoded[0].items():
        assert torch.equal(value, decoded[1][name]), name


def test_a_way_of_making_tables_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="codebook or merged"):
        weight_file(QuantizedNetwork(network(), partial(SoftToHard, centers=2)), CoderKind.RANGE, tables="many")  # pyright: ignore[reportArgumentType]
