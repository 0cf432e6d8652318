"""Every configuration that ``configs/`` offers composes, and says nothing its targets do not understand."""

import dataclasses
import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import OmegaConf, flag_override
from omegaconf.errors import OmegaConfBaseException

from compressible.clustering import EntropyConstrained, KMeans, UniformBins
from compressible.composition import choose_scale, register
from compressible.instantiate import ConfigError, check_arguments, instantiate, locate
from compressible.processor import training_precision
from compressible.quantizers import Pyramid, Residual, Vector
from compressible.resources import config_folder
from compressible.run_schema import RunSchema
from compressible.tasks import (
    Autoencoding,
    Classification,
    FeatureQuantization,
    ImageCompression,
    Pruning,
    ReplicatedClassification,
    Stage,
    WeightCompression,
    WeightSharing,
)

FOLDER = config_folder()
GIVEN_LATER = {
    "normalisation": {"num_features"},
    "quantizer": {"groups", "dimension"},
    "level": {"inputs"},
    "symbol_model": {"alphabet"},
    "rate": {"alphabet"},
    "optimizer": {"params"},
    "trainer": {"callbacks", "logger", "default_root_dir"},
}
"""What the code adds to a partial node when it calls it."""


def options(group: str) -> list[str]:
    return sorted(path.stem for path in (FOLDER / group).glob("*.yaml"))


GROUPS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "sweep")
OVERLAYS = {"experiment", "budget", "scale", "ablation", "row", "input"}
OF_BINARY_NETS = {"replicated_classification", "trained_replicas"}
"""Options that need what other experiments have not."""
EXPERIMENTS = options("experiment")
BUDGETS = options("budget")


@pytest.fixture(autouse=True)
def _fresh_hydra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hydra keeps global state; leave it as it was found."""
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    GlobalHydra.instance().clear()
    yield
    GlobalHydra.instance().clear()


def compose_run(*arguments: str) -> dict[str, Any]:
    """The plain configuration that ``train.py`` would train with these arguments."""
    register()
    overrides = [*choose_scale(list(arguments)), "hydra.runtime.output_dir=/nowhere"]
    with initialize_config_dir(version_base="1.3", config_dir=str(FOLDER)):
        config = compose("train", overrides=overrides, return_hydra_config=True)
    HydraConfig.instance().set_config(config)  # what ${hydra:...} reads
    with flag_override(config, ["struct", "readonly"], False):
        del config["hydra"]
    plain: Any = OmegaConf.to_container(config, resolve=True)
    return plain


def targets(node: Any, key: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All nodes with a ``_target_``, each with the key it lies under."""
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield key, node
        for child_key, child in node.items():
            yield from targets(child, child_key)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for child in node:
            yield from targets(child, key)


def check(config: Mapping[str, Any]) -> int:
    """Bind every target to its signature, with what the code adds later; returns how many there were."""
    count = 0
    for key, node in targets(config):
        target = locate(node["_target_"])
        arguments = {name: value for name, value in node.items() if name not in ("_target_", "_partial_")}
        given = GIVEN_LATER.get(key, set()) if node.get("_partial_") or key == "trainer" else set()
        assert not given & arguments.keys()
        check_arguments(node["_target_"], target, {**arguments, **dict.fromkeys(given)}, partial=False)
        count += 1
    return count


def overlay(folder: Path, text: str, group: str = "experiment", name: str = "extra") -> list[str]:
    """Command line that picks an overlay of this text, which lies outside ``configs/``."""
    (folder / group).mkdir()
    (folder / group / f"{name}.yaml").write_text(text)
    return [f"hydra.searchpath=[file://{folder}]", f"{group}={name}"]


def test_there_is_something_to_test() -> None:
    assert "shvq_kodak" in EXPERIMENTS
    assert {"paper", "cpu", "smoke"} <= set(BUDGETS)


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_at_every_budget(experiment: str, budget: str) -> None:
    config = compose_run(f"experiment={experiment}", f"budget={budget}")
    assert config["name"] == experiment
    assert check(config) >= 10
    task = instantiate(config["task"])
    networks = Classification | Pruning | WeightCompression | WeightSharing
    assert isinstance(task, ImageCompression | networks | Autoencoding | FeatureQuantization)
    if isinstance(task, ImageCompression):
        assert len(task.symbol_models) == len(task.model.bottlenecks)
        crop = config["data"].get("crop", 32)  # CIFAR-10 is taken as it is
        assert crop % (task.model.stride) == 0, "crops are whole features"
        assert "ssim" not in config["distortion"]["_target_"].lower() or crop >= 176


