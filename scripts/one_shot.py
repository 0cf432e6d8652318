"""Measure what `compressible weights compress` costs ResNet-32 on the test images of CIFAR-10: results/one_shot.json.

    python scripts/one_shot.py outputs/original/original.safetensors
    python scripts/one_shot.py original.safetensors --steps 0.5 0.7 --data data/cifar-10-batches-py

There is no training in it, and no choice either: all steps that are measured are in the table.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor, nn

from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.data.cifar10 import Cifar10
from compressible.data.labelled_images import LabelledImages
from compressible.data.paths import DataError
from compressible.metrics.right_answers import right_answers
from compressible.models import resnet32
from compressible.outcomes.classifier import content_hash
from compressible.outcomes.splits import read_split
from compressible.reports.environment import record_environment
from compressible.reports.one_shot_table import SCHEMA, OneShotAccuracy, Point, one_shot_table
from compressible.reports.schema import save
from compressible.tasks.checkpoints import read_network
from compressible.weights.one_shot import OneShot, compress_tensors
from compressible.weights.state import state_of, tensors_of

RESULTS = Path(__file__).resolve().parents[1] / "results"
STEPS = (0.4, 0.55, 0.7, 0.85, 1.0)
MANTISSA = 10


def measure(network: nn.Module, checkpoint: Path, data: Cifar10, steps: Sequence[float]) -> OneShotAccuracy:
    """Answers of ``network`` with the weights of a checkpoint, and with those of its files.

    Raises:
        ValueError: the checkpoint is none, or of another network, or a step is not positive.
        DataError: the images are not there.
    """
    state = read_network(checkpoint)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{checkpoint} holds another network than this one") from error
    data.prepare_data()
    images, dataset = read_split(data, "test")
    right = right_answers(network, images.images, images.labels)
    return OneShotAccuracy(
        schema=SCHEMA,
        environment=record_environment(),
        network=content_hash(checkpoint),
        dataset=dataset,
        images=len(images.labels),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        mantissa=MANTISSA,
        accuracy=right.double().mean().item(),
        points=tuple(point_at(step, network, state, images, right) for step in sorted(steps)),
    )


def point_at(
    step: float, network: nn.Module, state: Mapping[str, Tensor], images: LabelledImages, right: Tensor
) -> Point:
    """One step; ``right`` are the answers of the network as it was."""
    tensors = tensors_of(state)
    plain, context = (
        encode_weights(compress_tensors(tensors, OneShot(step, coder, MANTISSA)))
        for coder in (CoderKind.RANGE, CoderKind.CONTEXT)
    )
    network.load_state_dict(state_of(decode_weights(plain)))
    after = right_answers(network, images.images, images.labels)
    return Point(
        step=step,
        accuracy=after.double().mean().item(),
        gained=int((after & ~right).sum()),
        lost=int((right & ~after).sum()),
        bytes=len(plain),
        context_bytes=len(context),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="the trained ResNet-32")
    parser.add_argument("--data", default="data/cifar-10-batches-py", help="folder of CIFAR-10")
    parser.add_argument("--steps", type=float, nargs="+", default=STEPS)
    arguments = parser.parse_args()
    try:
        measured = measure(resnet32(), arguments.checkpoint, Cifar10(arguments.data), arguments.steps)
    except (DataError, OSError, ValueError) as error:
        parser.error(str(error))
    save(RESULTS / "one_shot.json", measured)
    print(one_shot_table(measured))


if __name__ == "__main__":
    main()
