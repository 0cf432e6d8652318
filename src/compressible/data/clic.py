"""CLIC 2020's professional training photographs, downloaded on first use."""

from compressible.data.downloads import clic
from compressible.data.photographs import Photographs


class Clic(Photographs):
    """585 photographs, 2 GB; arguments as for ``Photographs``."""

    def prepare_data(self) -> None:
        """Download and unpack what is not there."""
        clic(self.root)
