"""Codes of images as the input of another network."""

from compressible.codes.view import CodeView

__all__ = ["CodeView"]
