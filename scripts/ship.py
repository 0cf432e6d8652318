"""Put a trained run's model into the package under its final name, as small as it can be without harm.

    python scripts/ship.py outputs/shvq_high msssim-3 --data "831 ImageNet and 400 BSDS500 photographs" \
        --licence "research, non-commercial"

Its kernels are quantized at each of some tolerances, see ``compressible.codecs.shrinking``; what is shipped is the
smallest file that loses less than 0.02 dB on photographs that the run held out, and on two of scikit-image's. Rates are
those of ``--entropy static``. All that was tried goes to results/model_sizes.json, the run's training record to
results/training/NAME.json.
"""

import argparse
import dataclasses
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import safetensors.torch

from compressible.atomic import write_bytes_atomic
from compressible.bitstream import SymbolModelKind
from compressible.bitstream.weight_file import decode_weights
from compressible.codecs.description import SUFFIX, TENSOR, Card
from compressible.codecs.exported import ExportedModel, load_model, save_model
from compressible.codecs.learned import LearnedCodec
from compressible.codecs.shrinking import measure_kernels, shrink
from compressible.codecs.zoo import ZOO
from compressible.data.bundled import evaluation_pictures
from compressible.data.paths import DataError
from compressible.data.photographs import Photographs
from compressible.reports.evaluation import evaluate
from compressible.reports.model_sizes import ModelSize, add_model, compare
from compressible.reports.schema import load
from compressible.reports.training_record import TrainingRecord
from compressible.run_files import RECORD
from compressible.weights.state import state_of

RESULTS = Path(__file__).resolve().parents[1] / "results"
TOLERANCES = (0.002, 0.003, 0.004, 0.005, 0.006)
TRAINING_PHOTOGRAPHS = 6
"""On which slopes are measured; what they lose is measured on others."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("name", help="final name, such as msssim-3")
    parser.add_argument("--data", required=True, help="training data, for the model card")
    parser.add_argument("--licence", required=True, help="what the training data allows, for the model card")
    parser.add_argument("--photographs", type=Path, default=Path("data/natural"), help="what the run was trained on")
    parser.add_argument("--cache", type=Path, default=Path("data/cache"), help="folder of decoded photographs")
    arguments = parser.parse_args(argv)
    try:
        size = ship_run(arguments)
    except (DataError, ValueError) as error:
        parser.error(str(error))
    print(f"{arguments.name}: {size.shipped.bytes} bytes instead of {size.safetensors_bytes}, hash {size.shipped.hash}")


def ship_run(arguments: argparse.Namespace) -> ModelSize:
    """Ship the run's model and write what was measured. Raises ``ValueError`` or ``DataError`` if something lacks."""
    paths = list(arguments.run.glob(f"*{SUFFIX}"))
    if len(paths) != 1:
        raise ValueError(f"{arguments.run} must hold one exported model (*{SUFFIX}), but holds {len(paths)}")
    model = load_model(paths[0])
    record = load(arguments.run / RECORD, TrainingRecord)
    photographs = Photographs(str(arguments.photographs), str(arguments.cache))
    photographs.setup("fit")
    card = dataclasses.replace(
        model.description.card,
        training_data=arguments.data,
        licence=arguments.licence,
        commit=record.environment.commit or "",
    )
    size = ship(model, arguments.name, card, photographs, ZOO / f"{arguments.name}{SUFFIX}")
    add_model(RESULTS / "model_sizes.json", size)
    kept = RESULTS / "training" / f"{arguments.name}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(arguments.run / RECORD, kept)
    return size


def ship(model: ExportedModel, name: str, card: Card, photographs: Photographs, target: Path) -> ModelSize:
    """Write the smallest harmless form of ``model`` to ``target``. Raises ``ValueError`` if there is none."""
    training = list(photographs.training_photographs(TRAINING_PHOTOGRAPHS))
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        save = partial(save_model, name=name, node=model.description.model, network=model.network, coders=model.coders)
        lossless = folder / f"lossless{SUFFIX}"
        save(lossless, card=card)
        kernels = measure_kernels(model.network, training)
        tried = {tolerance: folder / f"{tolerance}{SUFFIX}" for tolerance in TOLERANCES}
        for tolerance, path in tried.items():
            save(path, card=card, store=partial(shrink, kernels=kernels, tolerance=tolerance))

        held_out = [photographs.root / photograph for photograph in photographs.held_out_names()]
        files = [*held_out, *evaluation_pictures(folder / "pictures").iterdir()]
        codecs = [LearnedCodec(load_model(path, SymbolModelKind.STATIC)) for path in (lossless, *tried.values())]
        evaluation = evaluate({name: codecs}, files, "held-out photographs")
        before, *after = evaluation.codecs
        size = ModelSize(
            model=name,
            environment=evaluation.environment,
            photographs=evaluation.dataset,
            safetensors_bytes=as_safetensors(lossless.read_bytes()),
            lossless_bytes=lossless.stat().st_size,
            trials=tuple(
                compare(before, result, tolerance, path.stat().st_size)
                for result, (tolerance, path) in zip(after, tried.items(), strict=True)
            ),
        )
        write_bytes_atomic(target, tried[size.shipped.tolerance].read_bytes())
    return size


def as_safetensors(data: bytes) -> int:
    """Bytes of a model file with its tensors as safetensors, and its description as their metadata."""
    state = state_of(decode_weights(data))
    text = state.pop(TENSOR).numpy().tobytes().decode()
    return len(safetensors.torch.save(state, {TENSOR: text}))


if __name__ == "__main__":
    main()
