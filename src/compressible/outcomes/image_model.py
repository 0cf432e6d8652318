"""A model that compresses images, with integer tables counted on training photographs."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compressible.codecs.calibration import count_tables
from compressible.codecs.description import SUFFIX
from compressible.codecs.exported import Card, load_model, round_weights, save_model
from compressible.codecs.learned import LearnedCodec, unexported
from compressible.models import ImageAutoencoder
from compressible.outcomes.base import Outcome, Training
from compressible.reports.evaluation_plan import EvaluationPlan

log = logging.getLogger(__name__)


class ImageModel(Outcome):
    """An exported model.

    Args:
        evaluation: the final evaluation; None or an empty group for none.
    """

    suffix = SUFFIX

    def __init__(self, evaluation: EvaluationPlan | Mapping[str, Any] | None = None) -> None:
        self.evaluation = evaluation if isinstance(evaluation, EvaluationPlan) else None

    def check(self) -> None:
        """See that the evaluation's pictures and codecs are there."""
        if self.evaluation is not None:
            self.evaluation.check()

    def write(self, training: Training, path: Path) -> str:
        """Write the model as it is evaluated, in half precision; the hash is the one that files name."""
        config, task, data = training.config, training.task, training.data
        network = final_network(task)
        codec = unexported(network, task.integer_coders())
        photographs = list(data.training_photographs(config["calibration_photographs"]))
        coder = count_tables(codec, photographs, len(photographs))
        return save_model(path, config["name"], config["model"], network, (coder,), card_of(training)).hash

    def evaluate(self, path: Path) -> None:
        """Code the evaluation's pictures and compare with classical codecs."""
        if self.evaluation is not None:
            self.evaluation.run(LearnedCodec(load_model(path)), path.parent)


def final_network(task: Any) -> ImageAutoencoder:
    """The network of a trained task as it will be read back: all of it in use, its weights rounded."""
    network = task.model.cpu().eval()
    for bottleneck in network.bottlenecks:
        bottleneck.bypass = False
        bottleneck.active_channels = bottleneck.channels
    round_weights(network)
    return network


def card_of(training: Training) -> Card:
    """What to know of the model that a training made."""
    config = training.config
    return Card(
        title=f"{config['name']}, beta = {config['beta']:g}",
        training_data=training.data.root.name,
        distortion=str(config["distortion"]["_target_"]).rpartition(".")[2],
        beta=config["beta"],
        steps=config["trainer"]["max_steps"],
        seed=config["seed"],
        commit=training.environment.commit or "",
    )
