"""Loggers that show pictures and tables beside the metrics: TensorBoard, and Weights & Biases."""

from compressible.loggers.base import Display, displays, rendered
from compressible.loggers.tensorboard import TensorBoard
from compressible.loggers.weights_and_biases import WandB

__all__ = ["Display", "TensorBoard", "WandB", "displays", "rendered"]
