"""Whole pictures to bytes and back: each shipped model, and CompressAI's factorised prior where it is installed.

    turn: model 1 encode, decode; model 2 encode, decode; ...; CompressAI compress, decompress

Files are those of ``--entropy static``: what contexts take beside is in results/context_savings.json.
Network and coder are timed where they are called, inside the same encoding and decoding whose total is reported.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import skimage.data
import torch

from benchmarks.measure import Stopwatch, Summary, summarise
from compressible.bitstream import SymbolModelKind
from compressible.codecs import zoo
from compressible.codecs.exported import ExportedModel, load_model
from compressible.codecs.learned import LearnedCodec
from compressible.images import read_image

KODAK = Path(__file__).resolve().parents[2] / "data" / "kodak" / "kodim01.png"
HEIGHT, WIDTH = 512, 768
QUICK_HEIGHT, QUICK_WIDTH = 128, 192
NOT_INSTALLED = "not installed"


@dataclass(frozen=True)
class ImageTimes:
    """Seconds of one codec on one picture.

    Attributes:
        codec: its name.
        bytes: size of what it wrote.
        encode_seconds: ``total``, and of it ``network`` and ``coder`` where they can be told apart.
        decode_seconds: the same.
    """

    codec: str
    bytes: int
    encode_seconds: Mapping[str, Summary]
    decode_seconds: Mapping[str, Summary]


@dataclass(frozen=True)
class WholeImage:
    """All codecs on one picture.

    Attributes:
        picture: which.
        height: of it, in pixels.
        width: of it, in pixels.
        compressai: version of CompressAI, or ``not installed``. Its weights are random.
        codecs: the shipped models, and CompressAI last.
    """

    picture: str
    height: int
    width: int
    compressai: str
    codecs: tuple[ImageTimes, ...]


@dataclass(frozen=True)
class Subject:
    """A codec under measurement.

    Attributes:
        name: of the codec.
        encode: picture to encoded form.
        decode: encoded form to picture.
        size: bytes of an encoded form.
        parts: stopwatches that run inside.
    """

    name: str
    encode: Callable[[np.ndarray], Any]
    decode: Callable[[Any], np.ndarray]
    size: Callable[[Any], int]
    parts: Mapping[str, Stopwatch]


def benchmark(quick: bool) -> WholeImage:
    """Measure all codecs in turns."""
    picture, image = kodak_size()
    if quick:
        image = np.ascontiguousarray(image[:QUICK_HEIGHT, :QUICK_WIDTH])
    names = [description.name for description in zoo.shipped()]
    subjects = [model(load_model(zoo.find(name), SymbolModelKind.STATIC)) for name in names]
    version = compressai_version()
    if version != NOT_INSTALLED:
        subjects.append(compressai())
    times = measure(subjects, image, repetitions=2 if quick else 15, warm_up=1 if quick else 2)
    return WholeImage(picture, image.shape[0], image.shape[1], version, times)


def kodak_size() -> tuple[str, np.ndarray]:
    """Name and pixels of a picture of 768 x 512: Kodak's first if it is there."""
    if KODAK.exists():
        return KODAK.name, read_image(KODAK).pixels
    tiled = np.tile(skimage.data.astronaut(), (1, 2, 1))
    return "astronaut, tiled", np.ascontiguousarray(tiled[:HEIGHT, :WIDTH])


def measure(subjects: list[Subject], image: np.ndarray, repetitions: int, warm_up: int) -> tuple[ImageTimes, ...]:
    """Encode and decode ``image`` with each codec, turn by turn."""
    samples: dict[tuple[str, str, str], list[float]] = {}
    sizes: dict[str, int] = {}
    for turn in range(warm_up + repetitions):
        for subject in subjects:
            encoded, encoding = timed(subject, lambda: subject.encode(image))  # noqa: B023 (called at once)
            decoded, decoding = timed(subject, lambda: subject.decode(encoded))  # noqa: B023
            if decoded.shape != image.shape:
                raise AssertionError(f"{subject.name} gave back another size")
            sizes[subject.name] = subject.size(encoded)
            for way, parts in (("encode", encoding), ("decode", decoding)):
                for part, seconds in parts.items():
                    if turn >= warm_up:
                        samples.setdefault((subject.name, way, part), []).append(seconds)

    def summaries(name: str, way: str) -> dict[str, Summary]:
        return {key[2]: summarise(values) for key, values in samples.items() if key[:2] == (name, way)}

    return tuple(
        ImageTimes(s.name, sizes[s.name], summaries(s.name, "encode"), summaries(s.name, "decode")) for s in subjects
    )


def timed(subject: Subject, call: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """The call's result, and its seconds in total and in each part."""
    start = perf_counter()
    result = call()
    total = perf_counter() - start
    return result, {"total": total} | {part: watch.lap() for part, watch in subject.parts.items()}


def model(exported: ExportedModel) -> Subject:
    """A learned codec whose network and coder are watched; ``exported`` is of no other use after."""
    network, coder = Stopwatch(), Stopwatch()
    for method in ("symbols", "reconstruct"):
        network.watch(exported.network, method)
    for part in exported.coders:
        for method in ("encode", "decode"):
            coder.watch(part, method)
    codec = LearnedCodec(exported)
    return Subject(codec.name, codec.encode, codec.decode, len, {"network": network, "coder": coder})


def compressai_version() -> str:
    """Version of CompressAI, or that there is none."""
    try:
        return metadata.version("compressai")
    except metadata.PackageNotFoundError:
        return NOT_INSTALLED


def compressai() -> Subject:
    """The factorised prior of Ballé et al. 2018 at quality 1, with random weights, from and to uint8 pictures."""
    network = importlib.import_module("compressai.zoo").bmshj2018_factorized(quality=1, pretrained=False).eval()
    network.update()

    @torch.inference_mode()
    def encode(image: np.ndarray) -> dict[str, Any]:
        return network.compress(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)

    @torch.inference_mode()
    def decode(encoded: dict[str, Any]) -> np.ndarray:
        x_hat = network.decompress(encoded["strings"], encoded["shape"])["x_hat"][0]
        return (x_hat.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()

    def size(encoded: dict[str, Any]) -> int:
        return sum(len(string) for strings in encoded["strings"] for string in strings)

    return Subject("compressai bmshj2018_factorized 1, random weights", encode, decode, size, {})
