"""Measure the quantizers of lossy standards: results/lossy_standards.json and docs/images/lossy_standards.png.

    python scripts/lossy_standards.py

The codecs are those that the code on docs/lossy_standards.md makes. Beside them stand JPEG and JPEG 2000 themselves.
"""

import argparse
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compressible.codecs import Codec
from compressible.codecs.jpeg import Jpeg
from compressible.codecs.jpeg2000 import Jpeg2000
from compressible.data.bundled import load_picture, write_pictures
from compressible.reports.equal_bytes import code, crop_figure
from compressible.reports.evaluation import evaluate, save_evaluation
from compressible.reports.rd_plot import write_figure
from compressible.reports.tables import settings_table

TOP = Path(__file__).resolve().parents[1]
PAGE = TOP / "docs" / "lossy_standards.md"
FIGURE = TOP / "docs" / "images" / "lossy_standards"
RESULT = TOP / "results" / "lossy_standards.json"
PICTURE = "chelsea"
BOX = (35, 130, 150, 200)
"""Top, left, height and width of the piece that is shown."""
THEMSELVES = (Jpeg(quality=25), Jpeg2000(ratio=40))


def page_codecs() -> tuple[Codec, ...]:
    """Run the code on the page: what it calls ``codecs``."""
    names: dict[str, Any] = {}
    exec(compile("\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)), str(PAGE), "exec"), names)
    return names["codecs"]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    ours = page_codecs()
    with TemporaryDirectory() as folder:
        write_pictures(Path(folder), (PICTURE,))
        families = {codec.name: [codec] for codec in (*ours, *THEMSELVES)}
        evaluation = evaluate(families, list(Path(folder).iterdir()), f"scikit-image's {PICTURE}")
    save_evaluation(RESULT, evaluation)
    print(settings_table([evaluation]))
    image = load_picture(PICTURE)
    shown = [code(codec, image) for codec in (*ours, THEMSELVES[0])]
    write_figure(FIGURE, crop_figure(image, shown, BOX, f"{PICTURE}, files of about equal size", rows=2))


if __name__ == "__main__":
    main()
