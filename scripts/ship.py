"""Put a trained run's model into the package under its final name.

    python scripts/ship.py outputs/shvq_high msssim-3 --data "831 ImageNet and 400 BSDS500 photographs" \
        --licence "research, non-commercial"

The run's training record goes to results/training/NAME.json. The model's hash, and so its files, stay as they are.
"""

import argparse
import dataclasses
import shutil
from pathlib import Path

from compressible.codecs.exported import load_model, save_model
from compressible.codecs.zoo import ZOO
from compressible.rates import StaticCoder
from compressible.reports.schema import load
from compressible.reports.training_record import TrainingRecord


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("name", help="final name, such as msssim-3")
    parser.add_argument("--data", required=True, help="training data, for the model card")
    parser.add_argument("--licence", required=True, help="what the training data allows, for the model card")
    arguments = parser.parse_args()
    (path,) = arguments.run.glob("*.safetensors")
    model = load_model(path)
    coders = tuple(coder for coder in model.coders if isinstance(coder, StaticCoder))
    record = load(arguments.run / "training.json", TrainingRecord)
    card = dataclasses.replace(
        model.description.card,
        training_data=arguments.data,
        licence=arguments.licence,
        commit=record.environment.commit or "",
    )
    target = ZOO / f"{arguments.name}.safetensors"
    description = save_model(target, arguments.name, model.description.model, model.network, coders, card)
    kept = Path(__file__).parents[1] / "results" / "training" / f"{arguments.name}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(arguments.run / "training.json", kept)
    print(f"{target}: {target.stat().st_size} bytes, hash {description.hash}")


if __name__ == "__main__":
    main()
