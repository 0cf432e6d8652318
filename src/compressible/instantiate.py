"""Objects from configuration nodes: the one place where a name in a file becomes code that runs.

    {_target_: compressible.quantizers.Scalar, _partial_: true, levels: 31} ──► functools.partial(Scalar, levels=31)

The node language is Hydra's (``_target_``, ``_partial_``, nested nodes first), read here without Hydra so that shipped
models load on the command line without it. Only targets below allowed packages are imported, and every key is checked
against the signature, so a misspelt one fails before anything is built.
"""

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

ALLOWED = ("compressible.", "torch.nn.", "torch.optim.", "pytorch_lightning.")


class ConfigError(ValueError):
    """A configuration that cannot be built, in one sentence for the person who wrote it."""


def instantiate(node: Any, allowed: tuple[str, ...] = ALLOWED) -> Any:
    """Build what ``node`` describes; containers without ``_target_`` are built item by item, other values kept.

    Args:
        node: plain containers, as ``OmegaConf.to_container(cfg, resolve=True)`` gives them.
        allowed: prefixes of targets.

    Raises:
        ConfigError: if a target is not allowed, does not exist, or does not take the keys it is given.
    """
    if isinstance(node, Mapping):
        if "_target_" not in node:
            return {key: instantiate(value, allowed) for key, value in node.items()}
        partial = node.get("_partial_", False)
        target = locate(node["_target_"], allowed)
        keys = [key for key in node if key not in ("_target_", "_partial_")]
        arguments = {key: instantiate(node[key], allowed) for key in keys}
        check_arguments(node["_target_"], target, arguments, partial=partial)
        if partial:
            return functools.partial(target, **arguments)
        try:
            return target(**arguments)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{node['_target_']}: {error}") from error
    if isinstance(node, Sequence) and not isinstance(node, str):
        return tuple(instantiate(item, allowed) for item in node)
    return node


def locate(name: str, allowed: tuple[str, ...] = ALLOWED) -> Callable[..., Any]:
    """Import the callable ``name``. Raises ``ConfigError`` if it is not allowed or not there."""
    if not name.startswith(allowed):
        raise ConfigError(f"_target_ {name} is outside the allowed packages ({', '.join(p[:-1] for p in allowed)})")
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"_target_ {name} does not exist") from error
    if not callable(found):
        raise ConfigError(f"_target_ {name} is not callable")
    return found


def check_arguments(name: str, target: Callable[..., Any], arguments: Mapping[str, Any], *, partial: bool) -> None:
    """Raise ``ConfigError`` unless ``target`` takes ``arguments`` (all it needs, unless ``partial``)."""
    signature = inspect.signature(target)
    try:
        (signature.bind_partial if partial else signature.bind)(**arguments)
    except TypeError as error:
        known = ", ".join(signature.parameters)
        raise ConfigError(f"{name}: {error} (it takes: {known})") from error
