"""Tasks: LightningModules that own losses, optimizers and logging."""

from compressible.tasks.classification import Classification
from compressible.tasks.image_compression import ImageCompression
from compressible.tasks.learning_rate import OneCycle, WarmupCosine
from compressible.tasks.stages import Stage, Stages
from compressible.tasks.weight_compression import WeightCompression

__all__ = ["Classification", "ImageCompression", "OneCycle", "Stage", "Stages", "WarmupCosine", "WeightCompression"]
