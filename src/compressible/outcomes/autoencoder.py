"""A trained autoencoder with discrete codes, the file of the codes it gives, and what both cost.

weights ─► codes of training images ─► frequencies
      └──► images ─► codes ─► file of codes ─► codes ─► parameters of the head ─► nats, squared error
"""

from collections.abc import Iterator, Sequence
from math import log, log2, prod
from pathlib import Path

import torch
from rich.progress import track
from safetensors.torch import load_file, save
from torch import Tensor

from compressible.atomic import write_bytes_atomic
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.bitstream.container import Container
from compressible.codes.symbol_maps import SymbolLayout, maps_of
from compressible.data.labelled_files import LabelledFiles
from compressible.likelihoods import Likelihood, SquaredError
from compressible.metrics.code_statistics import code_statistics, cross_entropy
from compressible.metrics.mutual_information import mutual_information
from compressible.models import GenerativeAutoencoder
from compressible.outcomes.base import Outcome, Training
from compressible.outcomes.classifier import content_hash
from compressible.outcomes.splits import Split, check_split, read_split
from compressible.reports.autoencoding import AUTOENCODING, AutoencodingResult, LevelCodes, Matrix, Scores
from compressible.reports.environment import record_environment
from compressible.reports.schema import save as save_json
from compressible.reports.tables import markdown
from compressible.run_files import EVALUATION, TABLES

CODES = ".codes"
"""Suffix of the file of codes."""


class Autoencoder(Outcome):
    """A ``GenerativeAutoencoder``'s parameters and buffers under its own names.

    Args:
        model: a model like the trained one, into which the written file is read for the evaluation.
        data: the data module that has the images.
        split: which of them are evaluated.
        histogram_images: training images whose codes' frequencies price those of the evaluated ones.
        batch_size: images at a time.
    """

    suffix = ".safetensors"

    def __init__(
        self,
        model: GenerativeAutoencoder,
        data: LabelledFiles,
        split: Split = "test",
        histogram_images: int = 10000,
        batch_size: int = 100,
    ) -> None:
        check_split(split)
        self.model = model
        self.data = data
        self.split: Split = split
        self.histogram_images = histogram_images
        self.batch_size = batch_size

    def check(self) -> None:
        """See that the data set is there."""
        self.data.prepare_data()

    def write(self, training: Training, path: Path) -> str:
        """Write the state dictionary."""
        state = training.task.model.cpu().state_dict()
        write_bytes_atomic(path, save({key: value.contiguous() for key, value in state.items()}))
        return content_hash(path)

    def evaluate(self, path: Path) -> None:
        """Code images with the model that the file holds, read the codes back, and score the images given these."""
        self.model.load_state_dict(load_file(path))
        self.model.eval().to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        model = content_hash(path)
        evaluated, dataset = read_split(self.data, self.split)
        self.data.setup("validate")
        training = self.data.training.images[: self.histogram_images]
        alphabets = [layout.alphabet for layout in self._layouts()]
        seen = self._codes(training, "training images")
        levels = self._codes(evaluated.images, "images")

        data = CodeFile(bytes.fromhex(model), _as_codes(alphabets, levels)).to_bytes()
        write_bytes_atomic(path.with_suffix(CODES), data)
        read = [torch.from_numpy(level.symbols) for level in CodeFile.from_bytes(data).levels]
        swapped = self._swapped(evaluated.images, read)
        measured = zip(levels, seen, alphabets, swapped, strict=True)
        statistics = tuple(_level(codes, old, size, scores) for codes, old, size, scores in measured)
        count, dimensions = len(evaluated.images), prod(evaluated.images.shape[1:])
        total = count * dimensions
        result = AutoencodingResult(
            schema=AUTOENCODING,
            environment=record_environment(),
            model=model,
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            dataset=dataset,
            images=count,
            dimensions=dimensions,
            scores=self._score(evaluated.images, read),
            uniform_bits=sum(s.places * log2(size) for s in statistics for size in s.alphabet) / dimensions,
            histogram_bits=sum(s.places * bits for s in statistics for bits in s.cross_entropy) / dimensions,
            histogram_images=len(training),
            coded_bits=8 * sum(map(len, Container.from_bytes(data).chunks)) / total,
            file_bits=8 * len(data) / total,
            levels=statistics,
        )
        save_json(path.with_name(EVALUATION), result)
        write_bytes_atomic(path.with_name(TABLES), summary(result).encode())

    def _batches(self, images: Tensor, what: str) -> Iterator[tuple[Tensor, Tensor]]:
        """uint8 images, and what the model takes of them."""
        for batch in track(images.split(self.batch_size), what, transient=True):
            yield batch, (batch.float() / 255).to(memory_format=torch.channels_last)

    def _layouts(self) -> list[SymbolLayout]:
        """Of each level."""
        return [SymbolLayout.of(bottleneck) for bottleneck in self.model.bottlenecks]

    @torch.inference_mode()
    def _codes(self, images: Tensor, what: str) -> list[Tensor]:
        """Symbols of each level, (groups, images, rows, columns): codes of neighbours are neighbours in the file."""
        found = [maps_of(self.model, x) for _, x in self._batches(images, f"codes of {what}")]
        return [torch.cat(parts).transpose(0, 1).contiguous() for parts in zip(*found, strict=True)]

    def _swapped(self, images: Tensor, levels: Sequence[Tensor]) -> list[Scores | None]:
        """Scores with the codes of the next image at one level, for each level."""
        if len(levels) == 1:
            return [None]
        swapped = [
            [level.roll(1, dims=1) if i == j else level for j, level in enumerate(levels)] for i in range(len(levels))
        ]
        return [self._score(images, mixed) for mixed in swapped]

    @torch.inference_mode()
    def _score(self, images: Tensor, levels: Sequence[Tensor]) -> Scores:
        """Scores of all images given codes (groups, images, rows, columns)."""
        head, normal, layouts = self.model.head, SquaredError(), self._layouts()
        in_colour = images.shape[1] == len(normal.std)
        nats, squared, normalised, start = 0.0, 0.0, 0.0, 0
        for batch, _ in self._batches(images, "likelihood"):
            own = [level[:, start : start + len(batch)].transpose(0, 1) for level in levels]
            start += len(batch)
            symbols = tuple(layout.from_maps(maps) for layout, maps in zip(layouts, own, strict=True))
            parameters = self.model.reconstruct(symbols, tuple(batch.shape))
            if isinstance(head, Likelihood):
                nats += head.nats(parameters, batch).double().sum().item()
            difference = (head.reconstruct(parameters).double() - batch.double()) / 255
            squared += difference.square().sum().item()
            if in_colour:
                normalised += (difference / normal.std).square().sum().item()
        total = images.numel()
        bits = nats / total / log(2) if isinstance(head, Likelihood) else None
        return Scores(bits, squared / total, normalised / total if in_colour else None)


