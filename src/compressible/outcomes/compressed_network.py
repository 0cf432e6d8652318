"""A network whose weights are compressed, as one file, and how often it is right."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from compressible.atomic import write_bytes_atomic
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.tensors import QuantizedTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.data.cifar10 import Cifar10
from compressible.models.recalibration import recalibrate
from compressible.outcomes.base import Outcome, Training
from compressible.outcomes.trained_network import Accuracy, content_hash, measure
from compressible.reports.evaluation_plan import TABLES
from compressible.reports.schema import save
from compressible.reports.tables import markdown
from compressible.weights.from_network import weight_file
from compressible.weights.state import state_of

SCHEMA = "compressible-network-1"


@dataclass(frozen=True)
class CompressedAccuracy:
    """A compressed network on a test set.

    Attributes:
        schema: name and version of the JSON layout.
        measured: accuracy, and the size of the file with everything in it.
        weights: number of quantized weights.
        centers: number of centers in use.
        file_factor: float32 bytes of the quantized weights alone over all bytes of the file.
    """

    schema: str
    measured: Accuracy
    weights: int
    centers: int
    file_factor: float


class CompressedNetwork(Outcome):
    """The weight file of a network.

    Args:
        network: a network like the trained one, into which the written file is read for the evaluation.
        data: the data module that has the test set.
        coder: of the symbols, ``range`` or ``huffman``.
        calibration_batches: batches of training images for the normalisation statistics; 0 leaves those of training.
        calibration_batch_size: images a batch of these.
    """

    suffix = ".cmpw"

    def __init__(
        self,
        network: nn.Module,
        data: Cifar10,
        coder: str = "range",
        calibration_batches: int = 50,
        calibration_batch_size: int = 200,
    ) -> None:
        if coder.upper() not in CoderKind.__members__:
            raise ValueError(f"coder must be range or huffman, got {coder}")
        self.network = network
        self.data = data
        self.coder = CoderKind[coder.upper()]
        self.calibration_batches = calibration_batches
        self.calibration_batch_size = calibration_batch_size

    def check(self) -> None:
        """See that the data set is there."""
        self.data.prepare_data()

    def write(self, training: Training, path: Path) -> str:
        """Write the weight file, with normalisation statistics gathered with the quantized weights."""
        model = training.task.model.cpu().eval()
        if self.calibration_batches:
            images = training.data.training.images[: self.calibration_batches * self.calibration_batch_size]
            weights, _ = model.weights()
            recalibrate(model.network, weights, images.split(self.calibration_batch_size))
        write_bytes_atomic(path, encode_weights(weight_file(model, self.coder)))
        return content_hash(path)

    def evaluate(self, path: Path) -> None:
        """Classify the test set with the network that the file decodes to."""
        file = decode_weights(path.read_bytes())
        self.network.load_state_dict(state_of(file))
        weights = sum(tensor.symbols.size for tensor in file.tensors if isinstance(tensor, QuantizedTensor))
        measured = measure(path, self.network, self.data)
        centers = sum(stream.codebook.size for stream in file.streams)
        result = CompressedAccuracy(SCHEMA, measured, weights, centers, 4 * weights / measured.bytes)
        save(path.with_name("evaluation.json"), result)
        row = (path.name, f"{measured.accuracy:.2%}", f"{result.file_factor:.2f}", str(measured.bytes), str(centers))
        text = markdown(("network", "accuracy", "factor (file)", "bytes", "centers"), [row])
        write_bytes_atomic(path.with_name(TABLES), text.encode())
