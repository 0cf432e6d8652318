import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import compressible
from compressible.bitstream import BitstreamError, Container, SymbolModelKind, static_coder
from compressible.bitstream.image_header import MAX_PIXELS, ImageHeader
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.bitstream.weights import WeightFile
from compressible.codecs import bands, zoo
from compressible.codecs.description import TENSOR, Card, ModelFileError, UnknownModelError, read_description
from compressible.codecs.exported import load_model, model_hash, save_model
from compressible.codecs.learned import LearnedCodec
from compressible.rates import ContextCoder, UniformCoder
from compressible.weights.on_grid import quantize_tensors
from compressible.weights.state import state_of, tensors_of
from tiny_model import NODE, export_tiny, noise, tiny_codec, tiny_model

ENTROPIES = (SymbolModelKind.STATIC, SymbolModelKind.CONTEXT)
Tensors = dict[str, torch.Tensor]
Plain = dict[str, Any]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_tiny(tmp_path_factory.mktemp("model") / "tiny.cmpw")


@pytest.fixture(scope="module", params=ENTROPIES)
def codec(path: Path, request: pytest.FixtureRequest) -> LearnedCodec:
    return tiny_codec(path, request.param)


def rewrite(path: Path, target: Path, change: Callable[[Plain, Tensors], None], *, rehash: bool = True) -> Path:
    """A copy of a model file with changed contents, and by default a hash that fits them."""
    tensors = state_of(decode_weights(path.read_bytes()))
    plain = json.loads(tensors.pop(TENSOR).numpy().tobytes())
    change(plain, tensors)
    if rehash:
        decoding = {key: value for key, value in tensors.items() if not key.startswith("model.encoder.")}
        plain["hash"] = model_hash(plain["model"], decoding)
        plain["checksum"] = model_hash(plain["model"], tensors)
    tensors[TENSOR] = torch.frombuffer(bytearray(json.dumps(plain).encode()), dtype=torch.uint8)
    target.write_bytes(encode_weights(WeightFile(tensors_of(tensors))))
    return target


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (7, 9), (16, 16), (17, 33), (64, 48)])
def test_any_size_comes_back(codec: LearnedCodec, size: tuple[int, int]) -> None:
    data = codec.encode(noise(*size))
    assert codec.decode(data).shape == (*size, 3)
    assert codec.encode(noise(*size)) == data


@pytest.mark.filterwarnings("error")
def test_a_picture_that_may_not_be_written_to_is_coded_without_a_warning(codec: LearnedCodec) -> None:
    """As those that a file reader hands out; one that fits the model's stride is not padded, that is, copied."""
    image = noise(64, 48)
    data = codec.encode(image)
    image.setflags(write=False)
    assert codec.encode(image) == data


