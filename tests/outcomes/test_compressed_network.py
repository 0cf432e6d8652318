from pathlib import Path

import pytest
from torch import nn

from compressible.bitstream.stream_coders import CoderKind
from compressible.data.cifar10 import Cifar10
from compressible.outcomes import CompressedNetwork


@pytest.mark.parametrize("kind", CoderKind)
def test_coders_go_by_their_names(kind: CoderKind, tmp_path: Path) -> None:
    assert CompressedNetwork(nn.Identity(), Cifar10(str(tmp_path)), coder=kind.name.lower()).coder is kind


def test_a_coder_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"coder must be .*, got zip") as caught:
        CompressedNetwork(nn.Identity(), Cifar10(str(tmp_path)), coder="zip")
    assert all(kind.name.lower() in str(caught.value) for kind in CoderKind)
