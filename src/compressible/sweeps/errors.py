"""What a sweep cannot be made of."""


class SweepError(Exception):
    """What the person who wrote or started a sweep should know, in one sentence."""
