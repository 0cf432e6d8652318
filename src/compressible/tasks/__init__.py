"""Tasks: LightningModules that own losses, optimizers and logging."""

from compressible.tasks.autoencoding import Autoencoding
from compressible.tasks.classification import Classification
from compressible.tasks.distillation import Distillation
from compressible.tasks.feature_quantization import FeatureQuantization
from compressible.tasks.image_compression import ImageCompression
from compressible.tasks.learning_rate import OneCycle, Steady, WarmupCosine
from compressible.tasks.pruning import Pruning
from compressible.tasks.quantized_classification import QuantizedClassification
from compressible.tasks.replicated_classification import ReplicatedClassification
from compressible.tasks.stages import Stage, Stages
from compressible.tasks.weight_compression import WeightCompression
from compressible.tasks.weight_sharing import WeightSharing

__all__ = [
    "Autoencoding",
    "Classification",
    "Distillation",
    "FeatureQuantization",
    "ImageCompression",
    "OneCycle",
    "Pruning",
    "QuantizedClassification",
    "ReplicatedClassification",
    "Stage",
    "Stages",
    "Steady",
    "WarmupCosine",
    "WeightCompression",
    "WeightSharing",
]
