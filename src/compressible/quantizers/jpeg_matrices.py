"""Steps of JPEG: its two example matrices and libjpeg's quality.

    scale = 5000 // quality below 50, 200 - 2 quality from there on;    Q = (scale * matrix + 50) // 100 in 1..255

ITU-T T.81, tables K.1 and K.2; ``jpeg_quality_scaling`` and ``jpeg_add_quant_table`` of libjpeg.
"""

LUMINANCE = (
    *(16, 11, 10, 16, 24, 40, 51, 61),
    *(12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56),
    *(14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77),
    *(24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101),
    *(72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMINANCE = (
    *(17, 18, 24, 47, 99, 99, 99, 99),
    *(18, 21, 26, 66, 99, 99, 99, 99),
    *(24, 26, 56, 99, 99, 99, 99, 99),
    *(47, 66, 99, 99, 99, 99, 99, 99),
    *[99] * 32,
)


def jpeg_steps(quality: int) -> tuple[int, ...]:
    """Steps of the 8 x 8 coefficients of Y, then of Cb and of Cr, row by row; 192 in all.

    Args:
        quality: 1..100.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must be in 1..100, got {quality}")
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(max((scale * q + 50) // 100, 1), 255) for q in (*LUMINANCE, *CHROMINANCE, *CHROMINANCE))
