from functools import partial

import pytest
import torch
from torch import nn

from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.tensors import QuantizedTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.models import QuantizedNetwork
from compressible.models.quantized_network import Scales
from compressible.partitions.tensors import Codebooks
from compressible.quantizers import SoftToHard
from compressible.weights.from_network import Tables, weight_file
from compressible.weights.state import StateError, state_of


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 3))


@pytest.mark.parametrize("coder", list(CoderKind))
@pytest.mark.parametrize("scales", ["network", "tensor", "channel"])
def test_the_file_decodes_to_rounded_center_times_rounded_scale(coder: CoderKind, scales: Scales) -> None:
    model = QuantizedNetwork(network(), partial(SoftToHard, centers=6), ("*weight",), "tensor", scales)
    model.initialise()
    state = state_of(decode_weights(encode_weights(weight_file(model, coder, mantissa=10))))
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
    file = weight_file(QuantizedNetwork(network, partial(SoftToHard, centers=2)), CoderKind.RANGE, mantissa=10)
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


class Foreign(nn.Module):
    """What networks of others have: tied weights, several types, integers, parameters without values, single ones."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 16)
        self.convolution = nn.Conv1d(16, 16, 3, padding=1)
        self.normalisation = nn.LayerNorm(16)
        self.narrow = nn.Linear(16, 16).half()
        self.brain = nn.Linear(16, 16).bfloat16()
        self.head = nn.Linear(16, 20, bias=False)
        self.head.weight = self.embedding.weight
        self.gain = nn.Parameter(torch.tensor(1.5))
        self.empty = nn.Parameter(torch.zeros(0, 3))
        self.register_buffer("counts", torch.arange(5))
        self.register_buffer("frequencies", 1e4 ** -torch.linspace(0, 3, 8))

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = self.normalisation(self.convolution(self.embedding(words).mT).mT)
        x = self.brain(self.narrow(x.half()).bfloat16()).float() * self.gain
        return self.head(x)


@pytest.mark.parametrize("tables", ["codebook", "merged"])
@pytest.mark.parametrize("codebooks", ["network", "tensor"])
@pytest.mark.parametrize("scales", ["network", "tensor", "channel"])
@pytest.mark.parametrize("centers", [1, 15])
def test_a_foreign_network_comes_back_as_it_was_evaluated(
    scales: Scales, codebooks: Codebooks, tables: Tables, centers: int
) -> None:
    """But that centers and scales are rounded to half precision: by at most 2^-11 each."""
    torch.manual_seed(0)
    network = Foreign().eval()
    model = QuantizedNetwork(network, partial(SoftToHard, centers=centers), ("*",), codebooks, scales)
    model.initialise()
    model.eval()
    state = state_of(decode_weights(encode_weights(weight_file(model, CoderKind.RANGE, tables=tables))))
    before, (weights, _) = network.state_dict(), model.weights()
    assert list(state) == list(before)
    for name, value in before.items():
        assert (state[name].dtype, state[name].shape) == (value.dtype, value.shape), name
        if name in weights:
            rounding = {torch.float32: 2**-10, torch.float16: 2**-9, torch.bfloat16: 2**-7}[value.dtype]
            torch.testing.assert_close(state[name], weights[name].detach(), rtol=rounding, atol=0)
        elif name != "head.weight":
            assert torch.equal(state[name], value), name
    assert state["head.weight"] is state["embedding.weight"]

    words = torch.randint(20, (3, 7))
    evaluated = model(words)[0].detach()
    network.load_state_dict(state)
    difference = (network(words).detach() - evaluated).norm() / evaluated.norm().clamp(min=1e-9)
    assert float(difference) < 0.02


@pytest.mark.parametrize("factor", [1e-9, 1e7])
def test_scales_that_half_precision_cannot_hold_are_kept_in_single(factor: float) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(32, 32)
    with torch.no_grad():
        layer.weight.mul_(factor)
    model = QuantizedNetwork(layer, partial(SoftToHard, centers=31, seeding="even"))
    model.initialise()
    state = state_of(decode_weights(encode_weights(weight_file(model, CoderKind.RANGE))))
    error = (state["weight"] - layer.weight.detach()).norm() / layer.weight.detach().norm()
    assert 0 < float(error) < 0.1


def test_state_that_is_no_tensor_is_told() -> None:
    class Noted(nn.Linear):
        def get_extra_state(self) -> dict[str, int]:
            return {"version": 1}

    model = QuantizedNetwork(Noted(2, 2), partial(SoftToHard, centers=2))
    with pytest.raises(StateError, match="_extra_state is a dict"):
        weight_file(model, CoderKind.RANGE)


def test_a_way_of_making_tables_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="codebook or merged"):
        weight_file(QuantizedNetwork(network(), partial(SoftToHard, centers=2)), CoderKind.RANGE, tables="many")  # pyright: ignore[reportArgumentType]