def summary(result: AutoencodingResult) -> str:
    """Table of one result."""
    usage = min(min(level.usage) for level in result.levels)
    cells = {
        "decoder bits/dim": _number(result.scores.decoder_bits),
        "codes, uniform": _number(result.uniform_bits),
        "codes, histogram": _number(result.histogram_bits),
        "two-part total": _number(result.total_bits),
        "codes (file)": _number(result.file_bits),
        "squared error": f"{result.scores.squared_error:.5f}",
        "least usage": f"{usage:.1%}",
    }
    return markdown(tuple(cells), [tuple(cells.values())])


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.4f}"


def _as_codes(alphabets: Sequence[tuple[int, ...]], levels: Sequence[Tensor]) -> tuple[Codes, ...]:
    return tuple(Codes(sizes, level.numpy()) for sizes, level in zip(alphabets, levels, strict=True))


def _level(codes: Tensor, training: Tensor, alphabet: tuple[int, ...], swapped: Scores | None) -> LevelCodes:
    """Of symbols (groups, images, rows, columns)."""
    flat = codes.flatten(1)
    used = code_statistics(flat, alphabet)
    shared = mutual_information(flat, alphabet, torch.Generator().manual_seed(0))
    return LevelCodes(
        alphabet=alphabet,
        places=codes[0, 0].numel(),
        entropy=tuple(used.entropy.tolist()),
        perplexity=tuple(used.perplexity.tolist()),
        usage=tuple(used.usage.tolist()),
        cross_entropy=tuple(cross_entropy(flat, training.flatten(1), alphabet).tolist()),
        mutual_information=_matrix(shared.plug_in),
        corrected=_matrix(shared.corrected),
        shuffled=_matrix(shared.null),
        swapped=swapped,
    )


def _matrix(values: Tensor) -> Matrix:
    return tuple(tuple(row) for row in values.tolist())
