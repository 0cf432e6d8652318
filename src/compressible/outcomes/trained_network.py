"""A trained classifier, and how often it is right."""

from pathlib import Path

from safetensors.torch import load_file, save

from compressible.atomic import write_bytes_atomic
from compressible.outcomes.base import Training
from compressible.outcomes.classifier import ClassifierOutcome, content_hash
from compressible.reports.schema import save as save_json
from compressible.reports.tables import markdown
from compressible.run_files import EVALUATION, TABLES


class TrainedNetwork(ClassifierOutcome):
    """A network's parameters and buffers under its own names, in the precision they were trained in."""

    suffix = ".safetensors"

    def write(self, training: Training, path: Path) -> str:
        """Write the state dictionary."""
        state = training.task.network.cpu().state_dict()
        data = save({key: value.contiguous() for key, value in state.items()})
        write_bytes_atomic(path, data)
        return content_hash(path)

    def evaluate(self, path: Path) -> None:
        """Classify images with the network that the file holds."""
        self.network.load_state_dict(load_file(path))
        result = self.measure(path)
        save_json(path.with_name(EVALUATION), result)
        row = (path.name, f"{result.accuracy:.2%}", str(result.images), str(result.bytes))
        write_bytes_atomic(path.with_name(TABLES), markdown(("network", "accuracy", "images", "bytes"), [row]).encode())
