from functools import partial

import pytest
import torch
from torch import Tensor

from compressible.instantiate import instantiate
from compressible.likelihoods import SquaredError
from compressible.models import Bottleneck, VqVae
from compressible.partitions import Positions
from compressible.quantizers import Depthwise, QuantizerFactory, Residual, SoftToHard, Vector
from small_run import composed

CODEBOOK = partial(Vector, codes=16, update="gradient")
QUANTIZERS: dict[str, QuantizerFactory] = {
    "vector": CODEBOOK,
    "soft_to_hard": partial(SoftToHard, centers=16),
    "residual": partial(Residual, quantizer=partial(Vector, codes=4), stages=2),
    "depthwise": partial(Depthwise, quantizer=partial(Vector, codes=4), slices=2),
}


def network(quantizer: QuantizerFactory = CODEBOOK) -> VqVae:
    torch.manual_seed(0)
    model = VqVae(Bottleneck(4, Positions(), quantizer), SquaredError((0.5,), (0.3,)))
    model.initialise(digits(8))
    return model.eval()


def digits(count: int) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def test_parameters_are_those_published() -> None:
    """40,261, of which 19,076 are the encoder's, 64 the codebook's and 21,121 the decoder's."""
    model = network()
    counts = [sum(p.numel() for p in part.parameters()) for part in (model.encoder, model.bottleneck, model.decoder)]
    assert counts == [19_076, 64, 21_121]
    assert sum(parameter.numel() for parameter in model.parameters()) == 40_261


def test_what_is_quantized_are_sixteenths_of_the_image() -> None:
    """One symbol at each of 7 x 7 places, that of the features of pixels in -0.5..0.5."""
    model, x = network(), digits(3)
    (symbols,) = model.symbols(x)
    assert symbols.shape == (1, 3 * 49)
    features = model.encoder(x - 0.5)
    codes = model.bottleneck.quantizer.get_submodule("codebook").get_parameter("codes")[0]
    vectors = features.permute(0, 2, 3, 1).reshape(-1, 4)
    assert torch.equal(symbols[0], torch.cdist(vectors, codes, compute_mode="donot_use_mm_for_euclid_dist").argmin(1))


@pytest.mark.parametrize("name", QUANTIZERS)
def test_symbols_are_all_that_the_decoder_needs(name: str) -> None:
    model, x = network(QUANTIZERS[name]), digits(3)
    out = model(x)
    assert out.x_hat.shape == x.shape
    torch.testing.assert_close(model.reconstruct(model.symbols(x), tuple(x.shape)), out.x_hat)


@pytest.mark.parametrize(
    "choice",
    [
        (),
        ("quantizer=soft_to_hard", "quantizer.centers=16"),
        ("quantizer=residual", "quantizer.stages=2", "quantizer.quantizer.codes=4"),
        ("quantizer=depthwise", "quantizer.slices=2", "quantizer.quantizer.codes=4"),
    ],
)
def test_other_quantizers_are_a_choice_on_the_command_line(choice: tuple[str, ...]) -> None:
    """Each with four bits a place."""
    plain = composed(["experiment=vqvae_mnist", "~callbacks.checkpoint", "~callbacks.progress", "~logger.csv", *choice])
    model = instantiate(plain["model"])
    assert isinstance(model, VqVae)
    (symbols,) = model.eval().symbols(digits(2))
    bits = sum((size - 1).bit_length() for size in model.bottleneck.quantizer.alphabet)
    assert (bits, symbols.shape[1]) == (4, 2 * 49)
    if not choice:
        assert sum(parameter.numel() for parameter in model.parameters()) == 40_261
