"""Write every table and figure of README and docs from the JSON files under results/.

    python scripts/write_results.py            tables, RD plots, annealing figure
    python scripts/write_results.py --kodak data/kodak      also the crop beside JPEG at equal bytes

A table stands between `<!-- table NAME -->` and `<!-- end -->`; what is between is replaced. Nobody types numbers.
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from compressible.codecs.zoo import shipped
from compressible.reports.comparison import curves
from compressible.reports.evaluation import Evaluation, load_evaluation
from compressible.reports.rd_plot import rd_figure, write_rd_plot
from compressible.reports.schema import load
from compressible.reports.tables import bd_rate_table, markdown, same_rate_table, settings_table
from compressible.reports.training_record import TrainingRecord

TOP = Path(__file__).resolve().parents[1]
RESULTS = TOP / "results"
IMAGES = TOP / "docs" / "images"
PAGES = (TOP / "README.md", TOP / "docs" / "results.md", TOP / "docs" / "models.md")
FAMILY = "msssim"


def kodak() -> list[Evaluation]:
    """Classical codecs and shipped models on Kodak."""
    return [load_evaluation(RESULTS / name) for name in ("kodak_classical.json", "kodak_models.json")]


def models() -> str:
    """One row a shipped model."""
    rows: list[tuple[str, ...]] = []
    for description in shipped():
        record = load(RESULTS / "training" / f"{description.name}.json", TrainingRecord)
        minutes = "n/a" if record.wall_seconds is None else f"{record.wall_seconds / 60:.0f}"
        card = description.card
        rows.append(
            (
                f"`{description.name}`",
                f"{card.distortion}, beta {card.beta:g}",
                f"{record.steps} from {record.started_from or 'scratch'}",
                minutes,
                f"{record.bytes / 1e6:.1f} MB",
                f"{card.training_data} ({card.licence})",
            )
        )
    return markdown(("model", "minimises", "steps", "minutes on 2 cores", "size", "training data"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "models": models,
    "kodak_ms_ssim": lambda: same_rate_table(kodak(), FAMILY, "ms_ssim"),
    "kodak_psnr": lambda: same_rate_table(kodak(), "mse", "psnr"),
    "kodak_bd_rate": lambda: bd_rate_table(kodak(), FAMILY),
    "kodak_settings": lambda: settings_table(kodak()),
}


def write_tables() -> None:
    """Replace each marked table in each page."""
    for page in PAGES:
        if not page.exists():
            continue
        text = page.read_text()
        for name in re.findall(r"<!-- table (\w+) -->", text):
            block = f"<!-- table {name} -->\n{TABLES[name]()}\n<!-- end -->"
            text = re.sub(rf"<!-- table {name} -->.*?<!-- end -->", lambda _, b=block: b, text, flags=re.DOTALL)
        page.write_text(text)


def write_plots() -> None:
    """RD curves of the shipped models against the classical codecs."""
    for metric in ("ms_ssim", "psnr"):
        found = curves(kodak(), metric)
        ours = [curve.name for curve in found if curve.name in (FAMILY, "mse")]
        write_rd_plot(IMAGES / f"kodak_{metric}", rd_figure(found, metric, ours=ours, title="Kodak, file bytes"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    write_plots()
    write_tables()


if __name__ == "__main__":
    main()
