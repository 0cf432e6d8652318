"""The command as a process of its own: what it imports, signals, pipes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "image_static_v1.cmpr"
HEAVY = ("torch", "pytorch_lightning", "lightning", "hydra", "wandb", "matplotlib", "numba")
PROGRAM = [sys.executable, "-c", "import sys; from compressible.cli import main; sys.exit(main())"]
# Prints which of the heavy packages a command has imported.
WATCHED = [
    *(sys.executable, "-c"),
    "import sys; from compressible.cli import main; code = main();"
    f"print('imported:', *(name for name in {HEAVY} if name in sys.modules), file=sys.stderr); sys.exit(code)",
]


def run(program: list[str], *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [*program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--help"], 0), (["compress", "--help"], 0), (["info", GOLDEN], 0), (["models"], 0), (["info", "missing"], 2)],
)
def test_light_commands_import_nothing_heavy(arguments: list[object], code: int) -> None:
    done = run(WATCHED, *arguments)
    assert done.returncode == code
    assert done.stderr.splitlines()[-1] == "imported:"


def test_damaged_files_are_refused_before_torch_is_imported(tmp_path: Path) -> None:
    whole = GOLDEN.read_bytes()
    path = tmp_path / "bad.cmpr"
    for data in (whole[:-1], whole[:50] + b"x" + whole[51:], b"", whole):
        path.write_bytes(data)
        done = run(WATCHED, "decompress", path, "-o", tmp_path / "out.png")
        assert done.returncode == 1
        error, imported = done.stderr.splitlines()
        assert error.startswith(f"error: {path}: ")
        assert imported == "imported:"
    assert not (tmp_path / "out.png").exists()


def test_compressing_imports_torch_and_no_more(model: Path, photo: Path, tmp_path: Path) -> None:
    packed = photo.with_suffix(".cmpr")
    for entropy, imported in (("static", "torch"), ("context", "torch numba")):
        done = run(WATCHED, "compress", photo, "-m", model, "--entropy", entropy, "-o", packed)
        assert done.returncode == 0
        assert done.stderr.splitlines() == [f"imported: {imported}"]
    data = subprocess.run(
        [*PROGRAM, "decompress", "-", "-o", "-", "-m", str(model)],
        input=packed.read_bytes(),
        capture_output=True,
        timeout=120,
        check=True,
    ).stdout
    assert data.startswith(b"\x89PNG")


def test_importing_the_package_is_light() -> None:
    code = f"import sys, compressible, compressible.cli; print([n for n in {HEAVY} if n in sys.modules])"
    assert run([sys.executable, "-c", code]).stdout == "[]\n"


def test_ctrl_c(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    command = [*PROGRAM, "decompress", str(fifo), "-o", str(tmp_path / "out.png")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # Opening waits until the command reads.
    with fifo.open("wb"):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
    assert list(tmp_path.iterdir()) == [fifo]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["info", str(GOLDEN)], ["--help"]])
def test_a_reader_that_goes_away(unbuffered: str, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = [*PROGRAM, *arguments]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.cmpr"
    Path(os.fsdecode(path)).write_bytes(b"nothing")
    done = subprocess.run([*PROGRAM, "info", path], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
