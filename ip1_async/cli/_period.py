"""The options of a period, and the time zone that a command shows times in, and reads dates in."""

import asyncio
import sys
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from typing import TypedDict
from zoneinfo import ZoneInfo

import attrs
from cyclopts import Parameter

_chosen: ContextVar[tzinfo | None] = ContextVar("zone", default=None)


async def choose_zone(name: str | None) -> None:
    """Choose the zone of the running command by its name, such as Europe/Stockholm.

    Raises:
        ValueError: There is no such zone.
    """
    try:
        _chosen.set(None if name is None else await asyncio.to_thread(ZoneInfo, name))
    except (KeyError, OSError, ValueError):  # a directory of zones is an OSError
        pass
    else:
        return
    raise ValueError("--timezone: no such zone; write one like Europe/Stockholm or UTC")


def current_zone(*, data: bool = False) -> tzinfo | None:
    """Give the chosen zone; `None` is the machine's own.

    Without a choice it is the machine's own zone on a terminal, and UTC in data.
    """
    zone = _chosen.get()
    return UTC if zone is None and (data or not sys.stdout.isatty()) else zone


def in_zone(moment: datetime, *, data: bool = False) -> datetime:
    """Convert a time to the current zone; a time without a zone is taken to be there."""
    zone = current_zone(data=data)
    if moment.tzinfo is None and zone is not None:
        return moment.replace(tzinfo=zone)
    return moment.astimezone(zone)


def zone_name(*, data: bool = False) -> str:
    """Name the zone in a few letters."""
    if isinstance(chosen := _chosen.get(), ZoneInfo):
        return chosen.key.rpartition("/")[2].replace("_", " ")
    return "UTC" if in_zone(datetime.now(UTC), data=data).tzname() == "UTC" else "local"


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
        since = _read_moment("--since", self.since, data=data)
        until = _read_moment("--until", self.until, data=data)
        # Times of one zone would be compared by their clocks, which go back in autumn.
        if since and until and until.timestamp() <= since.timestamp():
            raise ValueError("--until: expected a time after --since")
        return {"since": since, "until": until}


def _read_moment(option: str, text: str | None, *, data: bool) -> datetime | None:
    if text is None:
        return None
    try:
        return in_zone(datetime.fromisoformat(text), data=data)
    except (OverflowError, ValueError):
        pass
    raise ValueError(f"{option}: expected a date or a time like 2026-03-01 or 2026-03-01T08:30")


DEFAULT_PERIOD = PeriodOptions()
