"""Codebooks of a frozen network's features: how well they describe features of other pictures, and how evenly."""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from safetensors.torch import save as save_tensors
from torch import Tensor

from compressible.atomic import write_bytes_atomic
from compressible.data.pictures import Pictures
from compressible.metrics.code_statistics import code_statistics
from compressible.metrics.mutual_information import mutual_information
from compressible.models.bottleneck import Bottleneck
from compressible.models.feature_extractor import FeatureExtractor
from compressible.outcomes.base import Outcome, Training
from compressible.outcomes.classifier import content_hash
from compressible.outcomes.splits import Split, check_split
from compressible.partitions import Slices
from compressible.quantizers import QuantizerFactory
from compressible.reports.environment import record_dataset, record_environment
from compressible.reports.schema import save
from compressible.reports.static_prior import SCHEMA, Matrix, SharedBits, StaticPriorRecord
from compressible.reports.static_prior_table import entry_of, summary
from compressible.run_files import EVALUATION, TABLES
from compressible.tasks.feature_quantization import load_network

_ERRORS = "errors"
_TENTHS = 10


@dataclass(frozen=True)
class Described:
    """Feature maps and what their codes stand for.

    Attributes:
        codes: (codebooks, n), the same place in the same picture for each.
        error: mean squared difference of an entry.
        variance: mean squared difference of an entry to its channel's mean.
        images: how many were described.
    """

    codes: Tensor
    error: float
    variance: float
    images: int


class StaticPrior(Outcome):
    """The codebooks as tensors, with the error of each step; and what they are worth on pictures not fitted to.

    Args:
        extractor: the network, as the task has it.
        weights: file of its weights.
        partition: of the run.
        quantizer: of the run.
        data: of the run.
        seed: of the run, and of the shuffles.
        split: the pictures of the evaluation: the test set, for a result; those held out, for choosing.
    """

    suffix = ".safetensors"

    def __init__(
        self,
        extractor: FeatureExtractor,
        weights: str | None,
        partition: Slices,
        quantizer: QuantizerFactory,
        data: Pictures,
        seed: int,
        split: Split = "test",
    ) -> None:
        check_split(split)
        if not isinstance(partition, Slices) or partition.slices < 2:
            raise ValueError("two codebooks or more are compared: partition=slices, partition.slices=2 or more")
        self.extractor = extractor
        self.weights = weights
        self.partition = partition
        self.bottleneck = Bottleneck(extractor.channels, partition, quantizer)
        self.data = data
        self.seed = seed
        self.split: Split = split

    def check(self) -> None:
        """See that pictures and weights are there."""
        self.data.prepare_data()
        self._load_network()

    def write(self, training: Training, path: Path) -> str:
        """Write the codebooks."""
        state = {name: value.contiguous() for name, value in training.task.bottleneck.state_dict().items()}
        write_bytes_atomic(path, save_tensors({**state, _ERRORS: torch.tensor(training.task.errors)}))
        return content_hash(path)

    def evaluate(self, path: Path) -> None:
        """Describe the pictures with the codebooks that the file holds."""
        state = load_file(path)
        errors = state.pop(_ERRORS)
        self.bottleneck.load_state_dict(state)
        weights = self._load_network()
        self.extractor.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.data.setup("test" if self.split == "test" else "validate")
        described = describe(self.extractor, self.bottleneck, self.data, self.split)
        alphabet = self.bottleneck.quantizer.alphabet
        statistics = code_statistics(described.codes, alphabet)
        entropy = statistics.entropy.mean().item()
        name = self.data.root.name if self.split == "test" else f"{self.data.root.name}, held out"
        record = StaticPriorRecord(
            schema=SCHEMA,
            environment=record_environment(),
            extractor=type(self.extractor.network).__name__,
            network=content_hash(weights),
            layer=self.extractor.layer,
            dataset=record_dataset(name, self.data.files(self.split), self.data.names(self.split)),
            images=described.images,
            fitting=self.data.fitting,
            axis=self.partition.axis,
            slices=self.partition.slices,
            dimension=self.partition.dimension(self.extractor.channels),
            codes=alphabet[0],
            seed=self.seed,
            error=described.error,
            variance=described.variance,
            relative_error=described.error / described.variance,
            entropy_bits=tuple(statistics.entropy.tolist()),
            mean_entropy_bits=entropy,
            mean_entropy_nats=math.log(2) * entropy,
            perplexity=tuple(statistics.perplexity.tolist()),
            usage=tuple(statistics.usage.tolist()),
            shared=shared_bits(described.codes, alphabet, self.seed),
            course=tuple(part.mean().item() for part in errors.tensor_split(min(_TENTHS, len(errors)))),
        )
        save(path.with_name(EVALUATION), record)
        write_bytes_atomic(path.with_name(TABLES), summary(entry_of(record)).encode())

    def _load_network(self) -> Path:
        weights = Path(self.weights) if self.weights else None
        load_network(self.extractor, weights)
        assert weights is not None
        return weights


@torch.no_grad()
def describe(extractor: FeatureExtractor, bottleneck: Bottleneck, data: Pictures, split: Split) -> Described:
    """Quantize the feature maps of all pictures of a part, some pictures at a time."""
    codes: list[Tensor] = []
    squared, images, positions = 0.0, 0, 0
    sums = squares = torch.zeros(extractor.channels, dtype=torch.float64)
    for pictures in data.batches(split, data.size(split)):
        maps = extractor(pictures)
        symbols = bottleneck.symbols(maps)
        codes.append(symbols)
        exact = maps.double()
        squared += (exact - bottleneck.restore(symbols, tuple(maps.shape))).square().sum().item()
        sums = sums + exact.sum((0, 2, 3))
        squares = squares + exact.square().sum((0, 2, 3))
        images += len(maps)
        positions += exact[:, 0].numel()
    variance = (squares / positions - (sums / positions).square()).mean().item()
    return Described(torch.cat(codes, 1), squared / (positions * extractor.channels), variance, images)


def shared_bits(codes: Tensor, alphabet: tuple[int, ...], seed: int) -> SharedBits:
    """Mutual information of all pairs of codebooks."""
    found = mutual_information(codes, alphabet, torch.Generator().manual_seed(seed))
    return SharedBits(
        plug_in=_matrix(found.plug_in),
        corrected=_matrix(found.corrected),
        null=_matrix(found.null),
        mean_plug_in=_off_diagonal(found.plug_in),
        mean_corrected=_off_diagonal(found.corrected),
        mean_null=_off_diagonal(found.null),
    )


def _matrix(values: Tensor) -> Matrix:
    return tuple(tuple(row) for row in values.tolist())


def _off_diagonal(values: Tensor) -> float:
    groups = len(values)
    return (values.sum() - values.trace()).item() / (groups * (groups - 1))