def test_a_file_decodes_to_what_the_network_makes_of_the_padded_picture(path: Path, codec: LearnedCodec) -> None:
    image = noise(45, 70)
    padded = np.pad(image, ((0, 3), (0, 10), (0, 0)), mode="reflect")
    network = load_model(path).network
    with torch.inference_mode():
        x = torch.from_numpy(padded).permute(2, 0, 1)[None].float() / 255
        x_hat = network.reconstruct(network.symbols(x), tuple(x.shape))[0]
    expected = (x_hat.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()[:45, :70]
    assert expected.std() > 10
    np.testing.assert_array_equal(codec.decode(codec.encode(image)), expected)


@pytest.mark.parametrize("height", [400, 397, 33])
def test_bands_give_what_the_whole_picture_gives(
    codec: LearnedCodec, monkeypatch: pytest.MonkeyPatch, height: int
) -> None:
    image = noise(height, 50)
    whole_data = codec.encode(image)
    (whole_symbols,) = codec.symbols(image)
    whole = codec.decode(whole_data)
    monkeypatch.setattr(bands, "PIXELS_PER_BAND", 64 * 32)
    data = codec.encode(image)
    assert len(Container.from_bytes(data).chunks) == -(-height // 32)
    np.testing.assert_array_equal(np.concatenate(codec.symbols(image), axis=1), whole_symbols)
    # Convolutions of other shapes may add up in another order.
    assert np.abs(codec.decode(data).astype(int) - whole).max() <= 1
    with pytest.raises(BitstreamError, match="chunks"):
        codec.decode(whole_data)


def test_without_the_margin_bands_would_show(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codec = tiny_codec(path)
    (whole,) = codec.symbols(noise(400, 50))
    monkeypatch.setattr(bands, "PIXELS_PER_BAND", 64 * 32)
    codec._network.halo = 0
    assert (np.concatenate(codec.symbols(noise(400, 50)), axis=1) != whole).any()


def test_the_network_never_sees_more_than_a_band_and_its_margins(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codec = tiny_codec(path)
    seen: list[int] = []
    symbols = codec._network.symbols
    monkeypatch.setattr(codec._network, "symbols", lambda x: seen.append(x.shape[2]) or symbols(x))
    monkeypatch.setattr(bands, "PIXELS_PER_BAND", 64 * 32)
    codec.encode(noise(800, 50))
    assert len(seen) == 25
    # The halo of 5 features is 6 in whole patches, of 8 pixels each.
    assert max(seen) == 32 + 2 * 6 * 8


def test_the_header_costs_little(codec: LearnedCodec) -> None:
    data = codec.encode(noise(64, 64))
    assert len(data) - codec.sizes(data).coded <= 64


def test_the_three_sizes_agree(codec: LearnedCodec) -> None:
    data = codec.encode(noise(300, 400))
    sizes = codec.sizes(data)
    assert sizes.file == len(data)
    assert abs(8 * sizes.coded - sizes.estimated) <= 0.001 * sizes.estimated + 64


def test_files_say_how_they_are_coded_and_any_codec_of_the_model_reads_them(path: Path) -> None:
    image = noise(50, 90)
    codecs = [tiny_codec(path, entropy) for entropy in ENTROPIES]
    files = [codec.encode(image) for codec in codecs]
    assert [Container.from_bytes(data).symbol_model for data in files] == list(ENTROPIES)
    decoded = [codec.decode(data) for codec in codecs for data in files]
    assert all(np.array_equal(picture, decoded[0]) for picture in decoded)
    assert [codecs[0].sizes(data) for data in files] == [codecs[1].sizes(data) for data in files]
    assert [codec.details["entropy"] for codec in codecs] == ["static", "context"]


def test_a_static_file_is_the_range_code_of_the_stored_tables(path: Path) -> None:
    """So files from before there were contexts are read."""
    codec, image = tiny_codec(path, SymbolModelKind.STATIC), noise(50, 90)
    tables = decode_weights(path.read_bytes()).arrays()["tables.0"]
    (symbols,) = codec.symbols(image)
    (chunk,) = Container.from_bytes(codec.encode(image)).chunks
    assert chunk == static_coder.encode(symbols.reshape(len(symbols), -1), tables)


def test_a_model_is_stored_with_the_tables_of_any_coder_that_has_some(path: Path, tmp_path: Path) -> None:
    network, coder = tiny_model(seed=0)
    alphabet = network.bottleneck.quantizer.alphabet
    tables = []
    for other in (coder, ContextCoder(alphabet, coder.frequencies)):
        save_model(tmp_path / "tiny.cmpw", "tiny", NODE, network, (other,), Card(title=""))
        tables.append(decode_weights((tmp_path / "tiny.cmpw").read_bytes()).arrays()["tables.0"])
    assert np.array_equal(*tables)
    for other in (UniformCoder(alphabet), ContextCoder(alphabet)):
        with pytest.raises(ValueError, match="coder has none"):
            save_model(tmp_path / "other.cmpw", "tiny", NODE, network, (other,), Card(title=""))
    assert not (tmp_path / "other.cmpw").exists()


SCRIPT = """
import sys
from hashlib import sha256
from pathlib import Path
from compressible.bitstream import Container, SymbolModelKind
from compressible.codecs.exported import load_model
from compressible.codecs.learned import LearnedCodec
for name in ("STATIC", "CONTEXT"):
    codec = LearnedCodec(load_model(Path(sys.argv[1]), SymbolModelKind[name]))
    data = Path(sys.argv[2], name).read_bytes()
    header, symbols = codec.read(data)
    assert codec.write(header, symbols) == data
    print(sha256(b"".join(band.astype("<i8").tobytes() for band in symbols)).hexdigest())
"""


def test_another_process_with_other_threads_reads_the_same_symbols_and_writes_the_same_file(
    path: Path, tmp_path: Path
) -> None:
    expected = []
    for entropy in ENTROPIES:
        codec = tiny_codec(path, entropy)
        symbols = codec.symbols(noise(200, 300))
        (tmp_path / entropy.name).write_bytes(codec.write(ImageHeader(width=300, height=200), symbols))
        expected.append(sha256(b"".join(band.astype("<i8").tobytes() for band in symbols)).hexdigest())
    for threads in ("1", "2"):
        run = [sys.executable, "-c", SCRIPT, str(path), str(tmp_path)]
        settings = {f"{name}_NUM_THREADS": threads for name in ("OMP", "MKL", "NUMBA")}
        done = subprocess.run(run, capture_output=True, text=True, check=False, env=os.environ | settings)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == expected


def test_a_file_of_another_model_is_refused(codec: LearnedCodec, tmp_path: Path) -> None:
    other = tiny_codec(export_tiny(tmp_path / "other.cmpw", seed=1))
    with pytest.raises(BitstreamError, match="was written by model"):
        codec.decode(other.encode(noise(20, 20)))


def test_a_retrained_encoder_writes_files_of_the_same_model(path: Path, codec: LearnedCodec, tmp_path: Path) -> None:
    def sharpen(plain: Plain, tensors: Tensors) -> None:
        tensors["model.encoder.0.weight"] *= 2

    other = tiny_codec(rewrite(path, tmp_path / "other.cmpw", sharpen))
    data = other.encode(noise(32, 32))
    assert data != codec.encode(noise(32, 32))
    np.testing.assert_array_equal(codec.decode(data), other.decode(data))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (2**14, MAX_PIXELS // 2**14 + 1, 3)),
    ],
)
def test_what_is_no_picture_is_refused(codec: LearnedCodec, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="image"):
        codec.encode(image)


def test_the_python_interface(path: Path) -> None:
    codec = compressible.load(str(path))
    picture = codec.decode(codec.encode(noise(30, 20)))
    assert picture.shape == (30, 20, 3)
    assert picture.dtype == np.uint8
    static = compressible.load(str(path), entropy="static").encode(noise(30, 20))
    assert Container.from_bytes(static).symbol_model is SymbolModelKind.STATIC
    np.testing.assert_array_equal(codec.decode(static), picture)
    with pytest.raises(UnknownModelError, match="no model 'nothing'"):
        compressible.load("nothing")
    with pytest.raises(ValueError, match="static or context, got zip"):
        compressible.load(str(path), entropy="zip")  # pyright: ignore[reportArgumentType]


def test_a_model_that_is_exported_anew_is_read_anew(tmp_path: Path) -> None:
    path = export_tiny(tmp_path / "model.cmpw", seed=1)
    before = compressible.load(str(path)).details
    export_tiny(path, seed=2)
    assert compressible.load(str(path)).details != before


def test_shipped_models_are_found_by_name_and_by_the_hash_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed, name in enumerate(["msssim-10", "msssim-2", "mse-1", "msssim-1"]):
        export_tiny(tmp_path / f"{name}.cmpw", seed)
    monkeypatch.setattr(zoo, "ZOO", tmp_path)
    assert [d.name for d in zoo.shipped()] == ["mse-1", "msssim-1", "msssim-2", "msssim-10"]
    assert [d.name for d in zoo.qualities()] == ["msssim-1", "msssim-2", "msssim-10"]
    container = Container.from_bytes(compressible.load("msssim-2").encode(noise(8, 8)))
    assert zoo.load_for(container) is compressible.load("msssim-2")
    with pytest.raises(BitstreamError, match="no shipped model"):
        zoo.load_for(replace(container, model=bytes(8)))
    (tmp_path / "folder").mkdir()
    for name in ("msssim-3", "folder/../msssim-2", "", "folder"):
        with pytest.raises(UnknownModelError, match="shipped are mse-1, msssim-1, msssim-2, msssim-10"):
            zoo.find(name)


def test_models_ship_under_the_names_that_they_carry() -> None:
    for file in zoo.ZOO.glob("*.cmpw"):
        assert read_description(file).name == file.stem


def test_damaged_model_files_are_refused(path: Path, tmp_path: Path) -> None:
    """The description is refused as well: it never tells the name of a file that cannot be loaded."""
    target = tmp_path / "model.cmpw"
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for i in range(200):
        data = bytearray(whole)
        match i % 3:
            case 0:
                data[rng.integers(len(data))] ^= 1 << rng.integers(8)
            case 1:
                del data[rng.integers(len(data)) :]
            case _:
                start = rng.integers(len(data) - 4)
                data[start : start + 4] = bytes(255 - byte for byte in data[start : start + 4])
        target.write_bytes(data)
        for read in (load_model, read_description):
            with pytest.raises(ModelFileError) as caught:
                read(target)
            assert str(caught.value).startswith(f"{target} is not a model exported by compressible: ")
            assert "\n" not in str(caught.value)


def test_networks_and_pictures_are_no_models(codec: LearnedCodec, tmp_path: Path) -> None:
    network = encode_weights(WeightFile(tensors_of({"weight": torch.zeros(3)})))
    for name, data, message in (
        ("network.cmpw", network, "no plain tensor 'description'"),
        ("photo.cmpr", codec.encode(noise(8, 8)), "holds an image, not weights"),
    ):
        target = tmp_path / name
        target.write_bytes(data)
        for read in (load_model, read_description):
            with pytest.raises(ModelFileError, match=message):
                read(target)
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_description(tmp_path)


def test_a_model_comes_back_as_it_was_evaluated(path: Path) -> None:
    """Half precision but for the centers, and the tables' integers, to the bit."""
    network, coder = tiny_model(seed=0)
    loaded = load_model(path)
    state = loaded.network.state_dict()
    for key, value in network.state_dict().items():
        expected = (
            value if "quantizer" in key else torch.from_numpy(value.numpy().astype(np.float16).astype(np.float32))
        )
        assert torch.equal(state[key], expected), key
    np.testing.assert_array_equal(loaded.coders[0].frequencies, coder.frequencies)
    stored = decode_weights(path.read_bytes()).arrays()
    assert stored["model.encoder.0.weight"].dtype == np.float16
    assert stored["tables.0"].dtype == np.int32


def test_a_quantized_model_is_what_its_file_decodes_to(path: Path, tmp_path: Path) -> None:
    """A step that is a power of two, so that its multiples are exact in half precision too."""
    key, target = "decoder.0.weight", tmp_path / "small.cmpw"
    export_tiny(target, store=lambda tensors: quantize_tensors(tensors, {f"model.{key}": 2.0**-4}))
    before, after = load_model(path), load_model(target)
    kernels = [model.network.state_dict()[key] for model in (before, after)]
    assert torch.equal(kernels[1] * 16, (kernels[1] * 16).round())
    assert 0 < (kernels[0] - kernels[1]).abs().max() < 2 * 2.0**-4
    assert target.stat().st_size < path.stat().st_size
    np.testing.assert_array_equal(after.coders[0].frequencies, before.coders[0].frequencies)

    tensors = {k: v for k, v in state_of(decode_weights(target.read_bytes())).items() if k != TENSOR}
    assert after.description.checksum == model_hash(NODE, tensors) != before.description.checksum
    assert after.description.hash != before.description.hash
    with pytest.raises(BitstreamError, match="was written by model"):
        tiny_codec(target).decode(tiny_codec(path).encode(noise(8, 8)))


def test_a_changed_decoder_or_table_is_noticed(path: Path, tmp_path: Path) -> None:
    def change(plain: Plain, tensors: Tensors) -> None:
        tensors["model.decoder.0.weight"][0, 0, 0, 0] += 0.01

    with pytest.raises(ModelFileError, match="hash"):
        load_model(rewrite(path, tmp_path / "model.cmpw", change, rehash=False))


def test_a_changed_encoder_weight_is_noticed(path: Path, tmp_path: Path) -> None:
    """Files would still decode, so the hash in files does not cover it; pictures would silently be encoded badly."""

    def change(plain: Plain, tensors: Tensors) -> None:
        tensors["model.encoder.0.weight"][0, 0, 0, 0] += 1

    with pytest.raises(ModelFileError, match="damaged"):
        load_model(rewrite(path, tmp_path / "model.cmpw", change, rehash=False))


@pytest.mark.parametrize("data", [b"", b"\x08\0\0\0\0\0\0\0{}      ", pickle.dumps({"a": 1}), b"\xff" * 100])
def test_what_is_no_model_file_is_refused(tmp_path: Path, data: bytes) -> None:
    target = tmp_path / "model.cmpw"
    target.write_bytes(data)
    for read in (load_model, read_description):
        with pytest.raises(ModelFileError, match="is not a model exported by compressible: the file"):
            read(target)


def set_target(*keys: str, to: Any) -> Callable[[Plain, Tensors], None]:
    def change(plain: Plain, tensors: Tensors) -> None:
        node = plain
        for key in keys[:-1]:
            node = node[key]
        node[keys[-1]] = to

    return change


def put(key: str, value: torch.Tensor) -> Callable[[Plain, Tensors], None]:
    def change(plain: Plain, tensors: Tensors) -> None:
        tensors[key] = value

    return change


def drop(key: str) -> Callable[[Plain, Tensors], None]:
    def change(plain: Plain, tensors: Tensors) -> None:
        del tensors[key]

    return change


SAVE = {"_target_": "compressible.reports.schema.save", "path": "pwned", "record": "x"}
ODD = {
    "a program": set_target("model", to={"_target_": "os.system", "command": "touch pwned"}),
    "a function that writes files": set_target("model", to=SAVE),
    "the same inside": set_target("model", "bottleneck", "partition", to=SAVE),
    "training": set_target("model", to={"_target_": "compressible.training.train", "config": {}, "folder": "pwned"}),
    "another class": set_target("model", to={"_target_": "compressible.partitions.Positions"}),
    "no class": set_target("model", to={}),
    "no name": set_target("model", "_target_", to=5),
    "no partition": set_target("model", "bottleneck", "partition", to=5),
    "absurd sides": set_target("model", "bottleneck", "partition", "width", to=0),
    "misspelt": set_target("model", "chanels", to=6),
    "other widths": set_target("model", "widths", to=[8, 16]),
    "too large": set_target("model", "channels", to=2**40),
    "no list": set_target("model", to=[]),
    "deep": set_target("model", to=json.loads("[" * 400 + "]" * 400)),
    "a later format": set_target("format", to=2),
    "a card without a title": set_target("card", to={}),
    "a card of another type": set_target("card", "beta", to="0.1"),
    "a name that is none": set_target("name", to=["tiny"]),
    "an unknown field": set_target("extra", to=1),
    "a table that is missing": drop("tables.0"),
    "a table of other alphabets": put("tables.0", torch.tensor([[2**19, 2**19]] * 6, dtype=torch.int32)),
    "a table that does not add up": put("tables.0", torch.ones(6, 24, dtype=torch.int32)),
    "a table of fractions": put("tables.0", torch.full((6, 24), 2**20 / 24)),
    "a tensor that is missing": drop("model.decoder.0.bias"),
    "a tensor too many": put("model.x", torch.zeros(1)),
    "a tensor of another shape": put("model.decoder.0.bias", torch.zeros(13)),
    "an unusual type": put("y", torch.zeros(1, dtype=torch.bfloat16)),
}


@pytest.mark.parametrize("name", ODD)
def test_a_forged_model_file_is_refused_in_a_sentence(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    # numpy, and with it the hash, knows no bfloat16.
    target = rewrite(path, tmp_path / "model.cmpw", ODD[name], rehash=name != "an unusual type")
    with pytest.raises(ModelFileError) as caught:
        load_model(target)
    assert str(target) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not Path("pwned").exists()


@pytest.mark.parametrize("digits", ["", "xyz", "0" * 15, "G" * 16])
def test_a_hash_that_is_none_is_refused(path: Path, tmp_path: Path, digits: str) -> None:
    target = rewrite(path, tmp_path / "model.cmpw", set_target("hash", to=digits), rehash=False)
    with pytest.raises(ModelFileError):
        read_description(target)


def test_the_description_survives(path: Path) -> None:
    description = read_description(path)
    assert description.model == NODE
    assert description.card == Card(
        title="a tiny model", training_data="noise", licence="none", distortion="none", beta=0.1
    )
    assert load_model(path).description == description
