"""Durations, as the command line takes them."""

import re

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


def milliseconds(duration):
    """Of text such as 500ms, 10s or 2m; a number is milliseconds already."""
    if isinstance(duration, (int, float)):
        return round(duration)
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)", duration)
    if found is None:
        raise ValueError(f'"{duration}" is not a duration: pass milliseconds, or text such as 500ms, 10s or 2m')
    return round(float(found[1]) * _UNITS[found[2]])