@pytest.mark.parametrize(
    ("group", "option"), [(group, option) for group in GROUPS if group not in OVERLAYS for option in options(group)]
)
def test_every_option_of_every_group(group: str, option: str) -> None:
    experiment = {"outcome": "shvq_resnet32", "level": "dqae_cifar10"}.get(group, "shvq_kodak")
    if option in OF_BINARY_NETS or group == "view":
        experiment = "bnn_mnist"
    group = {"view": "view@data.view"}.get(group, group)
    assert check(compose_run(f"experiment={experiment}", f"{group}={option}")) >= 10


@pytest.mark.parametrize("option", options("ablation"))
def test_every_ablation(option: str) -> None:
    assert check(compose_run("experiment=shvq_kodak", "budget=cpu", f"ablation={option}")) >= 10


ROWS = {
    "kmeans": (KMeans, "equal"),
    "hessian_kmeans": (KMeans, "fisher"),
    "uniform": (UniformBins, "fisher"),
    "ecsq": (EntropyConstrained, "fisher"),
}
"""Which clustering each row of SHVQ's Table 1 is, and what an error counts in it."""


@pytest.mark.parametrize("option", ROWS)
def test_every_row_of_weight_sharing(option: str) -> None:
    config = compose_run("experiment=clustered_resnet32", "budget=cpu", f"row={option}")
    assert check(config) >= 10
    assert config["name"] == option
    task = instantiate(config["task"])
    assert (type(task.clustering), task.importance) == ROWS[option]


QUANTIZERS = {
    "dq": Vector,
    "vq_copies": Vector,
    "vq": Vector,
    "product": Vector,
    "residual": Residual,
    "pyramid": Pyramid,
}
"""What quantizes in each row of the comparison with DQ-AE."""


PIXELS_PER_SYMBOL = {
    "ltc_vector": 2 * 2,
    "ltc_scalar": 8 * 8 // 8,
    "ltc_scalar_2x": 2 * 2,
    "ltc_scalar_4x": 4 * 4 // 4,
    "ltc_scalar_8x": 8 * 8 // 16,
}
"""In each form of LTC: one symbol a place of 2 x 2 pixels; eight or sixteen a place of 8 x 8."""


def test_there_are_no_other_rows() -> None:
    assert {*ROWS, *QUANTIZERS, *PIXELS_PER_SYMBOL} == set(options("row"))


@pytest.mark.parametrize("option", PIXELS_PER_SYMBOL)
def test_every_row_of_ltc_has_the_papers_weights(option: str) -> None:
    """Section 4: sigma = 1, beta = 1 nat a symbol, one pmf; k and alpha are what is swept."""
    config = compose_run("experiment=ltc_cifar10", f"row={option}", "quantizer.centers=8", "rate.soft_weight=0.01")
    assert check(config) >= 10
    assert config["name"] == option
    task = instantiate(config["task"])
    (symbols,) = task.model.eval().symbols(torch.zeros(2, 3, 32, 32))
    assert PIXELS_PER_SYMBOL[option] * symbols.numel() == 2 * 32 * 32
    assert task.beta == pytest.approx(math.log(2) * PIXELS_PER_SYMBOL[option], rel=1e-4)
    assert task.prices[0].logits.shape == (1, 8)
    assert task.prices[0].soft_weight == 0.01
    assert task.annealing.start(7.0, 10) == 1.0
    assert task.stages.at(0, 10) == task.stages.at(9, 10) == Stage.JOINT


@pytest.mark.parametrize("option", QUANTIZERS)
def test_every_row_of_autoencoding_has_as_many_bits(option: str) -> None:
    config = compose_run("experiment=dqae_cifar10", "budget=cpu", f"row={option}")
    assert check(config) >= 10
    assert config["name"] == option
    (bottleneck,) = instantiate(config["model"]).bottlenecks
    assert type(bottleneck.quantizer) is QUANTIZERS[option]
    size = 450 * 9 if option == "pyramid" else 2**12  # V(5, 4) directions; no useful pyramid has a power of two
    assert math.prod(bottleneck.quantizer.alphabet) == size <= 2**12


@pytest.mark.parametrize(
    ("option", "kind"), [("kmeans", KMeans), ("uniform", UniformBins), ("ecsq", EntropyConstrained)]
)
def test_the_chosen_clustering_is_that_of_the_task(option: str, kind: type) -> None:
    config = compose_run("experiment=clustered_resnet32", f"clustering={option}")
    assert type(instantiate(config["task"]).clustering) is kind


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("option", options("input"))
def test_every_arm_of_the_binary_networks(option: str, budget: str) -> None:
    config = compose_run("experiment=bnn_mnist", f"input={option}", f"budget={budget}")
    assert check(config) >= 10
    assert config["name"] == option
    task = instantiate(config["task"])
    assert isinstance(task, ReplicatedClassification)
    assert task.count == config["data"]["replicas"] == (2 if budget == "smoke" else 5)
    assert config["trainer"]["precision"] == "32-true", "sums of signs are exact"
    images = config["trainer"]["max_steps"] * config["data"]["batch_size"]
    assert budget == "smoke" or images >= 5.99 * 55_000


