"""Every code block of README and docs is run, page by page and in order.

    console    see documented_commands
    python     run, in one namespace a page; those of files become modules
    yaml       options of configuration groups are put where the commands of the page find them; all others are files
               of sweeps, which are read and composed
    text       drawings and layouts: nothing

A block that cannot be run has a comment above it, ``<!-- not run: REASON -->``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from documented_blocks import PAGES, TOP, Block, blocks_of
from documented_commands import Console, commands_of, kind_of, runs_of
from documented_files import furnish
from documented_python import run_python
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from torch import nn

from compressible.instantiate import instantiate
from compressible.quantizers import Quantizer
from compressible.sweeps import read_sweep
from compressible.sweeps.sweep_file import settings_of
from test_configs import check, compose_run
from tiny_model import export_tiny, noise

LANGUAGES = ("console", "python", "yaml", "text")
RUN_ELSEWHERE = {"docs/lossy_standards.md": TOP / "tests" / "scripts" / "test_lossy_standards.py"}
"""Pages whose Python another test runs, because it looks at what comes out."""

Names = dict[str, Any]


def picture() -> Names:
    return {"image": noise(176, 184)}


def own_loop() -> Names:
    """A network and its data, as the page asks for."""
    network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 4))
    batches = [(torch.randn(16, 1, 8, 8), torch.randint(4, (16,))) for _ in range(6)]
    calibration = [inputs for inputs, _ in batches]
    names = {"network": network, "batches": batches, "steps": len(batches), "calibration": calibration}
    return names | {"loss": nn.functional.cross_entropy}


def is_a_picture(names: Names) -> None:
    assert (names["picture"].dtype, names["picture"].shape) == (np.uint8, names["image"].shape)


def is_quantized(names: Names) -> None:
    values = torch.cat([parameter.detach().flatten() for parameter in names["network"].parameters()])
    assert len(values.unique()) < len(values) / 2
    assert 0 < Path("model.cmpw").stat().st_size < 2 * len(values)
    assert names["network"].eval()(names["calibration"][0]).isfinite().all()


def costs_and_classes(names: Names) -> None:
    assert names["costs"].total.one_bit_macs == 0, "no one-bit MACs in a residual network"
    assert names["network"](names["signs"]).argmax(1).tolist() == list(names["classes"])


def is_a_working_quantizer(names: Names) -> None:
    """The run that the page starts goes on with decoded values and refuses wrong symbols."""
    task = composed("experiment=shvq_bundled", "quantizer=dead_zone")["task"]
    quantizer = instantiate(task).model.bottleneck.quantizer
    assert isinstance(quantizer, Quantizer)
    z = torch.randn(len(quantizer.alphabet), 50, 1, requires_grad=True)
    quantizer.train()(z).z_hat.sum().backward()
    assert z.grad is not None
    assert torch.equal(z.grad, torch.ones_like(z))
    with pytest.raises(ValueError, match="symbols must"):
        quantizer.dequantize(quantizer.symbols(z) + 100)


def is_a_working_data_set(names: Names) -> None:
    draw = np.random.default_rng(0)
    Path("arrays").mkdir()
    for part, count in (("train", 60), ("test", 11)):
        images, labels = draw.integers(256, size=(count, 3, 32, 32), dtype=np.uint8), draw.integers(7, size=count)
        np.savez(f"arrays/{part}.npz", images=images, labels=labels)
    data = instantiate(composed("data=labelled_arrays", "data.root=arrays", "data.held_out=50")["data"])
    data.setup("fit")
    assert (len(data.training.labels), len(data.held_out.labels), len(data.test_images().labels)) == (10, 50, 11)
    Path("arrays/test.npz").write_bytes(b"no such file")
    with pytest.raises(Exception, match="no file of images and labels"):
        data.test_images()


def is_a_working_network(names: Names) -> None:
    """Both configurations of the page make a network of the same parameters, one with three codebooks."""
    plain = composed("experiment=resnet32_cifar10", "model=small_cnn")
    quantized = composed("experiment=shvq_resnet32", "model=quantized_small_cnn")
    images = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    assert instantiate(plain["task"]).network(images).shape == (2, 10)
    model = instantiate(quantized["task"]).model
    model.initialise()
    logits, found = model.eval()(images)
    assert logits.shape == (2, 10)
    assert len(found) == 3
    assert set(dict(model.network.named_parameters())) == set(dict(instantiate(plain["model"]).named_parameters()))


def composed(*arguments: str) -> dict[str, Any]:
    GlobalHydra.instance().clear()
    return compose_run(f"hydra.searchpath=[file://{Path.cwd() / 'configs'}]", *arguments)


@dataclass(frozen=True)
class Setting:
    """What a page's Python is given, and what must be so after all its blocks."""

    given: Callable[[], Names] = dict
    check: Callable[[Names], None] = field(default=lambda names: None)


SETTINGS = {
    "README.md": Setting(picture, is_a_picture),
    "docs/index.md": Setting(picture, is_a_picture),
    "docs/tutorial.md": Setting(check=is_a_picture),
    "docs/networks.md": Setting(own_loop, is_quantized),
    "docs/compressed_learning.md": Setting(check=costs_and_classes),
    "docs/howto/quantizer.md": Setting(check=is_a_working_quantizer),
    "docs/howto/data_set.md": Setting(check=is_a_working_data_set),
    "docs/howto/network.md": Setting(check=is_a_working_network),
}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_tiny(tmp_path_factory.mktemp("model") / "tiny.cmpw")


