"""Configurations of real runs, so that what is measured is what ``train.py`` would do."""

from collections.abc import Iterable

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from compressible.composition import choose_scale, register
from compressible.resources import config_folder


def compose_run(overrides: Iterable[str]) -> DictConfig:
    """The configuration that ``train.py`` would make of ``overrides``, not yet resolved."""
    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("train", choose_scale(list(overrides)))
