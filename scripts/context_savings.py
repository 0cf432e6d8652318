"""Measure what contexts save against static tables.

    python scripts/context_savings.py network.cmpw outputs/ltc_vector/*/ltc_vector.codes
    python scripts/context_savings.py --model outputs/run/run.cmpw --codes outputs/ltc/ltc.cmpw pictures/
    python scripts/context_savings.py ... --output results/context_savings.json       the table in the documentation

Pictures are coded with every shipped model and each --model, one file a picture. With --codes, all pictures of a folder
become one file of codes; they are of one size. Weight files and files of codes are coded anew, with the symbols that
they hold.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from compressible.bitstream import BitstreamError, Container, ImageHeader, PayloadKind, SymbolModelKind
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.codecs import zoo
from compressible.codecs.description import ModelFileError
from compressible.codecs.exported import ExportedModel, load_model
from compressible.codecs.learned import LearnedCodec
from compressible.images import ImageError, list_images, read_image
from compressible.reports.context_savings import SCHEMA, Coded, ContextSavings, Saving, savings_table
from compressible.reports.environment import record_dataset, record_environment
from compressible.reports.ltc_table import read_entry
from compressible.reports.schema import save

WAYS = (SymbolModelKind.STATIC, SymbolModelKind.CONTEXT)
STREAM_CODERS = {SymbolModelKind.STATIC: CoderKind.RANGE, SymbolModelKind.CONTEXT: CoderKind.CONTEXT}


@dataclass(frozen=True)
class Source:
    """The symbols of one file.

    Attributes:
        symbols: how many there are.
        write: makes the file, in either way.
        read: reads it, whichever way it was made, and checks the symbols.
    """

    symbols: int
    write: Callable[[SymbolModelKind], bytes]
    read: Callable[[bytes], object]


def compare(name: str, dimension: int | None, kind: PayloadKind, sources: Sequence[Source]) -> Saving:
    """Write and read all sources in both ways; the first one once untimed."""
    static, context = (code_all(sources, way) for way in WAYS)
    symbols = sum(source.symbols for source in sources)
    return Saving(name, kind.name.lower(), dimension, len(sources), symbols, static, context)


def code_all(sources: Sequence[Source], way: SymbolModelKind) -> Coded:
    """Write and read all sources in one way."""
    sources[0].read(sources[0].write(way))
    sizes, written, read = [], [], []
    for source in sources:
        start = perf_counter()
        data = source.write(way)
        middle = perf_counter()
        source.read(data)
        read.append(perf_counter() - middle)
        written.append(middle - start)
        sizes.append(len(data))
    return Coded(sum(sizes), round(median(written), 6), round(median(read), 6))


def of_pictures(name: str, files: Sequence[Path]) -> Saving:
    """Each picture a file of the model."""
    models = {way: load_model(zoo.find(name), way) for way in WAYS}
    codecs = {way: LearnedCodec(model) for way, model in models.items()}
    sources = [picture_source(codecs, read_image(file).pixels) for file in files]
    model = models[SymbolModelKind.STATIC]
    return compare(model.description.name, dimension(model), PayloadKind.IMAGE, sources)


def picture_source(codecs: dict[SymbolModelKind, LearnedCodec], pixels: np.ndarray) -> Source:
    """The symbols that a model gives a picture."""
    header, symbols = ImageHeader(pixels.shape[1], pixels.shape[0]), codecs[SymbolModelKind.STATIC].symbols(pixels)
    return Source(
        symbols=sum(band.size for band in symbols),
        write=lambda way: codecs[way].write(header, symbols),
        read=codecs[SymbolModelKind.STATIC].read,
    )


def of_data_set(name: str, folder: Path) -> Saving:
    """All pictures of a folder, of one size, as one file of codes. Raises ``ValueError`` if they are of several."""
    model = load_model(zoo.find(name))
    codec = LearnedCodec(model)
    items = [np.concatenate(codec.symbols(read_image(file).pixels), axis=1) for file in list_images(folder)]
    if len({item.shape for item in items}) > 1:
        raise ValueError(f"the pictures of {folder} are of several sizes")
    file = CodeFile(bytes.fromhex(model.description.hash), (Codes(codec.alphabet, np.stack(items, axis=1)),))
    return compare(f"{model.description.name}, {folder.name}", dimension(model), PayloadKind.CODES, [code_source(file)])


def of_file(path: Path) -> Saving:
    """A weight file or a file of codes. Raises ``BitstreamError`` if it is neither."""
    data = path.read_bytes()
    kind = Container.from_bytes(data).kind
    if kind is PayloadKind.CODES:
        return compare(*origin(path), kind, [code_source(CodeFile.from_bytes(data))])
    return compare(path.name, 1, PayloadKind.WEIGHTS, [weight_source(data)])


def origin(codes: Path) -> tuple[str, int | None]:
    """What a file of codes is called in tables, and the numbers that a symbol stands for, if its run tells."""
    try:
        entry = read_entry(codes.parent)
    except (OSError, ValueError):
        return codes.name, None
    return f"LTC, {entry.form.label}, k = {entry.result.centers}, alpha = {entry.alpha:g}", entry.result.dimension


def code_source(file: CodeFile) -> Source:
    """The symbols of a file of codes."""
    return Source(sum(level.symbols.size for level in file.levels), file.to_bytes, CodeFile.from_bytes)


def weight_source(data: bytes) -> Source:
    """The symbols of a weight file."""
    file = decode_weights(data)

    def write(way: SymbolModelKind) -> bytes:
        streams = tuple(replace(stream, coder=STREAM_CODERS[way]) for stream in file.streams)
        return encode_weights(replace(file, streams=streams))

    symbols = sum(file.symbols_of(stream).size for stream in range(len(file.streams)))
    return Source(symbols, write, decode_weights)


def dimension(model: ExportedModel) -> int:
    """Features that a symbol stands for."""
    (bottleneck,) = model.network.bottlenecks
    return bottleneck.partition.dimension(bottleneck.channels) // prod(bottleneck.quantizer.symbol_shape)


def measure(arguments: argparse.Namespace, pictures: Sequence[Path]) -> Iterator[Saving]:
    for name in [*(description.name for description in zoo.shipped()), *arguments.model]:
        yield of_pictures(name, pictures)
    for name, folder in arguments.codes:
        yield of_data_set(name, Path(folder))
    for file in arguments.files:
        yield of_file(file)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="weight files and files of codes")
    parser.add_argument("--pictures", type=Path, default=Path("data/kodak"), help="folder of pictures")
    parser.add_argument("--model", action="append", default=[], help="another exported image model")
    parser.add_argument("--codes", nargs=2, action="append", default=[], metavar=("MODEL", "FOLDER"))
    parser.add_argument("--output", type=Path, help="file for the JSON")
    arguments = parser.parse_args(argv)
    try:
        pictures = list_images(arguments.pictures)
        environment, dataset = record_environment(), record_dataset(arguments.pictures.resolve().name, pictures)
        savings = tuple(measure(arguments, pictures))
    except (BitstreamError, ImageError, ModelFileError, OSError, ValueError) as error:
        parser.error(str(error))
    if arguments.output is not None:
        save(arguments.output, ContextSavings(SCHEMA, environment, dataset, savings))
    print(savings_table(savings))


if __name__ == "__main__":
    main()
