"""Tasks: LightningModules that own losses, optimizers and logging."""

from compressible.tasks.image_compression import ImageCompression
from compressible.tasks.learning_rate import WarmupCosine
from compressible.tasks.stages import Stage, Stages

__all__ = ["ImageCompression", "Stage", "Stages", "WarmupCosine"]
