"""Mixtures of logistic distributions cut into the 256 bins of 8-bit pixels.

    one component of the mixture is drawn for a pixel; within it
    red ~ logistic(m_r, s_r),   green ~ logistic(m_g + a red, s_g),   blue ~ logistic(m_b + b red + c green, s_b)
    P(value) = cdf(value + 1/2) - cdf(value - 1/2), with all that lies below 0 counted to 0 and all above 255 to 255

Salimans et al. 2017, "PixelCNN++: Improving the PixelCNN with Discretized Logistic Mixture Likelihood and Other
Modifications", eqs. (1) to (3). Where they go over to the density of the bin's centre for improbable values, the
difference of the two cdfs is here written as a product that loses no digits, so all probabilities are exact.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.likelihoods.base import Likelihood, to_pixels

HALF_RANGE = 127.5
"""Steps between pixel values in one unit of means and scales, in which 0..255 is -1..1."""
LOG_SCALES = (-7.0, 7.0)
"""Bounds of log-scales: the lower is that of the paper's code, beyond the upper nearly all lies outside 0..255."""


@dataclass(frozen=True)
class _Mixture:
    """Parameters of m components for images of c channels, 0..255 being -1..1.

    Attributes:
        logits: of the components, (b, m, h, w).
        means: before what earlier channels add, (b, c, m, h, w).
        log_scales: (b, c, m, h, w).
        coefficients: of earlier channels in the means of later ones, each in -1..1, (b, c (c - 1) / 2, m, h, w):
            rows of a triangle, those of the second channel, then those of the third.
    """

    logits: Tensor
    means: Tensor
    log_scales: Tensor
    coefficients: Tensor

    def mean(self, channel: int, earlier: Tensor) -> Tensor:
        """Means (b, m, h, w) of a channel where those before it have the values (b, channel, m or 1, h, w)."""
        first = channel * (channel - 1) // 2
        return self.means[:, channel] + (self.coefficients[:, first : first + channel] * earlier).sum(1)


class LogisticMixture(Likelihood):
    """Mixture of discretized logistic distributions; with ten components, 30 channels for grey and 100 for RGB images.

    Channels of the parameters, each for all components: logits; means, and log-scales, channel by channel of the image;
    what becomes coefficients through tanh, in the order (green, red), (blue, red), (blue, green).

    Args:
        components: of the mixture.
    """

    def __init__(self, components: int = 10) -> None:
        super().__init__()
        if components < 1:
            raise ValueError(f"a mixture has at least one component, got {components}")
        self.components = components

    def channels(self, image_channels: int) -> int:
        """For each component a logit, a mean and a scale for each channel, and a coefficient for each pair of them."""
        return self.components * (1 + 2 * image_channels + _pairs(image_channels))

    def log_probabilities(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Log-probability of the channels of a pixel together, (b, h, w) in nats."""
        mixture = self._mixture(parameters)
        x = (values / HALF_RANGE - 1)[:, :, None]
        joint = mixture.logits.log_softmax(1)
        for channel in range(values.shape[1]):
            mean = mixture.mean(channel, x[:, :channel])
            joint = joint + _log_bin(values[:, channel, None], mean, mixture.log_scales[:, channel])
        return joint.logsumexp(1)

    @torch.no_grad()
    def reconstruct(self, parameters: Tensor) -> Tensor:
        """Mean of the mixture, rounded.

        Within a component a channel follows from the means of those before it. A component's mean outside the range of
        pixels counts as the nearest pixel value, where its probability is.
        """
        mixture = self._mixture(parameters.float())
        means = mixture.means[:, :0]
        for channel in range(mixture.means.shape[1]):
            mean = mixture.mean(channel, means).clamp(-1, 1)
            means = torch.cat([means, mean[:, None]], dim=1)
        weights = mixture.logits.softmax(1)[:, None]
        return to_pixels(((weights * means).sum(2) + 1) * HALF_RANGE)

    def _mixture(self, parameters: Tensor) -> _Mixture:
        m, c = self.components, self.image_channels(parameters.shape[1])
        pairs = _pairs(c)
        logits, means, log_scales, coefficients = parameters.split([m, c * m, c * m, pairs * m], dim=1)
        return _Mixture(
            logits,
            means.unflatten(1, (c, m)),
            log_scales.unflatten(1, (c, m)),
            coefficients.unflatten(1, (pairs, m)).tanh(),
        )


def _pairs(channels: int) -> int:
    return channels * (channels - 1) // 2


def _log_bin(values: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Log-probability of integer values (b, 1, h, w) under logistic distributions (b, m, h, w)."""
    # In steps of pixel values, which are exact, so that the upper edge of a bin is the lower edge of the next.
    distance = values - (mean + 1) * HALF_RANGE
    sharpness = torch.exp(-log_scale.clamp(*LOG_SCALES)) / HALF_RANGE
    below_upper_edge = F.logsigmoid((distance + 0.5) * sharpness)
    above_lower_edge = F.logsigmoid((0.5 - distance) * sharpness)
    # With a - b = sharpness: sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)), where nothing cancels.
    inside = below_upper_edge + above_lower_edge + torch.log(-torch.expm1(-sharpness))
    return torch.where(values == 0, below_upper_edge, torch.where(values == 255, above_lower_edge, inside))
