"""Train from one configuration.

    python train.py experiment=shvq_kodak budget=cpu

Overrides are Hydra's: beta=0.05 trainer.max_steps=2000 quantizer=scalar, and -m beta=0.05,0.1,0.2 for a sweep.
"""

from compressible.cli.train import main

if __name__ == "__main__":
    main()
