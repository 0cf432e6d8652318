"""Starting from another run's weights."""

from pathlib import Path
from typing import Any

import pytest
import torch

from cifar_files import write_cifar10
from compressible import training
from compressible.instantiate import ConfigError, instantiate
from compressible.tasks import ImageCompression
from small_run import composed, configuration, write_photographs

SMOKE = ("experiment=shvq_kodak", "budget=smoke", "task.stages.autoencoder=0", "trainer.max_steps=5")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("data") / "photographs")


@pytest.fixture(scope="module")
def checkpoint(photographs: Path) -> Path:
    """Of a run whose window of four batches was filled by the initialisation and has taken in five since."""
    folder = photographs.parent / "run"
    training.train(configuration(photographs, folder, *SMOKE, "rate.window=4"), folder)
    return folder / "last.ckpt"


def task_of(config: dict[str, Any]) -> Any:
    torch.manual_seed(3)
    return instantiate(config["task"])


@pytest.mark.parametrize(("window", "slots"), [(2, [3, 0]), (4, [0, 1, 2, 3]), (9, [0, 1, 2, 3, 0, 1, 2, 3, 0])])
def test_another_window_starts_with_the_latest_symbols(
    window: int, slots: list[int], checkpoint: Path, photographs: Path, tmp_path: Path
) -> None:
    """Nine batches in a ring of four: the first slot holds the latest."""
    task = task_of(configuration(photographs, tmp_path, *SMOKE, f"rate.window={window}"))
    task.start_from(checkpoint)
    old = torch.load(checkpoint, weights_only=True)["state_dict"]
    assert int(old["symbol_models.0.seen"]) == 9
    counts = old["symbol_models.0.counts"]
    state = task.state_dict()
    assert torch.equal(state["symbol_models.0.total"], sum(counts[slot].long() for slot in slots))
    assert len(state["symbol_models.0.counts"]) == window
    for key in ("model.encoder.0.weight", "model.bottleneck.quantizer.centers"):
        assert torch.equal(state[key], old[key])


def test_a_run_with_another_window_trains(checkpoint: Path, photographs: Path, tmp_path: Path) -> None:
    overrides = ("rate.window=7", "trainer.max_steps=2", f"init_from={checkpoint}")
    training.train(configuration(photographs, tmp_path, *SMOKE, *overrides), tmp_path)
    assert len(torch.load(tmp_path / "last.ckpt", weights_only=True)["state_dict"]["symbol_models.0.counts"]) == 7


def die_in_the_second_step(task: ImageCompression, *_: Any) -> None:
    if task.global_step == 1:
        raise RuntimeError("the machine is gone")


@pytest.mark.parametrize("finished", [True, False])
def test_a_run_is_not_that_of_weights_which_have_changed(
    finished: bool, checkpoint: Path, photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another training has left another file of the same name, before this one's end or after it."""
    start, folder = tmp_path / "start.ckpt", tmp_path / "run"
    start.write_bytes(checkpoint.read_bytes())
    overrides = ("trainer.max_steps=2", "callbacks.checkpoint.minutes=0", f"init_from={start}")
    config = configuration(photographs, folder, *SMOKE, *overrides)
    if finished:
        training.train(config, folder)
    else:
        with monkeypatch.context() as patch:
            patch.setattr(ImageCompression, "on_before_optimizer_step", die_in_the_second_step)
            with pytest.raises(RuntimeError):
                training.train(config, folder)
    other = torch.load(checkpoint, weights_only=True)
    other["state_dict"]["model.encoder.0.weight"] += 1
    torch.save(other, start)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ConfigError, match=r"init_from.*changed.*resume=false") as caught:
        training.train(config, folder)
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in before} == before

    start.unlink()
    training.train(config, folder)
    torch.save(other, start)
    with pytest.raises(ConfigError, match="init_from"):
        training.train(config, folder)
    training.train(config | {"resume": False}, folder)
    training.train(config, folder)


def test_a_checkpoint_need_not_say_which_configuration_it_came_from(
    checkpoint: Path, tmp_path: Path, photographs: Path
) -> None:
    """Only going on asks for the same configuration, not starting from."""
    old = torch.load(checkpoint, weights_only=True)
    del old["config_hash"]
    torch.save(old, tmp_path / "old.ckpt")
    task = task_of(configuration(photographs, tmp_path, *SMOKE, "rate.window=4", "beta=0.7"))
    task.start_from(tmp_path / "old.ckpt")
    for key, value in task.model.state_dict().items():
        assert torch.equal(value, old["state_dict"][f"model.{key}"]), key
    assert task.sigma == old["annealing"]["sigma_0"]


def test_without_a_checkpoint_weights_are_random(photographs: Path, tmp_path: Path) -> None:
    task = task_of(configuration(photographs, tmp_path, *SMOKE))
    before = {key: value.clone() for key, value in task.state_dict().items()}
    task.start_from(None)
    for key, value in task.state_dict().items():
        assert torch.equal(value, before[key]), key


@pytest.mark.parametrize("experiment", ["pruned_resnet32", "clustered_resnet32", "shvq_resnet32"])
def test_what_compresses_a_network_needs_one(experiment: str, tmp_path: Path) -> None:
    folders = (f"callbacks.checkpoint.folder={tmp_path}", f"logger.csv.save_dir={tmp_path}")
    cifar = (f"data.root={write_cifar10(tmp_path / 'cifar')}", "data.held_out=8")
    arguments = [f"experiment={experiment}", "budget=smoke", "callbacks=plain", "~callbacks.progress"]
    with pytest.raises(ConfigError, match="init_from=FILE"):
        training.train(composed([*arguments, *folders, *cifar]), tmp_path / "run")


@pytest.mark.parametrize("content", [None, b"", b"nothing", b"text", b"PK\x03\x04nothing"])
def test_what_is_no_checkpoint_is_refused(content: bytes | None, photographs: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.ckpt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"wrong\.ckpt is not the checkpoint of a run"):
        task_of(configuration(photographs, tmp_path, *SMOKE)).start_from(path)