def test_pruning_as_in_shvq() -> None:
    config = compose_run("experiment=pruned_resnet32", "budget=cpu")
    task = instantiate(config["task"])
    assert isinstance(task, Pruning)
    assert task.ratio == 0.8
    assert sum(parameter.numel() for parameter in task.network.parameters()) == 464_154


def test_an_image_model_needs_no_evaluation() -> None:
    outcome = instantiate(compose_run("experiment=shvq_kodak", "evaluation=none")["outcome"])
    outcome.check()
    assert outcome.evaluation is None


def test_a_run_knows_all_its_keys() -> None:
    assert set(compose_run("experiment=clustered_resnet32")) == {field.name for field in dataclasses.fields(RunSchema)}


def test_every_experiment_has_a_smoke_form() -> None:
    assert {f"{experiment}_smoke" for experiment in EXPERIMENTS} <= set(options("scale"))


def test_every_scale_belongs_to_an_experiment_and_a_budget() -> None:
    assert set(options("scale")) <= {f"{experiment}_{budget}" for experiment in EXPERIMENTS for budget in BUDGETS}


def test_the_paper_is_what_an_experiment_is_without_a_budget() -> None:
    """The values that section 4 states."""
    config = compose_run("experiment=shvq_kodak")
    assert config == compose_run("experiment=shvq_kodak", "budget=paper")
    assert config["data"]["crop"] == 128
    assert config["data"]["batch_size"] == 15
    assert config["rate"]["every"] == 10
    assert config["rate"]["window"] * config["data"]["batch_size"] == pytest.approx(5000, abs=15)
    assert config["annealing"]["_target_"].endswith(".Gap")
    assert config["quantizer"]["forward_value"] == "soft"
    assert config["quantizer"]["shared"]


def test_a_network_to_compress_is_trained_without_what_compresses_images() -> None:
    config = compose_run("experiment=resnet32_cifar10", "budget=cpu")
    for group in ("partition", "quantizer", "rate", "annealing", "distortion"):
        assert config[group] == {}, group
    network = instantiate(config["model"])
    assert sum(parameter.numel() for parameter in network.parameters()) == 464_154
    assert config["trainer"]["max_steps"] == 50 * (45_000 // config["data"]["batch_size"])
    assert config["trainer"]["precision"] == training_precision()
    assert config["task"]["channels_last"]


def test_a_scale_is_chosen_by_experiment_and_budget() -> None:
    assert choose_scale(["experiment=shvq_kodak", "budget=smoke"])[2:] == ["scale=shvq_kodak_smoke"]
    asking = ["experiment=shvq_kodak", "budget=smoke", "--cfg", "job"]  # whatever follows is taken for the option's
    assert choose_scale(asking)[-2:] == ["--cfg", "job"]
    for arguments in (["experiment=shvq_kodak"], ["budget=cpu"], ["experiment=shvq_kodak", "budget=paper"], []):
        assert choose_scale(arguments) == arguments
    chosen = ["experiment=shvq_kodak", "budget=smoke", "scale=shvq_kodak_cpu"]
    assert choose_scale(chosen) == chosen
    with pytest.raises(ConfigError, match="one experiment and one budget"):
        choose_scale(["experiment=shvq_kodak", "budget=cpu,smoke"])


def test_the_command_line_has_the_last_word() -> None:
    config = compose_run("experiment=shvq_kodak", "budget=smoke", "quantizer.centers=9", "beta=0.25", "name=mine")
    assert config["quantizer"]["centers"] == 9
    assert config["model"]["bottleneck"]["quantizer"]["centers"] == 9, "and reaches where it is used"
    assert config["task"]["beta"] == 0.25
    assert config["name"] == "mine"


@pytest.mark.parametrize("wrong", ["betta=0.2", "quantizer.centres=5", "trainer.max_step=3", "task.stages.hrad=0.1"])
def test_a_misspelt_key_on_the_command_line_fails(wrong: str) -> None:
    with pytest.raises((HydraException, OmegaConfBaseException), match=wrong.split("=")[0].split(".")[-1]):
        compose_run("experiment=shvq_kodak", wrong)


@pytest.mark.parametrize("wrong", ["quantiser=scalar", "quantizer=scaler", "experiment=shvq_kodac", "budget=smok"])
def test_a_misspelt_choice_fails(wrong: str) -> None:
    with pytest.raises(HydraException, match=wrong.split("=")[0]):
        compose_run(wrong)


def test_a_misspelt_top_level_key_in_an_overlay_fails(tmp_path: Path) -> None:
    text = "# @package _global_\nbetta: 0.2\n"
    with pytest.raises((HydraException, OmegaConfBaseException), match="betta"):
        compose_run(*overlay(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("quantizer:\n  centres: 5\n", "centres", "centers"),
        ("data:\n  batchsize: 5\n", "batchsize", "batch_size"),
        ("model:\n  bottleneck:\n    chanels: 5\n", "chanels", "channels"),
        ("task:\n  stages:\n    hrad: 0.1\n", "hrad", "hard"),
        ("rate:\n  evry: 2\n", "evry", "every"),
        ("optimizer:\n  learning_rate: 2\n", "learning_rate", "lr"),
        ("callbacks:\n  checkpoint:\n    minuts: 2\n", "minuts", "minutes"),
        ("trainer:\n  max_stps: 2\n", "max_stps", "max_steps"),
    ],
)
def test_a_misspelt_key_inside_a_group_fails_and_the_right_ones_are_named(
    tmp_path: Path, text: str, wrong: str, right: str
) -> None:
    config = compose_run("name=x", *overlay(tmp_path, f"# @package _global_\n{text}"))
    trainer = config["trainer"] | {"_partial_": True}
    with pytest.raises(ConfigError, match=f"'{wrong}'.*takes:.*{right}"):
        instantiate([config["data"], config["task"], config["callbacks"], trainer])


def test_a_misspelt_key_of_a_clustering_fails_and_the_right_ones_are_named(tmp_path: Path) -> None:
    text = "# @package _global_\nclustering:\n  stpe: 1.0\n"
    config = compose_run("experiment=clustered_resnet32", *overlay(tmp_path, text, group="ablation"))
    with pytest.raises(ConfigError, match=r"'stpe'.*takes:.*step"):
        instantiate(config["task"])


def test_an_overlay_can_misspell_nothing_that_reaches_a_target_unseen() -> None:
    """Signatures that swallow any keyword would hide misspelt keys; those of our own package never do."""
    for _, node in targets(compose_run("experiment=shvq_kodak")):
        if node["_target_"].startswith("compressible."):
            kinds = {parameter.kind for parameter in inspect.signature(locate(node["_target_"])).parameters.values()}
            assert inspect.Parameter.VAR_KEYWORD not in kinds, node["_target_"]


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "builtins.eval",
        "subprocess.run",
        "torch.load",
        "compressiblex.models.Output",
        "compressible",
        "eval",
    ],
)
def test_targets_outside_the_allowed_packages_are_refused(target: str) -> None:
    with pytest.raises(ConfigError, match="outside the allowed packages"):
        instantiate({"task": [{"_target_": target, "command": "true"}]})


