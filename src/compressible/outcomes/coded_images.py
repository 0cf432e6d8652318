"""An exported model with the tables of its own symbol model, and what all images of a data set cost under them.

images ─► features ─► soft assignments ─► soft cross-entropy
                └───► symbols ─► bytes ─► symbols ─► images, squared error
"""

from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor

from compressible.atomic import write_bytes_atomic
from compressible.bitstream import SymbolModelKind
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.bitstream.tables import PRECISION
from compressible.codecs.description import SUFFIX
from compressible.codecs.exported import load_model, save_model
from compressible.data.labelled_files import LabelledFiles
from compressible.metrics.code_statistics import code_statistics, plug_in_entropy
from compressible.models import ImageAutoencoder
from compressible.outcomes.autoencoder import CODES
from compressible.outcomes.base import Outcome, Training
from compressible.outcomes.image_model import card_of, final_network
from compressible.outcomes.splits import Split, check_split, read_split
from compressible.reports.coded_images import CODED_IMAGES, CodedImagesResult
from compressible.reports.environment import record_environment
from compressible.reports.schema import save
from compressible.reports.tables import markdown
from compressible.run_files import EVALUATION, TABLES


class CodedImages(Outcome):
    """An exported model whose tables are those of the trained symbol model, not counted anew.

    Args:
        data: the data module that has the images; their sides are multiples of the model's stride.
        split: which of them are coded.
        batch_size: images at a time.
    """

    suffix = SUFFIX

    def __init__(self, data: LabelledFiles, split: Split = "test", batch_size: int = 100) -> None:
        check_split(split)
        self.data = data
        self.split: Split = split
        self.batch_size = batch_size

    def check(self) -> None:
        """See that the data set is there."""
        self.data.prepare_data()

    def write(self, training: Training, path: Path) -> str:
        """Write the model as it is evaluated, in half precision; the hash is the one that files name."""
        config, task = training.config, training.task
        network = final_network(task)
        card = card_of(training)
        return save_model(path, config["name"], config["model"], network, task.integer_coders(), card).hash

    def evaluate(self, path: Path) -> None:
        """Code all images with the model that the file holds, and decode them."""
        exported = load_model(path, SymbolModelKind.STATIC)
        network, (coder,), frequencies = exported.network, exported.coders, exported.coders[0].frequencies
        assert frequencies is not None, "static coders have tables"
        network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        (bottleneck,) = network.bottlenecks
        alphabet = bottleneck.quantizer.alphabet
        labelled, dataset = read_split(self.data, self.split)
        images = labelled.images

        symbols, soft = self._assign(network, images)
        data = coder.encode(symbols)
        decoded = coder.decode(data, symbols.shape)
        codes = CodeFile(bytes.fromhex(exported.description.hash), (Codes(alphabet, symbols),)).to_bytes()
        write_bytes_atomic(path.with_suffix(CODES), codes)
        counts = np.bincount(symbols.ravel())
        groups = code_statistics(torch.from_numpy(symbols).flatten(1), alphabet)
        result = CodedImagesResult(
            schema=CODED_IMAGES,
            environment=record_environment(),
            model=exported.description.hash,
            dataset=dataset,
            images=len(images),
            pixels=prod(images.shape[2:]),
            downsampling=network.stride,
            channels=bottleneck.channels,
            dimension=bottleneck.partition.dimension(bottleneck.channels) // prod(bottleneck.quantizer.symbol_shape),
            centers=max(alphabet),
            symbols=symbols.size // len(images),
            used=int((counts > 0).sum()),
            squared_error=self._squared_error(network, images, decoded),
            cross_entropy=coder.bits(symbols) / symbols.size,
            soft_cross_entropy=None if soft is None else soft_cross_entropy(soft.double().numpy(), frequencies),
            entropy=float(plug_in_entropy(torch.from_numpy(counts))),
            group_entropy=float(groups.entropy.mean()),
            coded_bytes=len(data),
            single_bytes=sum(len(coder.encode(symbols[:, i])) for i in range(len(images))),
            file_bytes=len(codes),
        )
        save(path.with_name(EVALUATION), result)
        write_bytes_atomic(path.with_name(TABLES), summary(result).encode())

    def _batches(self, images: Tensor, what: str) -> Iterator[Tensor]:
        yield from track(images.split(self.batch_size), what, transient=True)

    @torch.inference_mode()
    def _assign(self, network: ImageAutoencoder, images: Tensor) -> tuple[NDArray[np.int64], Tensor | None]:
        """Symbols (groups, images, rows, columns, ...), and the mean soft assignment (groups, max alphabet) if any.

        It is that at the hardness with which the quantizer is built.
        """
        (bottleneck,) = network.bottlenecks
        quantizer, partition = bottleneck.quantizer, bottleneck.partition
        found: list[Tensor] = []
        soft: list[Tensor] = []
        for batch in self._batches(images, "symbols"):
            (z,) = network.features((batch.float() / 255).to(memory_format=torch.channels_last))
            quantized = quantizer(partition.cut(z))
            layout = (*partition.grid(tuple(z.shape)), *quantizer.symbol_shape)
            found.append(quantized.symbols.reshape(len(quantized.symbols), *layout))
            if quantized.soft_histogram is not None:
                soft.append(quantized.soft_histogram * (len(batch) / len(images)))
        return torch.cat(found, dim=1).numpy(), torch.stack(soft).sum(0) if soft else None

    @torch.inference_mode()
    def _squared_error(self, network: ImageAutoencoder, images: Tensor, symbols: NDArray[np.int64]) -> float:
        """Of the 8-bit images that the symbols decode to."""
        squared, start = 0.0, 0
        for batch in self._batches(images, "images"):
            own = torch.from_numpy(symbols[:, start : start + len(batch)]).flatten(1, 3)
            start += len(batch)
            x_hat = network.reconstruct((own,), tuple(batch.shape))
            pixels = (x_hat.clamp(0, 1) * 255).round().double()
            squared += ((pixels - batch.double()) / 255).square().sum().item()
        return squared / images.numel()


def soft_cross_entropy(soft: NDArray[np.float64], frequencies: NDArray[np.int64]) -> float:
    """Bits a symbol of mean soft assignments (groups, L) under integer tables (groups, L), mean over the groups."""
    prices = PRECISION - np.log2(frequencies, where=frequencies > 0, out=np.full(frequencies.shape, float(PRECISION)))
    return float((soft * prices).sum(1).mean())


def summary(result: CodedImagesResult) -> str:
    """Table of one result."""
    soft = result.soft_cross_entropy
    cells = {
        "bpp (estimated)": f"{result.estimated_bpp:.4f}",
        "bpp (coded)": f"{result.coded_bpp:.4f}",
        "bpp (coded, each image by itself)": f"{result.single_bpp:.4f}",
        "cross-entropy": f"{result.cross_entropy:.4f}",
        "soft cross-entropy": "n/a" if soft is None else f"{soft:.4f}",
        "entropy": f"{result.entropy:.4f}",
        "squared error": f"{result.squared_error:.5f}",
        "PSNR dB": f"{result.psnr:.2f}",
    }
    return markdown(tuple(cells), [tuple(cells.values())])
