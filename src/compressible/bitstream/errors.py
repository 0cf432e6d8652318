"""The one error that reading a file raises."""


class BitstreamError(ValueError):
    """Bytes that are not a file of ours, or no longer one; the message says in one sentence what is wrong."""
