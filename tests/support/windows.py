"""How many moments fall into one second."""

from collections.abc import Sequence


def most_within(moments: Sequence[float], window: float = 1.0) -> int:
    """Count the most moments in any window that is closed at both ends."""
    ordered = sorted(moments)
    most = first = 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] > window:
            first += 1
        most = max(most, last - first + 1)
    return most
