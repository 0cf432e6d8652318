"""The points of figure 1 of Gregorová, Desaules & Kalousis 2021, and runs that they made and did not plot.

From the logs that came with the authors' code (mgswiss15/softvqae, paper/plots, commit 72bffee): bits a pixel, by the
cross-entropy, and mean squared error on the 10,000 test images of CIFAR-10. One seed each.
"""

from collections.abc import Mapping

from compressible.reports.ltc_points import MATCHED, SCALARS, VECTORS, Form, Point

WIDE_VECTORS = Form(vectors=True, downsampling=2, channels=16)
FEW_SCALARS = Form(vectors=False, downsampling=8, channels=8)


def _points(form: Form, alpha: float, rows: Mapping[int, tuple[float, float]]) -> tuple[Point, ...]:
    """Of rate and squared error by the number of symbols; the cross-entropy stands for the entropy."""
    density = form.symbols_per_pixel
    return tuple(Point(form, k, alpha, bpp, error, bpp / density) for k, (bpp, error) in rows.items())


PUBLISHED = (
    *_points(
        VECTORS,
        0.0,
        {
            8: (0.7340, 0.004062),
            16: (0.9594, 0.002952),
            32: (1.1385, 0.002340),
            64: (1.3656, 0.001836),
            128: (1.5166, 0.001601),
        },
    ),
    *_points(VECTORS, 0.001, {8: (0.7186, 0.004059), 32: (0.8884, 0.003073), 128: (1.0633, 0.002073)}),
    *_points(VECTORS, 0.01, {8: (0.4141, 0.006685), 32: (0.4301, 0.006567), 128: (0.4848, 0.007058)}),
    *_points(
        WIDE_VECTORS,
        0.0,
        {
            8: (0.7323, 0.004185),
            16: (0.9650, 0.002973),
            32: (1.1245, 0.002387),
            64: (1.3294, 0.002017),
            128: (1.4898, 0.001760),
        },
    ),
    *_points(
        FEW_SCALARS,
        0.0,
        {
            8: (0.3510, 0.006038),
            16: (0.4378, 0.005484),
            32: (0.5374, 0.004947),
            64: (0.6642, 0.004830),
            128: (0.8177, 0.004638),
        },
    ),
    *_points(
        SCALARS,
        0.0,
        {
            8: (0.7271, 0.003461),
            16: (0.9359, 0.003187),
            32: (1.1301, 0.002993),
            64: (1.3525, 0.002773),
            128: (1.5453, 0.002701),
        },
    ),
    # Not in the figure.
    *_points(
        MATCHED[0],
        0.0,
        {
            8: (0.6870, 0.003469),
            16: (0.8452, 0.003023),
            32: (1.1468, 0.002543),
            64: (1.3955, 0.002441),
            128: (1.6016, 0.002580),
        },
    ),
)
