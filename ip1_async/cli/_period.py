"""The options of a period: from when, until when, and in which time zone."""

from datetime import datetime
from typing import TypedDict

import attrs
from cyclopts import Parameter

from ip1_async.cli._zone import choose_zone, in_zone


class Moments(TypedDict):
    """Both ends of a period."""

    since: datetime | None
    until: datetime | None


@Parameter(name="*", group="Period")
@attrs.frozen(kw_only=True)
class PeriodOptions:
    """From when, and until when.

    Attributes:
        since: Only what is from this date or time on, such as 2026-03-01 or 2026-03-01T08:30.
        until: Only what is from before this date or time.
        timezone: Time zone of dates and times, such as Europe/Stockholm. Without it a terminal has
            the machine's own, and data has UTC.
    """

    since: str | None = None
    until: str | None = None
    timezone: str | None = None

    async def moments(self, *, data: bool = False) -> Moments:
        """Choose the time zone, and give both ends, `since` and `until`.

        Args:
            data: The command writes data for programs, on a terminal, too.

        Raises:
            ValueError: One of the options can't be used.
        """
        await choose_zone(self.timezone)
        since = _read("--since", self.since, data=data)
        until = _read("--until", self.until, data=data)
        if since is not None and until is not None and until <= since:
            raise ValueError("--until: expected a time after --since")
        return {"since": since, "until": until}


def _read(option: str, text: str | None, *, data: bool) -> datetime | None:
    if text is None:
        return None
    try:
        return in_zone(datetime.fromisoformat(text), data=data)
    except (OverflowError, ValueError):
        pass
    raise ValueError(f"{option}: expected a date or a time like 2026-03-01 or 2026-03-01T08:30")


DEFAULT_PERIOD = PeriodOptions()
