"""Which model a command uses, and how it codes symbols."""

from enum import StrEnum

from compressible.cli.errors import CommandError


class Entropy(StrEnum):
    """How symbols of pictures are coded, named as in files."""

    STATIC = "static"
    CONTEXT = "context"


ENTROPY_HELP = "How symbols are coded: context makes smaller files, static is faster. Files say which."


def choose_model(model: str | None, quality: int | None) -> str:
    """Name or path of the model that the options mean; by default a shipped one in the middle of the qualities.

    Args:
        model: what ``--model`` says.
        quality: what ``--quality`` says.

    Raises:
        CommandError: if both are given, there is no such quality, or no model ships.
        UnknownModelError: if there is no such model.
    """
    from compressible.codecs import zoo

    if model is not None:
        if quality is not None:
            raise CommandError("--quality chooses a shipped model, so it cannot stand beside --model")
        zoo.find(model)
        return model
    names = [description.name for description in zoo.qualities()]
    if not names:
        raise CommandError("no models ship with this version; name an exported one with --model PATH")
    if quality is None:
        return names[len(names) // 2]
    if not 1 <= quality <= len(names):
        raise CommandError(f"--quality must lie in 1..{len(names)}, got {quality}")
    return names[quality - 1]
