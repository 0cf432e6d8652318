"""Public picture sets, downloaded on first use with a checksum and a progress bar.

A picture gets its name only when it is whole, and a set is there only when all its pictures are: whatever an
interrupted download or unpacking left out is added the next time.
"""

import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import pooch
from rich.progress import track

from compressible.atomic import write_bytes_atomic
from compressible.data.bundled import evaluation_pictures
from compressible.data.paths import DownloadError, image_files

KODAK = "https://r0k.us/graphics/kodak/kodak/"
KODAK_SHA256 = (
    "a56e27cbf5f843c048b6af1d6e090760e9c92fadba88b7dee0205918a37523bd",
    "4f4b74a79237e311d72cad958237b5f7088d8bce1c82305ebefe1a70e3022dfd",
    "e25ca1ff2f0c0cb5fdfd5f9b0a0bb21ac4c3de3c84a67f35b09a85d3306249db",
    "e3b946107c5d3441c022f678d0c3caf1e224d81b1604ba840a4f88e562de61aa",
    "10349e963c5c813d327852f82c1795fa4148d69fedffc4c589bee458e3ac3d53",
    "363510303b715d4cbc384e1ce227e466b613a09e1b71ae985882bf8e7fbd9b18",
    "b77d3f006f42414bb242222e0482e750c0fb9e5ee8d4bed2f6f11c5605fe54a4",
    "ba23983c76b4832ee0e8af0592664756841a16779acd69f792e268fb6d13d6e7",
    "6a4361c2fc194feb4edaa9f9a4a0620fb9943e460ac7fdf037fb0f6dd6607a7d",
    "9dfb70f5867c29ff9ed6313683f19b3d867849e40fbc0c4c54a4a89df341cf23",
    "7936814b58b5387fce2e4e2488b4ec830dadd95fa9520f358ddb30990b50f2b6",
    "d78c37c2f04f23761ed2367dd77e2db584ddd4c3950833fecf89f199a8126980",
    "bc34a3ce58dea09dce1704c997171602de90cb34d0c8503a988b77f473d39b08",
    "55a94550ff18f3246c4074fd32b77b0c74447c26b6ad274d564d999c0450ba6e",
    "7538cbb80cb9103606c48b806eae57d56c885c7f90b9b3be70a41160f9cbb683",
    "a89c7268ccd4718ba424a99fc4643c572cf692ca6eae887185ceb4e9f11d2e54",
    "37afcc89fbdcb76d9518e04b2fc011027e2f4cd14b3b2f83cefd721641a47c5b",
    "1a9258c365988961d87a0598725b609139c303ad48a5aad6c503c3b1a87849aa",
    "b7450b264b1b0a411390d8931b112c27905a992520fc90569dc4b920aa32bbdc",
    "3b46c71e3b92a563820ba32936be8330c586c41f938efd94be938386aae4328a",
    "ac958597c82073f6bb65129c68f72b651db5b9efd82e11547d07350214bc268b",
    "1cee58eb1f2d9c7ebb254d208a03c783ce6cf2c4d8c2cf45e235dd23b4ce1b29",
    "e3111a2fd4da24af15d6459ef9eacfe54106b38e27b4a21821b75c3f5d2d5baf",
    "1071c68372cc5a01435c2c225a5cf7d4bb803846ec08bb6b3d6721b156d7cb96",
)
CLIC = "https://data.vision.ee.ethz.ch/cvl/clic/professional_train_2020.zip"
CLIC_MD5 = "a6845cac88c3dd882246575f7a2fc5f9"
CLIC_PICTURES = 585
CIFAR10 = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
CIFAR10_MD5 = "c58f30108f718f92721af3b95e74349a"
MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST_MD5 = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
"""Of the files packed by gzip."""


def evaluation_folder(name: str, root: Path) -> Path:
    """Folder of the evaluation set ``name`` below ``root``; Kodak is downloaded if it is not there.

    Raises:
        DownloadError: if the set cannot be downloaded.
        DataError: if one that is not downloaded is absent.
    """
    folder = root / name
    if name == "kodak":
        kodak(folder)
    elif name == "bundled":
        evaluation_pictures(folder)
    image_files(folder)
    return folder


def kodak(folder: Path) -> None:
    """The 24 pictures of the Kodak PhotoCD set, 15 MB. Raises ``DownloadError`` if one cannot be downloaded."""
    for number, digest in enumerate(KODAK_SHA256, start=1):
        name = f"kodim{number:02d}.png"
        if not (folder / name).is_file():
            _fetch(KODAK + name, f"sha256:{digest}", folder / name, "Kodak")


def clic(folder: Path) -> None:
    """585 photographs of CLIC 2020's professional training part, 2 GB. Raises ``DownloadError`` if that fails.

    The archive stays beside ``folder``, and is checked before anything is unpacked from it.
    """
    if len(list(folder.glob("*.png"))) >= CLIC_PICTURES:
        return
    archive = folder.parent / "professional_train_2020.zip"
    _fetch(CLIC, f"md5:{CLIC_MD5}", archive, "CLIC 2020")
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive) as packed:
        for member in track(packed.namelist(), description="unpacking CLIC 2020", transient=True):
            target = folder / PurePosixPath(member).name
            # macOS adds a hidden file to each of an archive.
            if target.suffix == ".png" and not target.name.startswith(".") and not target.exists():
                write_bytes_atomic(target, packed.read(member))


def cifar10(folder: Path) -> None:
    """60,000 pictures of 32 x 32 pixels in ten classes, 170 MB. Raises ``DownloadError`` if they are not to be had.

    A folder that is there is left alone, whatever it holds.
    """
    if folder.is_dir():
        return
    archive = folder.parent / "cifar-10-python.tar.gz"
    _fetch(CIFAR10, f"md5:{CIFAR10_MD5}", archive, "CIFAR-10")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as part, tarfile.open(archive) as packed:
        packed.extractall(part, filter="data")
        (Path(part) / "cifar-10-batches-py").rename(folder)


def mnist(folder: Path) -> None:
    """70,000 pictures of digits in four files, 12 MB. Raises ``DownloadError`` if one is not to be had.

    A file that is there, packed or not, is left alone, whatever it holds.
    """
    for name, digest in MNIST_MD5.items():
        packed = folder / f"{name}.gz"
        if not (packed.is_file() or (folder / name).is_file()):
            _fetch(MNIST + packed.name, f"md5:{digest}", packed, "MNIST")


def _fetch(url: str, digest: str, target: Path, title: str) -> None:
    try:
        pooch.retrieve(url, digest, fname=target.name, path=target.parent, progressbar=True)
    except Exception as error:
        raise DownloadError(
            f"{title} is not at {target.parent} and could not be downloaded from {url} ({type(error).__name__}); put "
            "the files there by hand, or set paths.data (COMPRESSIBLE_DATA) to where they lie"
        ) from error
