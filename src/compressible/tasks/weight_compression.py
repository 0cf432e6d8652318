"""Network compression: fine-tune a trained classifier through its quantized weights, at a price for their entropy.

    images ─► network(quantized weights) ─► cross-entropy ────────────────┐
              quantized weights ─► symbol models ─► bits a weight * beta ─┴─► loss     (while they are above a target)

Agustsson et al. 2017, section 5: soft assignments that harden, then hard assignments at a lower learning rate, in which
each weight keeps its symbol and the centers are trained on.
"""

from typing import Any

import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from compressible.annealing import Annealing
from compressible.data.labelled_images import LabelledImages
from compressible.models.quantized_network import QuantizedNetwork
from compressible.rates import SymbolModelFactory
from compressible.tasks.annealed_hardness import AnnealedHardness
from compressible.tasks.distillation import LABELS_ALONE, Distillation
from compressible.tasks.learning_rate import WarmupCosine
from compressible.tasks.optimizers import OptimizerFactory, scheduled
from compressible.tasks.quantized_classification import QuantizedClassification
from compressible.tasks.stages import Stage, Stages


class WeightCompression(QuantizedClassification):
    """Trains a quantized classifier and its symbol models.

    Args:
        model: the quantized network: logits (b, classes) of uint8 images (b, 3, h, w).
        symbol_model: makes one symbol model for each vector of weights.
        beta: weight of the rate, in nats of cross-entropy per bit per weight. The paper's 0.1 cannot multiply the bits
            of all weights, which would drown the cross-entropy.
        annealing: sigma over the joint stage, in units of each quantizer's own sigma_0.
        stages: lengths of the stages; there is no autoencoder stage.
        optimizer: makes the optimizer of weights and centers.
        learning_rate: its course over the run, as a multiple of the optimizer's own.
        target: bits per weight at which hard symbols are no longer charged, so that the size of the file is chosen and
            what is left of the run recovers accuracy at it; at 0 they always are, as in the paper.
        distillation: see ``QuantizedClassification``.
        channels_last: memory format of the network; with bfloat16 it halves the step time on CPUs.
    """

    def __init__(
        self,
        model: QuantizedNetwork,
        symbol_model: SymbolModelFactory,
        beta: float,
        annealing: Annealing,
        stages: Stages,
        optimizer: OptimizerFactory,
        learning_rate: WarmupCosine,
        target: float = 0.0,
        distillation: Distillation = LABELS_ALONE,
        channels_last: bool = False,
    ) -> None:
        super().__init__(model, optimizer, distillation, channels_last)
        if stages.autoencoder:
            raise ValueError("a trained network is compressed: task.stages.autoencoder must be 0")
        self.prices = tuple(symbol_model(quantizer.alphabet) for quantizer in model.all_quantizers())
        self.symbol_models = nn.ModuleList(self.prices)
        if target < 0:
            raise ValueError(f"target must not be negative, got {target} bits per weight")
        self.beta = beta
        self.target = target
        self.hardness = AnnealedHardness(annealing, model.all_quantizers())
        self.stages = stages
        self.learning_rate = learning_rate

    def fit_quantizers(self) -> None:
        """Scales, centers, sigma_0, and what the symbols cost."""
        self.model.initialise()
        for price, symbols in zip(self.prices, self.model.symbols(), strict=True):
            price.fill(symbols, batches=1)
        self.hardness.fit()

    @property
    def stage(self) -> Stage:
        """Stage of the current step."""
        return self.stages.at(self.global_step, self.trainer.max_steps)

    def on_train_batch_start(self, batch: LabelledImages, batch_idx: int) -> None:
        """Bring the quantizers into the state of this step's stage."""
        start = self.stages.joint_start(self.trainer.max_steps)
        if self.stage is Stage.HARD:
            if not self.model.fixed:
                self.model.fix_symbols(self.model.symbols())
        elif self.global_step == start:
            self.hardness.start(self.stages.hard_start(self.trainer.max_steps) - start)
        else:
            self.hardness.step()

    def training_step(self, batch: LabelledImages, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        logits, quantized = self.model(batch.images.to(memory_format=self.memory_format))
        cross_entropy = self.cross_entropy(logits.float(), batch)
        rates = [price.rate(entry) for price, entry in zip(self.prices, quantized, strict=True)]
        soft = torch.stack([rate.loss for rate in rates]).sum() / self.model.weights_count
        estimated = torch.cat([rate.bits for rate in rates]).sum() / self.model.weights_count
        # Hard symbols are what is written; in the beginning soft ones cost more, and would push them below the target.
        loss = cross_entropy + self.beta * soft * (estimated > self.target)
        self.log_dict(
            {
                "train/cross_entropy": cross_entropy.detach(),
                "train/bits_per_weight_soft": soft.detach(),
                "train/bits_per_weight_estimated": estimated,
                "train/loss": loss.detach(),
            }
        )
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, and its learning rate moved every step."""
        optimizer = self.make_optimizer(self.named_parameters())
        steps = int(self.trainer.max_steps)
        hard_start = self.stages.hard_start(steps)
        return scheduled(optimizer, lambda step: self.learning_rate(step, hard_start, steps - hard_start))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what is neither parameter nor buffer, in plain containers."""
        super().on_save_checkpoint(checkpoint)
        checkpoint["hardness"] = self.hardness.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Inverse of ``on_save_checkpoint``."""
        super().on_load_checkpoint(checkpoint)
        self.hardness.load_state_dict(checkpoint["hardness"])
