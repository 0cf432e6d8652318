"""``compressible weights info``: where the bytes of a weight file go."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from compressible.bitstream.weight_sizes import TensorSize, WeightSizes

EXAMPLES = """**Examples**

- `compressible weights info network.cmpw`

- `compressible weights info network.cmpw --json`"""


def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Compressed weights.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show where the bytes of compressed weights go: by kind, which is exact, and by tensor, which is estimated.

    The whole file is decoded and all checksums are verified; torch is not needed.
    """
    import json

    from compressible.bitstream import BitstreamError
    from compressible.bitstream.weight_sizes import measure_weights

    try:
        sizes = measure_weights(file.read_bytes())
    except BitstreamError as error:
        raise BitstreamError(f"{file}: {error}") from error
    if as_json:
        total = {"file": str(file), "bytes": sizes.payload.total, "factor": sizes.factor}
        print(json.dumps(total | asdict(sizes), indent=1))
    else:
        _print(file, sizes)


def _print(file: Path, sizes: "WeightSizes") -> None:
    total = sizes.payload.total
    print(f"{'file':<12} {file}")
    print(f"{'bytes':<12} {total:,}, {sizes.factor:.2f}:1 against {sizes.float_values:,} values in float32")
    for kind, size in asdict(sizes.payload).items():
        print(f"  {kind:<10} {size:>12,} {size / total:>7.1%}")
    print(f"{'coders':<12} {', '.join(sizes.coders) or 'none'}")
    print(f"{'tensors':<12} {len(sizes.tensors)}, with estimated bits per value")
    names = [_shown(tensor.name) for tensor in sizes.tensors]
    width = max(map(len, names), default=0)
    for name, tensor in zip(names, sizes.tensors, strict=True):
        print(f"  {name:<{width}} {_describe(tensor)}")


def _shown(name: str) -> str:
    """A name is what the file says, which may be nothing, or what a terminal obeys."""
    return name if name and name.isprintable() else repr(name)


def _describe(tensor: "TensorSize") -> str:
    shape = " x ".join(map(str, tensor.shape)) or "one value"
    bits = f"{tensor.estimated_bits / tensor.values:8.3f}" if tensor.values else f"{'-':>8}"
    return f"{bits} {tensor.form:<9} {tensor.dtype:<8} {shape}"
