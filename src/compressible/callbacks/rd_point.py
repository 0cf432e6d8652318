"""A rate-distortion point of the held-out photographs at each validation, from real coded files."""

from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

from compressible.codecs.learned import LearnedCodec, unexported
from compressible.metrics.psnr import psnr
from compressible.metrics.ssim import MS_SSIM_MINIMUM_SIDE, ms_ssim
from compressible.tasks import ImageCompression, Stage


class RDPoint(pl.Callback):
    """Logs ``val/bpp_estimated``, ``val/bpp_coded``, ``val/bpp_file`` and ``val/ms_ssim`` once there are symbols.

    Files are written with the network as it stands, in full precision, and with tables from the current symbol model.
    """

    def on_validation_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Make a codec of the network as it stands."""
        assert isinstance(pl_module, ImageCompression)
        self._codec: LearnedCodec | None = None
        if pl_module.stage is not Stage.AUTOENCODER and pl_module.initialised:
            self._codec = unexported(pl_module.model, pl_module.integer_coders())

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Code and decode one photograph."""
        if self._codec is None:
            return
        image = np.ascontiguousarray(batch[0].permute(1, 2, 0).cpu().numpy())
        pixels = image.shape[0] * image.shape[1]
        data = self._codec.encode(image)
        sizes = self._codec.sizes(data)
        decoded = self._codec.decode(data)
        pl_module.log("val/bpp_file", 8 * sizes.file / pixels, batch_size=1)
        if sizes.coded is not None and sizes.estimated is not None:
            pl_module.log("val/bpp_coded", 8 * sizes.coded / pixels, batch_size=1)
            pl_module.log("val/bpp_estimated", sizes.estimated / pixels, batch_size=1)
        pl_module.log("val/psnr_decoded", psnr(image, decoded), batch_size=1)
        if min(image.shape[:2]) >= MS_SSIM_MINIMUM_SIDE:
            pair = [torch.from_numpy(p).permute(2, 0, 1)[None].float() / 255 for p in (image, decoded)]
            pl_module.log("val/ms_ssim", float(ms_ssim(*pair)), batch_size=1)
