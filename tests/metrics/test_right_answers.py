import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from compressible.metrics.right_answers import right_answers


class Lookup(nn.Module):
    """Names the class that an image holds in its only pixel, and notes how it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.fixed = nn.Dropout().eval()
        self.product = nn.Linear(4, 4)
        self.calls: list[tuple[int, bool, torch.dtype]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.calls.append((len(images), self.training, self.product(torch.zeros(1, 4)).dtype))
        return torch.eye(10)[images.flatten().long()]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30), st.integers(1, 40))
def test_it_compares_answers_whatever_the_batch(pairs: list[tuple[int, int]], batch: int) -> None:
    named, labels = (torch.tensor(part) for part in zip(*pairs, strict=True))
    expected = [name == label for name, label in pairs]
    assert right_answers(Lookup(), named.view(-1, 1, 1, 1), labels, batch).tolist() == expected


def test_in_eval_mode_and_float32_and_leaves_the_network_as_it_was() -> None:
    network = Lookup()
    network.train()
    network.fixed.eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        right_answers(network, torch.zeros(5, 1, 1, 1), torch.zeros(5), batch=2)
    assert network.calls == [(2, False, torch.float32), (2, False, torch.float32), (1, False, torch.float32)]
    assert network.training
    assert network.product.training
    assert not network.fixed.training
