"""The one checkpoint from which a stopped run continues."""

from datetime import timedelta

from pytorch_lightning.callbacks import ModelCheckpoint


class Checkpoint(ModelCheckpoint):
    """Keeps ``last.ckpt`` up to date: every so many minutes, at the end, and when the run is stopped.

    Args:
        folder: where it is kept.
        minutes: time between two writes.
    """

    def __init__(self, folder: str, minutes: float = 5.0) -> None:
        super().__init__(
            dirpath=folder,
            filename="last",
            train_time_interval=timedelta(minutes=minutes),
            save_on_exception=True,
            enable_version_counter=False,
        )
