"""The one list of what is reproduced, paper by paper."""

from compressible.reports.reproduction import (
    compressed_learning,
    depthwise_figure3,
    depthwise_figure4,
    depthwise_figure5,
    depthwise_table1,
    depthwise_table2,
    ltc_figure1,
    shvq_ablations,
    shvq_annealing,
    shvq_figure1,
    shvq_figure13,
    shvq_table1,
)
from compressible.reports.reproduction.target import Target

TARGETS: tuple[Target, ...] = tuple(
    module.TARGET
    for module in (
        shvq_figure1,
        shvq_ablations,
        shvq_annealing,
        shvq_table1,
        shvq_figure13,
        depthwise_table1,
        depthwise_table2,
        depthwise_figure3,
        depthwise_figure4,
        depthwise_figure5,
        ltc_figure1,
        compressed_learning,
    )
)
