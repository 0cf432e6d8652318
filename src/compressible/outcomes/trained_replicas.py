"""Binary networks of several seeds: their weights, each one's weight file, and how often they are right.

replicas ─► one file ─► each network ─► weight file ─► network that it decodes to ─► training, held-out, test images
                                                                └──► packed: the same classes?
"""

from math import prod
from pathlib import Path

from safetensors.torch import load_file, save
from torch import nn

from compressible.atomic import write_bytes_atomic
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.data.labelled_files import LabelledFiles
from compressible.data.labelled_images import LabelledImages
from compressible.metrics.right_answers import right_answers
from compressible.models import profile
from compressible.models.replicas import states_of
from compressible.outcomes.base import Training
from compressible.outcomes.classifier import ClassifierOutcome, content_hash
from compressible.outcomes.packed_twins import PackedTwins
from compressible.outcomes.splits import Split, read_split
from compressible.reports.binary_net_table import percent
from compressible.reports.binary_nets import BINARY_NETS, BinaryNetResult
from compressible.reports.environment import record_environment
from compressible.reports.schema import save as save_json
from compressible.reports.tables import markdown
from compressible.run_files import EVALUATION, TABLES
from compressible.weights.binary import binary_weight_file
from compressible.weights.state import state_of

WEIGHTS = ".cmpw"
"""Suffix of a network's weight file, after the run's name and the network's seed."""


class TrainedReplicas(ClassifierOutcome):
    """The parameters and buffers of all replicas under their own names.

    Args:
        network: a network like one of the trained ones.
        data: see ``ClassifierOutcome``.
        seed: of the first network.
        split: images that are evaluated besides those held out and trained on; ``held_out`` for none.
    """

    suffix = ".safetensors"

    def __init__(self, network: nn.Module, data: LabelledFiles, seed: int, split: Split = "test") -> None:
        super().__init__(network, data, split)
        self.seed = seed

    def write(self, training: Training, path: Path) -> str:
        """Write the state dictionary."""
        state = training.task.network.cpu().state_dict()
        write_bytes_atomic(path, save({key: value.contiguous() for key, value in state.items()}))
        return content_hash(path)

    def evaluate(self, path: Path) -> None:
        """Write each network's weight file, and classify images with what it decodes to."""
        self.data.setup("validate")
        kept = self.data.training.images
        images, dataset = read_split(self.data, self.split)
        held_out, trained_on = self.data.shown(self.data.held_out), self.data.shown(self.data.training)
        training, watched, tested, same, sizes, seeds = [], [], [], [], [], []
        packed = PackedTwins(images.images)
        for seed, state in enumerate(states_of(load_file(path)), start=self.seed):
            self.network.load_state_dict(state)
            data = encode_weights(binary_weight_file(self.network))
            write_bytes_atomic(path.with_name(f"{path.stem}-{seed}{WEIGHTS}"), data)
            self.network.load_state_dict(state_of(decode_weights(data)))
            training.append(self._share(trained_on))
            watched.append(self._share(held_out))
            tested += [self._share(images)] if self.split == "test" else []
            same += packed.agreements(self.network)
            sizes.append(len(data))
            seeds.append(seed)
        result = BinaryNetResult(
            schema=BINARY_NETS,
            environment=record_environment(),
            network=content_hash(path),
            dataset=dataset,
            view=self.data.view.origin(),
            seeds=tuple(seeds),
            training_images=len(kept),
            held_out_images=len(held_out.labels),
            test_images=len(images.labels) if tested else 0,
            training=tuple(training),
            held_out=tuple(watched),
            test=tuple(tested),
            same_packed=tuple(same),
            cost=profile(self.network, held_out.images[:8]).total,
            file_bytes=tuple(sizes),
            input_bits=self.data.view.bits(kept),
            pixels=prod(self.data.image_shape),
        )
        save_json(path.with_name(EVALUATION), result)
        write_bytes_atomic(path.with_name(TABLES), summary(result).encode())

    def _share(self, data: LabelledImages) -> float:
        return right_answers(self.network, data.images, data.labels).double().mean().item()


def summary(result: BinaryNetResult) -> str:
    """Table of one result."""
    cost = result.cost
    cells = {
        "seeds": str(len(result.seeds)),
        "training, %": percent(result.training),
        "held out, %": percent(result.held_out),
        "test, %": percent(result.test),
        "one-bit MACs": f"{cost.one_bit_macs:,}",
        "32-bit MACs": f"{cost.macs:,}",
        "parameters": f"{cost.parameters:,}",
        "packed bytes": f"{cost.packed_bytes:,}",
    }
    return markdown(tuple(cells), [tuple(cells.values())])
