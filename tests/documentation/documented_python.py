"""Python blocks: run in the order of the page, all in one namespace; a block that is a file becomes that module."""

import importlib
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from documented_blocks import Block


def run_python(block: Block, page: str, names: dict[str, Any], patch: pytest.MonkeyPatch) -> None:
    """Run one block; of a file of tests its tests too."""
    code = compile("\n" * block.line + block.text, page, "exec")
    if not block.title:
        exec(code, names)
        return
    path = Path(block.title)
    module = ModuleType(".".join(path.with_suffix("").parts).removeprefix("src."))
    exec(code, module.__dict__)
    own = {name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    if path.parts[0] == "tests":
        tests = [value for name, value in own.items() if name.startswith("test_") and inspect.isfunction(value)]
        assert tests
        for test in tests:
            test()
        return
    patch.setitem(sys.modules, module.__name__, module)
    package = importlib.import_module(module.__name__.rpartition(".")[0])
    for name, value in own.items():
        # As if the package exported it.
        if inspect.isclass(value):
            patch.setattr(package, name, value, raising=False)
