"""The time zone that a command shows times in, and reads dates in."""

import asyncio
import sys
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

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
