"""Codecs: a picture to bytes and back, learned or classical."""

from compressible.codecs.base import Codec, Sizes

__all__ = ["Codec", "Sizes"]
