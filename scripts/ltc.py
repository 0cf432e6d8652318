"""Gather runs of LTC: results/ltc.json, and the runs' records under results/training/ltc.

    python scripts/ltc.py outputs/ltc_*/*              results/ltc.json
    python scripts/ltc.py --classical                  results/ltc_classical.json: JPEG, WebP and AVIF without headers

The runs are those of the sweeps ltc_cifar10, ltc_codebooks and ltc_soft. The classical codecs code the first images of the test set.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from compressible.codecs.pillow import CodecUnavailableError
from compressible.data.cifar10 import Cifar10
from compressible.data.paths import DataError
from compressible.reports.environment import record_dataset
from compressible.reports.ltc_claims import claims_table
from compressible.reports.ltc_table import read_entries, runs_table
from compressible.reports.pooled_codecs import PooledCodecs, measure
from compressible.reports.schema import save
from compressible.reports.training_record import keep_record

RESULTS = Path(__file__).resolve().parents[1] / "results"


def gather(runs: Sequence[Path]) -> None:
    """Write what the runs measured."""
    entries = read_entries(runs)
    for run, entry in zip(runs, entries, strict=True):
        keep_record(run, RESULTS / "training" / "ltc", entry.label)
    save(RESULTS / "ltc.json", entries)
    print(runs_table(entries), claims_table(entries), sep="\n")


def classical(root: Path, images: int) -> PooledCodecs:
    """The classical codecs on the first images of the test set."""
    data = Cifar10(str(root))
    data.prepare_data()
    pixels = data.test_images().images[:images].permute(0, 2, 3, 1).contiguous().numpy()
    return measure(pixels, record_dataset(root.name, data.test_files()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="*", help="folders of finished runs")
    parser.add_argument("--classical", action="store_true", help="measure the classical codecs")
    parser.add_argument("--images", type=int, default=1000, help="that these code (1000)")
    parser.add_argument("--data", type=Path, default=Path("data/cifar-10-batches-py"), help="folder of CIFAR-10")
    arguments = parser.parse_args()
    if not (arguments.runs or arguments.classical):
        parser.error("name the folders of finished runs, or --classical")
    if arguments.images < 1:
        parser.error("--images is a number of images, at least 1")
    try:
        if arguments.runs:
            gather(arguments.runs)
        if arguments.classical:
            save(RESULTS / "ltc_classical.json", classical(arguments.data, arguments.images))
    except (CodecUnavailableError, DataError, OSError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
