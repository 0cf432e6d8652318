import torch

from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.models import BinaryNet, LayerPlan
from compressible.weights.binary import binary_weight_file
from compressible.weights.state import state_of


def test_a_network_that_reads_its_signs_back_gives_the_same() -> None:
    torch.manual_seed(0)
    layers = (LayerPlan(64, kernel=7, binary=False), LayerPlan(64), LayerPlan(10))
    network = BinaryNet((4, 7, 7), layers).eval()
    with torch.no_grad():
        network.all_stages()[1].layer.stored[0, :3] = torch.tensor([0.0, -0.0, 1e-30])
        network.all_stages()[0].norm.mean.normal_()
    data = encode_weights(binary_weight_file(network))
    again = BinaryNet((4, 7, 7), layers).eval()
    again.load_state_dict(state_of(decode_weights(data)))
    x = torch.randn(20, 4, 7, 7)
    assert torch.equal(again(x), network(x))
    assert torch.equal(again.all_stages()[1].layer.stored.unique(), torch.tensor([-1.0, 1.0]))
    # 4,736 signs at a bit each, 12,544 weights and 3 * 138 statistics in float32 at the most, names and tables.
    assert len(data) < 4736 // 8 + 4 * (12_544 + 3 * 138) + 300


def test_a_network_without_signs_is_kept_as_it_is() -> None:
    network = BinaryNet((2, 1, 1), (LayerPlan(3, binary=False, activation="none"),))
    state = state_of(decode_weights(encode_weights(binary_weight_file(network))))
    for name, value in network.state_dict().items():
        assert torch.equal(state[name], value)
