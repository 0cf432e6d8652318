"""Code images of 32 x 32 pixels with JPEG, WebP and AVIF, headers left out: results/ltc_classical.json.

By default these are the first 1,000 test images of CIFAR-10, which takes minutes.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from compressible.codecs.pillow import CodecUnavailableError
from compressible.data.cifar10 import Cifar10
from compressible.data.paths import DataError
from compressible.reports.environment import record_dataset
from compressible.reports.pooled_codecs import PooledCodecs, measure
from compressible.reports.schema import save

RESULTS = Path(__file__).resolve().parents[1] / "results"


def classical(root: Path, images: int) -> PooledCodecs:
    """The classical codecs on the first images of the test set."""
    data = Cifar10(str(root))
    data.prepare_data()
    pixels = data.test_images().images[:images].permute(0, 2, 3, 1).contiguous().numpy()
    return measure(pixels, record_dataset(root.name, data.test_files()))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1000, help="how many images (1000)")
    parser.add_argument("--data", type=Path, default=Path("data/cifar-10-batches-py"), help="folder of CIFAR-10")
    arguments = parser.parse_args(argv)
    if arguments.images < 1:
        parser.error("--images is a number of images, at least 1")
    try:
        save(RESULTS / "ltc_classical.json", classical(arguments.data, arguments.images))
    except (CodecUnavailableError, DataError, OSError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        parser.exit(130, "interrupted\n")


if __name__ == "__main__":
    main()
