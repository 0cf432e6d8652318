import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifar_files import images, python2_batch, python3_batch
from compressible.data.cifar_pickles import read_batch
from compressible.data.paths import DataError


@pytest.mark.parametrize("write", [python2_batch, python3_batch])
def test_batches_of_both_pythons(write: Callable[[np.ndarray, list[int]], bytes], tmp_path: Path) -> None:
    """Against the pickle module and numpy themselves."""
    path = tmp_path / "batch"
    path.write_bytes(write(*images(5)))
    trusted = pickle.loads(path.read_bytes(), encoding="bytes")
    batch = read_batch(path)
    assert np.array_equal(batch.images.numpy(), trusted[b"data"].reshape(5, 3, 32, 32))
    assert batch.labels.tolist() == trusted[b"labels"]
    red, green, blue = trusted[b"data"][0].reshape(3, 1024)
    assert batch.images[0, :, 2, 5].tolist() == [plane[2 * 32 + 5] for plane in (red, green, blue)]


def test_columns_first_arrays_are_put_in_order(tmp_path: Path) -> None:
    pixels, labels = images(5)
    path = tmp_path / "batch"
    path.write_bytes(python3_batch(np.asfortranarray(pixels), labels))
    assert np.array_equal(read_batch(path).images.numpy().reshape(5, -1), pixels)


class Call:
    """Pickles as the call of a function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


@pytest.mark.parametrize("function", [os.mkdir, exec, eval, np.load])
def test_a_pickle_that_runs_something_is_refused_before_it_runs(
    function: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    argument = {exec: "import os; os.mkdir('ran')", eval: "__import__('os').mkdir('ran')"}.get(function, "ran")
    pixels, labels = images(2)
    content = {b"data": pixels, b"labels": labels, b"filenames": Call(function, argument)}
    (tmp_path / "batch").write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(DataError, match="asks for") as caught:
        read_batch(tmp_path / "batch")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "ran").exists()
    if function is not np.load:
        pickle.loads((tmp_path / "batch").read_bytes())
        assert (tmp_path / "ran").exists(), "the pickle does what it is feared for"


PIXELS, LABELS = images(2)
WRONG = {
    "text": b"no pickle at all",
    "nothing": b"",
    "a number": pickle.dumps(3),
    "another data set": pickle.dumps({b"data": PIXELS, b"fine_labels": LABELS}, protocol=2),
    "floats": python3_batch(PIXELS.astype(float), LABELS),
    "signed bytes": python3_batch(PIXELS.astype(np.int8), LABELS),
    "objects": python3_batch(PIXELS.astype(object), LABELS),
    "too few labels": python3_batch(PIXELS, LABELS[:1]),
    "too many labels": python3_batch(PIXELS, [*LABELS, 1]),
    "an eleventh class": python3_batch(PIXELS, [0, 10]),
    "a negative class": python3_batch(PIXELS, [0, -1]),
    "half a class": pickle.dumps({b"data": PIXELS, b"labels": [0, 0.5]}, protocol=2),
    "other sizes": python3_batch(PIXELS[:, :3000], LABELS),
    "a codec": pickle.dumps({b"data": Call(__import__("_codecs").encode, "a", "utf-7"), b"labels": []}, protocol=2),
    "an array without a type": python2_batch(PIXELS, LABELS).replace(b"cnumpy\ndtype\n", b"cnumpy\nndarray\n"),
    "cut off": python2_batch(PIXELS, LABELS)[:-100],
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_batch_is_one_sentence(what: str, tmp_path: Path) -> None:
    path = tmp_path / "data_batch_1"
    path.write_bytes(WRONG[what])
    with pytest.raises(DataError, match="data_batch_1 is not one of CIFAR-10's files") as caught:
        read_batch(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="data_batch_2 cannot be read"):
        read_batch(tmp_path / "data_batch_2")
