"""``compressible models``: what ships."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from compressible.codecs.description import Card, Description

EXAMPLES = """**Examples**

- `compressible models`

- `compressible models msssim-2`

- `compressible models outputs/run/run.cmpw --json`"""


@dataclass(frozen=True)
class ModelInfo:
    """A model at a glance.

    Attributes:
        name: for ``--model``.
        hash: what files of this model carry.
        bytes: of the model file.
        card: what to know of it.
    """

    name: str
    hash: str
    bytes: int
    card: "Card"


def models(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME|PATH]", help="One shipped model, or an exported one. Default: all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the models that ship, with what they were trained on and for.

    Files name their model by the hash that is shown here.
    """
    import json

    from compressible.codecs import zoo
    from compressible.codecs.description import read_description

    descriptions = zoo.shipped() if name is None else (read_description(zoo.find(name)),)
    found = [_describe(description, name or description.name) for description in descriptions]
    if as_json:
        print(json.dumps([asdict(model) for model in found], indent=1))
    elif not found:
        print("no models ship with this version; 'compressible compress --model PATH' takes an exported one")
    for model in found if not as_json else ():
        _print(model)


def _describe(description: "Description", where: str) -> ModelInfo:
    from compressible.codecs import zoo

    return ModelInfo(description.name, description.hash, zoo.find(where).stat().st_size, description.card)


def _print(model: ModelInfo) -> None:
    card = model.card
    lines = [
        ("hash", model.hash),
        ("size", f"{model.bytes / 1e6:.1f} MB"),
        ("distortion", card.distortion),
        ("beta", f"{card.beta:g}"),
        ("trained on", card.training_data),
        ("licence", card.licence),
        ("steps", f"{card.steps:,}"),
        ("seed", f"{card.seed}"),
        ("commit", card.commit),
    ]
    print(f"{model.name}: {card.title}")
    for label, value in lines:
        if value:
            print(f"  {label:<11} {value}")
