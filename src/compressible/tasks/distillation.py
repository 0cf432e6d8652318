"""Learning from the probabilities that another network gives (Hinton et al. 2015, "Distilling the Knowledge ...")."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Distillation:
    """How much of a classifier's loss is distillation, and at which temperature T.

        (1 - share) H(label, p) + share T^2 H(p_teacher(T), p(T)),    p(T) = softmax(logits / T)

    T^2 keeps the gradients of both parts on one scale (section 2).

    Attributes:
        share: of the loss, 0 for labels alone.
        temperature: T; what a sure teacher knows of the other classes shows at higher ones.
    """

    share: float = 0.0
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Raise ``ValueError`` on a share outside 0..1 or a temperature that is not positive."""
        if not 0 <= self.share <= 1:
            raise ValueError(f"distillation.share is a share of the loss, got {self.share}")
        if self.temperature <= 0:
            raise ValueError(f"distillation.temperature must be positive, got {self.temperature}")

    def mix(self, labels: Tensor, logits: Tensor, teacher: Tensor) -> Tensor:
        """The loss of a batch in nats, from that with labels and the logits (b, classes) of both networks."""
        probabilities = (teacher / self.temperature).softmax(1)
        soft = F.cross_entropy(logits / self.temperature, probabilities) * self.temperature**2
        return (1 - self.share) * labels + self.share * soft


LABELS_ALONE = Distillation()
"""No distillation."""