@pytest.fixture
def console(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    furnish(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    GlobalHydra.instance().clear()
    yield Console(tmp_path, lambda path: path.write_bytes(tiny.read_bytes()), monkeypatch)
    GlobalHydra.instance().clear()


def run_yaml(block: Block, folder: Path) -> None:
    """Put an option of a group where commands look for it; read and compose a sweep."""
    path = folder / (block.title or "sweep.yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text)
    if block.title.startswith("configs/"):
        return
    _, sweep = read_sweep(str(path))
    space = sweep.search.space if sweep.search else {}
    first = {key: own.low if own.low is not None else own.choices[0] for key, own in space.items()}
    first |= {key: values[0] for key, values in sweep.grid.items()}
    GlobalHydra.instance().clear()
    assert check(compose_run(*sweep.overrides, *settings_of(first))) > 0


@pytest.mark.parametrize("page", [page for page in PAGES if blocks_of((TOP / page).read_text())])
def test_all_blocks_of_a_page(page: str, console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    setting = SETTINGS.get(page, Setting())
    names = setting.given()
    for block in blocks_of((TOP / page).read_text()):
        where = f"{page}:{block.line}"
        assert block.language in LANGUAGES, f"{where}: a block needs a fence with one of {', '.join(LANGUAGES)}"
        if block.excuse is not None:
            assert block.excuse.strip(), f"{where}: a block that is not run needs a reason"
        elif block.language == "console":
            console.run(block.text, one_of_a_kind=block.generated)
        elif block.language == "yaml":
            run_yaml(block, console.folder)
        elif block.language == "python" and page not in RUN_ELSEWHERE:
            run_python(block, str(TOP / page), names, monkeypatch)
    setting.check(names)


def test_what_is_run_elsewhere_is() -> None:
    for page, test in RUN_ELSEWHERE.items():
        assert page in test.read_text()


def test_blocks_are_found_with_their_titles_and_excuses() -> None:
    page = """
```yaml title="configs/a/b.yaml"
x: 1
```

<!-- not run: it takes a week -->
```console
$ make the_world
```

    indented

<!-- table a-b -->
| x |
```console
$ make run
```
<!-- end -->

```text
last
```
"""
    option, excused, indented, generated, last = blocks_of(page)
    assert (option.language, option.title, option.text, option.excuse) == ("yaml", "configs/a/b.yaml", "x: 1\n", None)
    assert (excused.language, excused.excuse) == ("console", "it takes a week")
    assert indented.language == ""
    assert [block.generated for block in (indented, generated, last)] == [False, True, False]


def test_a_console_block_is_cut_into_commands() -> None:
    text = "$ make run    # three minutes\n$ python train.py a=1 \\\n    b='x y'\n"
    assert list(commands_of(text)) == [["make", "run"], ["python", "train.py", "a=1", "b=x y"]]
    with pytest.raises(AssertionError, match="after a prompt"):
        list(commands_of("make run\n"))


def test_commands_of_a_kind_differ_in_values_alone() -> None:
    one = ["python", "train.py", "experiment=a", "x=1", "y=2"]
    assert kind_of(one) == kind_of(["python", "train.py", "experiment=a", "y=3", "x=1"])
    others = (one[:-1], [*one[:2], "experiment=b", *one[3:]], [*one, "-m"], ["compressible", *one[1:]])
    assert len({kind_of(words) for words in (one, *others)}) == 5


def test_every_value_of_a_sweep_is_in_a_run() -> None:
    assert list(runs_of(["a=1"])) == [["a=1"]]
    assert list(runs_of(["-m", "a=1,2,3", "b=[1,2]", "c=x,y"])) == [
        ["a=1", "b=[1,2]", "c=x"],
        ["a=2", "b=[1,2]", "c=y"],
        ["a=3", "b=[1,2]", "c=y"],
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("$ make no_such_target", "No rule to make target 'no_such_target'"),
        ("$ python train.py experiment=shvq_kodak betta=1", "Could not override 'betta'"),
        ("$ python train.py -m experiment=shvq_kodak quantizer=scalar,skalar", "Could not find 'quantizer/skalar'"),
        ("$ python scripts/small_image_codecs.py --no-such-option", "unrecognized arguments: --no-such-option"),
        ("$ compressible compress --no-such-option photo.png", "No such option: --no-such-option"),
        ("$ compressible info no_such_file.cmpr", "no_such_file.cmpr: No such file"),
        ("$ compressible sweep no_such_sweep", "there is no sweep 'no_such_sweep'"),
        ("$ pip install 'compressible[no_such_extra]'", "there is no extra no_such_extra"),
        ("$ rm -r outputs", "nobody says how to check: rm -r outputs"),
    ],
)
def test_a_wrong_command_is_noticed(
    wrong: str, said: str, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises((Exception, SystemExit, pytest.fail.Exception)) as noticed:
        console.run(wrong)
    by_program = getattr(noticed.value, "stderr", b"").decode()
    assert said in f"{noticed.value}\n{by_program}\n{capsys.readouterr().err}"
