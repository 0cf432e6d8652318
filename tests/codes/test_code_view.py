"""Codes as another network's input: what is shown of them, and the file that keeps them."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from compressible.bitstream.code_file import CodeFile
from compressible.codes import CodeView, cache
from compressible.codes.bit_labels import labels_of
from compressible.data.paths import DataError
from mnist_files import digits
from vqvae_runs import write_run

OTHERS = {
    "soft_to_hard": ("quantizer=soft_to_hard", "quantizer.centers=13"),
    "residual": ("quantizer=residual", "quantizer.stages=2", "quantizer.quantizer.codes=4"),
    "depthwise": ("quantizer=depthwise", "quantizer.slices=2", "quantizer.quantizer.codes=4"),
    "scalar": ("quantizer=scalar", "quantizer.levels=5"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "vqvae")


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.from_numpy(digits(12)[0])[:, None]


def codebook(view: CodeView) -> Tensor:
    return view.trained.model.bottlenecks[0].quantizer.get_submodule("codebook").get_parameter("codes")[0].detach()


def test_codes_are_those_of_the_model_at_their_places(run: Path, images: Tensor) -> None:
    view = CodeView(str(run))
    kept = view.kept(images)
    assert (kept.dtype, kept.shape) == (torch.uint8, (12, 1, 7, 7))
    for image, codes in zip(images, kept, strict=True):
        (expected,) = view.trained.model.symbols(image[None].float() / 255)
        assert torch.equal(codes.flatten().long(), expected.flatten())
    assert len(kept.unique()) > 4
    assert view.bits(kept) == 4 * 49
    digest = hashlib.sha256((run / "vqvae_mnist.safetensors").read_bytes()).hexdigest()
    assert view.origin() == f"codes of {digest[:16]}"


@pytest.mark.parametrize("labels", ["natural", "gray", "sorted"])
def test_signs_are_the_bits_of_labels(labels: str, run: Path, images: Tensor) -> None:
    view = CodeView(str(run), "signs", labels)  # pyright: ignore[reportArgumentType]
    kept = view.kept(images)
    shown = view.shown(kept)
    assert (shown.dtype, shown.shape) == (torch.int8, (12, 4, 7, 7))
    table = labels_of(labels, codebook(view))  # pyright: ignore[reportArgumentType]
    for i, _, row, column in np.ndindex(12, 1, 7, 7):
        label = int(table[int(kept[i, 0, row, column])])
        assert shown[i, :, row, column].tolist() == [1 if bit == "1" else -1 for bit in f"{label:04b}"]


def test_one_hot_and_vectors_are_those_of_the_codes(run: Path, images: Tensor) -> None:
    hot, vectors = CodeView(str(run), "one_hot"), CodeView(str(run), "vectors")
    kept = hot.kept(images)
    shown = hot.shown(kept)
    assert (shown.dtype, shown.shape) == (torch.uint8, (12, 16, 7, 7))
    assert torch.equal(shown.argmax(1), kept[:, 0].long())
    assert (shown.sum(1) == 1).all()
    assert torch.equal(vectors.shown(kept).permute(0, 2, 3, 1), codebook(vectors)[kept[:, 0].long()])


def test_an_encoder_that_is_given_bytes_is_given_bytes_and_answers_otherwise(run: Path, images: Tensor) -> None:
    right, wrong = CodeView(str(run)), CodeView(str(run), pixels="bytes")
    seen: list[Tensor] = []
    model = wrong.trained.model
    model.get_submodule("encoder").register_forward_pre_hook(lambda _, args: seen.append(args[0].clone()))
    codes = wrong.kept(images)
    assert torch.equal(torch.cat(seen), images.float()), "0..255, from which nothing is taken"
    assert (codes != right.kept(images)).float().mean() > 0.05


@pytest.mark.parametrize("name", OTHERS)
def test_other_quantizers_need_no_other_code(name: str, images: Tensor, tmp_path: Path) -> None:
    view = CodeView(str(write_run(tmp_path / name, quantizer=OTHERS[name])))
    kept = view.kept(images)
    bits = {"soft_to_hard": 4, "residual": 4, "depthwise": 4, "scalar": 4 * 3}[name]
    assert view.shown(kept).shape == (12, bits, 7, 7)
    assert view.bits(kept) == bits * 49
    hot = CodeView(str(tmp_path / name), "one_hot")
    assert (hot.shown(kept).sum(1) == kept.shape[1]).all()
    vectors = CodeView(str(tmp_path / name), "vectors")
    model = vectors.trained.model
    symbols = model.symbols(images.float() / 255)
    with torch.no_grad():
        expected = model.bottlenecks[0].restore(symbols[0], (12, 4, 7, 7))
    assert torch.equal(vectors.shown(kept), expected)
    assert torch.equal(CodeView(str(tmp_path / name)).kept(images), kept), "as kept in the file"


def test_codes_are_computed_once(run: Path, images: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    first = CodeView(str(run)).kept(images)
    (path,) = (run / "codes").glob("*-unit.codes")
    file = CodeFile.from_bytes(path.read_bytes())
    assert file.model == hashlib.sha256((run / "vqvae_mnist.safetensors").read_bytes()).digest()[:8]
    assert file.items == 12

    def fail(*_: object) -> Tensor:
        raise AssertionError("they are there")

    monkeypatch.setattr(cache, "codes_of", fail)
    assert torch.equal(CodeView(str(run)).kept(images), first)
    for others in (images[:11], 255 - images):
        with pytest.raises(AssertionError, match="they are there"):
            CodeView(str(run)).kept(others)
    with pytest.raises(AssertionError, match="they are there"):
        CodeView(str(run), pixels="bytes").kept(images[:5])


def test_another_model_in_the_folder_makes_them_anew(images: Tensor, tmp_path: Path) -> None:
    before = CodeView(str(write_run(tmp_path / "run", seed=0))).kept(images)
    changed = CodeView(str(write_run(tmp_path / "run", seed=1)))
    after = changed.kept(images)
    assert not torch.equal(before, after)
    assert torch.equal(after.long(), cache.codes_of(changed.trained, images, "unit"))
    (path,) = (tmp_path / "run" / "codes").iterdir()
    assert CodeFile.from_bytes(path.read_bytes()).model == changed.trained.hash


def test_a_damaged_file_is_made_anew(images: Tensor, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    before = CodeView(str(run)).kept(images)
    (path,) = (run / "codes").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    assert torch.equal(CodeView(str(run)).kept(images), before)
    assert path.read_bytes() == whole


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"experiment=vqvae_mnist hydra\.run\.dir=") as caught:
        CodeView(str(tmp_path / "nowhere")).prepare()
    assert "\n" not in str(caught.value)
    run = write_run(tmp_path / "run")
    (run / "training.json").rename(run / "later.json")
    with pytest.raises(DataError, match="no finished run"):
        CodeView(str(run)).prepare()  # one that is trained anew, say with another step: its weights are the old ones
    (run / "later.json").rename(run / "training.json")
    write_run(tmp_path / "other", quantizer=OTHERS["residual"])
    (run / "config.yaml").write_text((tmp_path / "other" / "config.yaml").read_text())
    with pytest.raises(DataError, match="not those of its configuration") as caught:
        CodeView(str(run)).prepare()
    path = run / "vqvae_mnist.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="not those of its configuration"):
        CodeView(str(run)).prepare()
    with pytest.raises(ValueError, match="signs, one_hot, vectors"):
        CodeView(str(run), "hot")  # pyright: ignore[reportArgumentType]