@pytest.mark.parametrize(
    "target",
    [
        "compressible.quantizers.Sclar",
        "compressible.quantisers.Scalar",
        "compressible.atomic.os.remove",
        "compressible.",
        "torch.nn.importlib.import_module",
    ],
)
def test_targets_that_do_not_exist_are_refused(target: str) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        instantiate({"_target_": target})


def test_what_is_not_callable_is_refused() -> None:
    with pytest.raises(ConfigError, match="not callable"):
        instantiate({"_target_": "compressible.quantizers.scalar"})


def test_values_a_target_refuses_are_told_with_its_name() -> None:
    node = {"_target_": "compressible.partitions.Patches", "height": 0}
    with pytest.raises(ConfigError, match=r"compressible\.partitions\.Patches: .*positive"):
        instantiate(node)


def test_building() -> None:
    """Nested nodes first, partial ones later, containers item by item, sequences as tuples."""
    built = instantiate(
        {
            "plain": [1, "a", None],
            "patches": {"_target_": "compressible.partitions.Patches", "height": 3},
            "later": {"_target_": "compressible.quantizers.Scalar", "_partial_": True, "levels": 5},
        }
    )
    assert built["plain"] == (1, "a", None)
    assert (built["patches"].height, built["patches"].width) == (3, 2)
    assert built["later"](groups=2, dimension=1).alphabet == (5, 5)
    with pytest.raises(ConfigError, match="levles"):
        instantiate({"_target_": "compressible.quantizers.Scalar", "_partial_": True, "levles": 5})
    with pytest.raises(ConfigError, match="dimension"):
        instantiate({"_target_": "compressible.quantizers.Scalar", "groups": 2})


@pytest.mark.parametrize("rate", ["histogram", "context", "learned"])
def test_a_short_run_of_ltc_takes_another_symbol_model(rate: str) -> None:
    config = compose_run("experiment=ltc_cifar10", "budget=cpu", f"rate={rate}")
    assert check(config) > 0
    assert config["rate"].get("speed", 1.0) == 1.0
    assert compose_run("experiment=ltc_cifar10", "budget=cpu")["rate"]["speed"] == pytest.approx(5865 / 1600, abs=0.05)
