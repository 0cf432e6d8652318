"""A network as one weight file: its accuracy as read from there, and its size in both accountings."""

from abc import abstractmethod
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from compressible.atomic import write_bytes_atomic
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.weight_file import decode_weights, encode_weights, read_weights
from compressible.bitstream.weights import WeightFile
from compressible.outcomes.base import Training
from compressible.outcomes.classifier import ClassifierOutcome, content_hash
from compressible.reports.network_accuracy import COMPRESSED_ACCURACY, CodedSize, CompressedAccuracy
from compressible.reports.schema import save
from compressible.reports.tables import markdown
from compressible.run_files import EVALUATION, TABLES
from compressible.weights.accounting import paper_bits
from compressible.weights.state import state_of


class NetworkFile(ClassifierOutcome):
    """Base of the outcomes that are weight files; subclasses say in ``contents`` what is in them."""

    suffix = ".cmpw"

    @abstractmethod
    def contents(self, training: Training) -> WeightFile:
        """What is written of a training that has come to its end."""

    def write(self, training: Training, path: Path) -> str:
        """Write the weight file."""
        write_bytes_atomic(path, encode_weights(self.contents(training)))
        return content_hash(path)

    def evaluate(self, path: Path) -> None:
        """Classify images with the network that the file decodes to."""
        file = decode_weights(path.read_bytes())
        self.network.load_state_dict(state_of(file))
        trained = {name: p.numel() for name, p in self.network.named_parameters() if p.requires_grad}
        size = sum(trained.values())
        measured = self.measure(path)
        coded = tuple(coded_size(file, kind, trained, size) for kind in CoderKind)
        centers = sum(stream.codebook.size for stream in file.streams)
        save(path.with_name(EVALUATION), CompressedAccuracy(COMPRESSED_ACCURACY, measured, size, centers, coded))
        columns = ("coder", "accuracy", "bytes", "factor (file)", "factor (paper)")
        rows = [
            (c.coder, f"{measured.accuracy:.2%}", str(c.bytes), f"{c.file_factor:.2f}", f"{c.paper_factor:.2f}")
            for c in coded
        ]
        write_bytes_atomic(path.with_name(TABLES), markdown(columns, rows).encode())


def coded_size(file: WeightFile, kind: CoderKind, parameters: Collection[str], size: int) -> CodedSize:
    """Code ``file`` with ``kind`` and measure it; ``parameters`` are the trained ones, ``size`` numbers in all."""
    data = encode_weights(replace(file, streams=tuple(replace(stream, coder=kind) for stream in file.streams)))
    bits = paper_bits(read_weights(data), parameters)
    return CodedSize(kind.name.lower(), len(data), 4 * size / len(data), 32 * size / bits)
