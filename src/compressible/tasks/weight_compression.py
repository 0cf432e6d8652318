"""Network compression: fine-tune a trained classifier through its quantized weights, at a price for their entropy.

    images ─► network(quantized weights) ─► cross-entropy ────────────────┐
              quantized weights ─► symbol models ─► bits a weight * beta ─┴─► loss

Agustsson et al. 2017, section 5: soft assignments that harden, then hard assignments at a lower learning rate, in which
each weight keeps its symbol and the centers are trained on.
"""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.func import functional_call

from compressible.annealing import Annealing
from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.models.quantized_network import QuantizedNetwork
from compressible.rates import SymbolModelFactory
from compressible.tasks.checkpoints import read_checkpoint
from compressible.tasks.classification import held_out_metrics
from compressible.tasks.learning_rate import WarmupCosine
from compressible.tasks.optimizers import OptimizerFactory, scheduled
from compressible.tasks.stages import Stage, Stages


class WeightCompression(pl.LightningModule):
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
        distillation: share of the loss that compares with the original network's logits instead of with labels.
        channels_last: memory format of the network; with bfloat16 it halves the step time on CPUs.
    """

    initialised: Tensor
    sigma_0: Tensor

    def __init__(
        self,
        model: QuantizedNetwork,
        symbol_model: SymbolModelFactory,
        beta: float,
        annealing: Annealing,
        stages: Stages,
        optimizer: OptimizerFactory,
        learning_rate: WarmupCosine,
        distillation: float = 0.0,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        if stages.autoencoder:
            raise ValueError("a trained network is compressed: task.stages.autoencoder must be 0")
        if not 0 <= distillation <= 1:
            raise ValueError(f"distillation is a share of the loss, got {distillation}")
        self.model = model
        self.prices = tuple(symbol_model(quantizer.alphabet) for quantizer in model.all_quantizers())
        self.symbol_models = nn.ModuleList(self.prices)
        self.beta = beta
        self.annealing = annealing
        self.stages = stages
        self.make_optimizer = optimizer
        self.learning_rate = learning_rate
        self.distillation = distillation
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.register_buffer("initialised", torch.tensor(False))
        self.register_buffer("sigma_0", torch.ones(len(self.prices)))
        self._original: dict[str, Tensor] = {}

    def start_from(self, path: Path) -> None:
        """Compress the network that a classification run left at ``path``.

        Raises:
            ConfigError: if it holds none, or another one.
        """
        state = {key.removeprefix("network."): value for key, value in read_checkpoint(path)["state_dict"].items()}
        try:
            self.model.network.load_state_dict(state)
        except RuntimeError as error:
            raise ConfigError(f"{path} holds another network than the configuration") from error

    @property
    def stage(self) -> Stage:
        """Stage of the current step."""
        return self.stages.at(self.global_step, self.trainer.max_steps)

    def on_fit_start(self) -> None:
        """Lay the weights out as configured; a new run keeps the original and fits quantizers to it."""
        self.model.network.to(memory_format=self.memory_format)  # pyright: ignore[reportCallIssue]
        if not self.initialised:
            self._initialise()

    def on_train_batch_start(self, batch: LabelledImages, batch_idx: int) -> None:
        """Bring the quantizers into the state of this step's stage."""
        start = self.stages.joint_start(self.trainer.max_steps)
        if self.stage is Stage.HARD:
            if not self.model.fixed:
                self.model.fix_symbols()
        elif self.global_step == start:
            self._set_hardness(self.annealing.start(1.0, self.stages.hard_start(self.trainer.max_steps) - start))
        else:
            self._set_hardness(self.annealing.step(None))

    def training_step(self, batch: LabelledImages, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        logits, quantized = self.model(batch.images.to(memory_format=self.memory_format))
        cross_entropy = self._cross_entropy(logits.float(), batch)
        rates = [price.rate(entry) for price, entry in zip(self.prices, quantized, strict=True)]
        bits = torch.stack([rate.loss for rate in rates]).sum() / self.model.weights_count
        loss = cross_entropy + self.beta * bits
        self.log_dict(
            {
                "train/cross_entropy": cross_entropy.detach(),
                "train/bits_per_weight_soft": bits.detach(),
                "train/bits_per_weight_estimated": torch.cat([rate.bits for rate in rates]).sum()
                / self.model.weights_count,
                "train/loss": loss.detach(),
            }
        )
        return loss

    def validation_step(self, batch: LabelledImages, batch_idx: int) -> None:
        """Log accuracy and cross-entropy in nats with hard weights, in float32 as the finished network is used."""
        with torch.autocast(self.device.type, enabled=False):
            logits, _ = self.model(batch.images.to(memory_format=self.memory_format))
        self.log_dict(held_out_metrics(logits, batch.labels), batch_size=len(batch.labels))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, and its learning rate moved every step."""
        optimizer = self.make_optimizer(self.named_parameters())
        steps = int(self.trainer.max_steps)
        hard_start = self.stages.hard_start(steps)
        return scheduled(optimizer, lambda step: self.learning_rate(step, hard_start, steps - hard_start))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what is neither parameter nor buffer, in plain containers."""
        checkpoint["annealing"] = self.annealing.state_dict()
        checkpoint["hardness"] = [quantizer.hardness for quantizer in self.model.all_quantizers()]
        checkpoint["original"] = self._original

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Inverse of ``on_save_checkpoint``."""
        self.annealing.load_state_dict(checkpoint["annealing"])
        for quantizer, hardness in zip(self.model.all_quantizers(), checkpoint["hardness"], strict=True):
            quantizer.hardness = hardness
        self._original = checkpoint["original"]

    def _initialise(self) -> None:
        self._original = {key: value.detach().clone() for key, value in self.model.network.state_dict().items()}
        self.model.initialise()
        for price, symbols in zip(self.prices, self.model.symbols(), strict=True):
            price.fill(symbols, batches=1)
        self.sigma_0.copy_(torch.tensor([quantizer.hardness for quantizer in self.model.all_quantizers()]))
        self.initialised.fill_(True)

    def _set_hardness(self, factor: float) -> None:
        for quantizer, sigma_0 in zip(self.model.all_quantizers(), self.sigma_0.tolist(), strict=True):
            quantizer.hardness = factor * sigma_0

    def _cross_entropy(self, logits: Tensor, batch: LabelledImages) -> Tensor:
        labels = F.cross_entropy(logits, batch.labels)
        if not self.distillation:
            return labels
        return (1 - self.distillation) * labels + self.distillation * F.cross_entropy(logits, self._teach(batch))

    @torch.no_grad()
    def _teach(self, batch: LabelledImages) -> Tensor:
        """The original network's probabilities, (b, classes)."""
        network = self.model.network
        network.eval()
        logits = functional_call(network, self._original, (batch.images.to(memory_format=self.memory_format),))
        network.train()
        return logits.float().softmax(1)
