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


def in_zone(moment: datetime, *, data: bool = False) -> datetime:
    """Convert a time to the chosen zone; a time without a zone is taken to be there.

    Without a choice it is the machine's own zone on a terminal, and UTC in data.
    """
    zone = _chosen.get()
    if zone is None and (data or not sys.stdout.isatty()):
        zone = UTC
    if moment.tzinfo is None and zone is not None:
        return moment.replace(tzinfo=zone)
    return moment.astimezone(zone)


def zone_name(*, data: bool = False) -> str:
    """Name the zone in a few letters."""
    if isinstance(chosen := _chosen.get(), ZoneInfo):
        return chosen.key.rpartition("/")[2].replace("_", " ")
    here = in_zone(datetime.now(UTC), data=data).tzname()
    return "UTC" if here == "UTC" else "local"
