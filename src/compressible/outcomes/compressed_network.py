"""A network whose weights are quantized, as one file, and how often it is right."""

from collections.abc import Iterator

from torch import Tensor, nn

from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.weights import WeightFile
from compressible.data.labelled_files import LabelledFiles
from compressible.data.random_shifts import RandomShifts
from compressible.models.recalibration import recalibrate
from compressible.outcomes.base import Training
from compressible.outcomes.classifier import Split
from compressible.outcomes.network_file import NetworkFile
from compressible.weights.from_network import Tables, weight_file


class CompressedNetwork(NetworkFile):
    """The weight file of a ``QuantizedNetwork``.

    Args:
        network: see ``ClassifierOutcome``.
        data: see ``ClassifierOutcome``.
        split: see ``ClassifierOutcome``.
        coder: of the symbols, ``range``, ``huffman``, ``sparse`` or ``context``.
        mantissa: bits of mantissa that are kept of what is not quantized, the normalisation statistics.
        tables: how many tables the symbols of a codebook get, see ``weights.from_network``.
        calibration_batches: batches of training images for these statistics, shifted and flipped as they were in
            training; 0 leaves the statistics of training.
        calibration_batch_size: images a batch of these.
    """

    def __init__(
        self,
        network: nn.Module,
        data: LabelledFiles,
        split: Split = "test",
        coder: str = "range",
        mantissa: int = 10,
        tables: Tables = "codebook",
        calibration_batches: int = 50,
        calibration_batch_size: int = 200,
    ) -> None:
        super().__init__(network, data, split)
        if coder.upper() not in CoderKind.__members__:
            raise ValueError(f"coder must be one of {', '.join(kind.name.lower() for kind in CoderKind)}, got {coder}")
        self.coder = CoderKind[coder.upper()]
        self.mantissa = mantissa
        self.tables: Tables = tables
        self.calibration_batches = calibration_batches
        self.calibration_batch_size = calibration_batch_size

    def contents(self, training: Training) -> WeightFile:
        """The network as trained, with normalisation statistics gathered with the quantized weights."""
        model = training.task.model.cpu().eval()
        if self.calibration_batches:
            weights, _ = model.weights()
            recalibrate(model.network, weights, self._calibration_images(training.data))
        return weight_file(model, self.coder, self.mantissa, self.tables)

    def _calibration_images(self, data: LabelledFiles) -> Iterator[Tensor]:
        batches = RandomShifts(
            data.training, self.calibration_batch_size, self.calibration_batches, data.seed, data.padding
        )
        return (batches[i].images for i in range(len(batches)))
