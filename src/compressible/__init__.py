"""Learn compressible representations of images, features and network weights, down to real bytes on disk."""

__version__ = "0.1.0"
