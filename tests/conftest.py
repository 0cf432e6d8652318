import signal

from hypothesis import settings

# A busy machine is slow, not wrong.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


def pytest_configure() -> None:
    """A shell lets what it starts behind & ignore Ctrl-C, and so would the processes that tests send it to."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
