"""A quantizer behind a layer, trained by one process or by its share of two."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from compressible.quantizers import Quantized, Vector
from compressible.quantizers.codebook import Update

STEPS, BATCH, DIMENSION = 6, 64, 3


@dataclass(frozen=True)
class Case:
    """What is trained."""

    update: Update
    threshold: float


CASES = tuple(Case(update, threshold) for update in ("ema", "gradient", "both") for threshold in (0.0, 3.0))


class Encoder(nn.Module):
    """z = layer(x), quantized."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.layer = nn.Linear(DIMENSION, DIMENSION)
        self.quantizer = Vector(2, DIMENSION, codes=16, update=case.update, decay=0.7, revival_threshold=case.threshold)

    def forward(self, x: Tensor) -> Quantized:
        return self.quantizer(self.layer(x))


def train(case: Case, rank: int, processes: int) -> dict[str, Tensor]:
    """State after training on every ``processes``-th vector of each batch."""
    torch.manual_seed(0)
    encoder = Encoder(case)
    batches = 2 * torch.randn(STEPS, 2, BATCH, DIMENSION)
    torch.manual_seed(100 + rank)  # processes draw different numbers from here on
    # Buffers are not sent around: they must be the same without it.
    model = DistributedDataParallel(encoder, broadcast_buffers=False) if processes > 1 else encoder
    optimizer = torch.optim.SGD(encoder.parameters(), lr=0.5)
    for batch in batches:
        x = batch[:, rank::processes]
        out = model(x)
        optimizer.zero_grad()
        ((out.z_hat - x).square().mean() + out.loss).backward()
        optimizer.step()
    return {key: value.clone() for key, value in encoder.state_dict().items()}


def work(rank: int, folder: str) -> None:
    """One of two processes: train every case and write its states."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.save([train(case, rank, 2) for case in CASES], Path(folder) / f"states_{rank}.pt")
    dist.destroy_process_group()
