"""Imports point one way: the rule of docs/architecture.md, read from the source itself."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import compressible

ROOT = Path(compressible.__file__).parent
CHAIN = (
    {"cli", "sweeps", "training", "composition", "callbacks", "loggers", "runs", "outcomes", "reports"},
    {"tasks", "codecs", "weights", "codes"},
    {"models"},
    {"quantizers", "rates", "partitions", "annealing", "clustering"},
    {"bitstream"},
)
BESIDE = {"data", "metrics", "likelihoods", "images", "atomic", "processes", "processor", "functional"}
"""Used by all, and using none of the chain."""
GROUND = {"exit_codes", "instantiate", "resources", "run_files", "run_schema"}
"""Modules that know no concept of the package at all."""
WITHIN_A_LEVEL = {
    ("rates", "quantizers"),
    ("training", "reports"),
    ("training", "callbacks"),
    ("training", "loggers"),
    ("training", "outcomes"),
    ("training", "runs"),
    ("callbacks", "loggers"),
    ("callbacks", "runs"),
    ("loggers", "reports"),
    ("sweeps", "runs"),
    ("sweeps", "reports"),
    ("sweeps", "composition"),
    ("runs", "reports"),
    ("composition", "reports"),
    ("outcomes", "reports"),
    ("tasks", "weights"),
    ("codecs", "weights"),
    ("callbacks", "reports"),
    ("cli", "training"),
    ("cli", "reports"),
    ("cli", "callbacks"),
    ("cli", "composition"),
    ("cli", "runs"),
    ("cli", "sweeps"),
}
"""A symbol model prices what a quantizer made; a run adds callbacks of its own; outcomes and callbacks leave records;
image models are weight files; what a run's folder says is read by sweeps; the command line is above them all."""
LEVEL = {name: level for level, names in enumerate(CHAIN) for name in names}
KNOWN = {*LEVEL, *BESIDE, *GROUND}


def imports_of(path: Path) -> set[str]:
    """Modules of this package that a file imports anywhere, written out in full."""
    package = path.relative_to(ROOT.parent).parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            # "from compressible import codecs" names a module, "from compressible.codecs import Codec" may not.
            found |= {f"{module}.{alias.name}" for alias in node.names} | {module}
    return {name for name in found if name.split(".")[0] == "compressible"}


def concept(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


FILES = sorted(ROOT.rglob("*.py"))


def edges() -> dict[tuple[str, str], set[str]]:
    """Which concept imports which, with the files where it does."""
    result: dict[tuple[str, str], set[str]] = {}
    for path in FILES:
        relative = path.relative_to(ROOT)
        importer = relative.parts[0].removesuffix(".py")
        for module in imports_of(path):
            imported = concept(module)
            if importer != "__init__" and imported in KNOWN and imported != importer:
                result.setdefault((importer, imported), set()).add(str(relative))
    return result


def test_the_reader_of_imports_finds_known_ones() -> None:
    assert ("rates", "quantizers") in edges()
    assert ("models", "partitions") in edges()
    assert ("tasks", "models") in edges()
    assert "compressible.bitstream.tables" in imports_of(ROOT / "rates" / "static.py")


def test_every_concept_has_its_place() -> None:
    present = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in FILES} - {"__init__", "__main__"}
    assert present <= KNOWN, "give a new folder or module its place in the architecture"


@pytest.mark.parametrize(("importer", "imported"), sorted(edges()))
def test_imports_point_down(importer: str, imported: str) -> None:
    where = edges()[importer, imported]
    if importer in GROUND:
        pytest.fail(f"{importer} knows no concept, but imports {imported}")
    if importer in BESIDE:
        assert imported in BESIDE | GROUND, f"{importer} stands beside the chain, but imports {imported} in {where}"
    elif imported in LEVEL and (importer, imported) not in WITHIN_A_LEVEL:
        assert LEVEL[importer] < LEVEL[imported], f"{importer} must not import {imported}, as it does in {where}"


def test_rates_know_no_concrete_quantizer() -> None:
    modules = {m for path in (ROOT / "rates").glob("*.py") for m in imports_of(path) if concept(m) == "quantizers"}
    assert modules <= {"compressible.quantizers.base", "compressible.quantizers.base.Quantized"}


def test_quantizers_partitions_and_annealings_know_nothing_else() -> None:
    for name in ("quantizers", "partitions", "annealing", "bitstream"):
        known = {imported for importer, imported in edges() if importer == name}
        assert known <= BESIDE - {"data", "metrics", "likelihoods"}


HEAVY = ("pytorch_lightning", "lightning", "hydra", "wandb", "numba")


@pytest.mark.parametrize("module", ["compressible", "compressible.codecs", "compressible.cli", "compressible.cli.app"])
def test_the_command_line_never_imports_the_training_stack(module: str) -> None:
    if module == "compressible.codecs":
        module = "compressible.codecs, " + ", ".join(
            f"compressible.codecs.{path.stem}" for path in sorted((ROOT / "codecs").glob("[!_]*.py"))
        )
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"
