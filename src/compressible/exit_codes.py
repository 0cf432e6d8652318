"""Exit codes of the commands, by which a sweep knows what to do with a run."""

FAILED = 1
"""A file is damaged, one of several runs or files did not work out, or there is a defect of ours."""
BROKEN_PIPE = 1
MISTAKE = 2
"""Something wrong was given: trying again would not help."""
UNAVAILABLE = 69
"""Something that lies elsewhere could not be fetched, as in sysexits.h: trying again may help."""
OCCUPIED = 75
"""Another process at work kept this one from working, as in sysexits.h: come again later."""
INTERRUPTED = 130
