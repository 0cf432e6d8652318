"""What a user of the training entry point got wrong, in one sentence; Hydra itself takes several lines."""

from hydra.errors import ConfigCompositionException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

UNHELPFUL = ("See https:", "full_key:", "object_type=", "reference_type=", "Config search path:", "provider=")


def explain(error: Exception) -> str:
    """One sentence about an error of Hydra, of OmegaConf or of our own."""
    cause = _cause(error)
    match error:
        case MissingConfigException(missing_cfg_file=str(file), options=[*options]) if options:
            group, _, option = file.rpartition("/")
            return f"there is no {group} '{option}'; there are {', '.join(options)}"
        case OverrideParseException():
            return f"'{error.override}' cannot be read; settings are given as key=value"
        case ConfigCompositionException() if cause and str(error).startswith("Could not override"):
            return f"there is no setting '{cause.full_key}'; --cfg job shows all there are"
        case OSError() if error.strerror:
            return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        case _:
            return "; ".join(_lines(error))


def _lines(error: Exception) -> list[str]:
    """What its message and that of its cause have to say, in pieces without a full stop."""
    lines = [line.strip().rstrip(".:") for line in f"{error}\n{_cause(error) or ''}".splitlines()]
    if isinstance(error, OmegaConfBaseException) and error.full_key and error.full_key not in lines[0]:
        lines[0] += f" (in {error.full_key})"
    return [line for line in dict.fromkeys(lines) if line and not line.startswith(UNHELPFUL)]


def _cause(error: Exception) -> OmegaConfBaseException | None:
    return error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else None
