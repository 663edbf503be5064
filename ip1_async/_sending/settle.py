"""What became of sends whose answer was lost: the newest of the account are looked through."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from ip1_async._http.clock import Clock
from ip1_async._sending.keys import keys_of, make_key
from ip1_async.errors import InvalidResponseError, IP1Error
from ip1_async.models import Batch, Bundle, Order
from ip1_async.pagination import Pager

_NEWEST = 2_000
_PAGE = 200
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 8.0  # seconds between two looks at the first page

T = TypeVar("T", Batch, Bundle)


class Listing(Protocol[T]):
    """A list of what was sent."""

    def __call__(self, *, order: Order, page_size: int, max_items: int) -> Pager[T]:
        """List it."""
        ...


async def look_up(
    keys: Iterable[str],
    listing: Listing[T],
    patience: float,
    clock: Clock,
) -> dict[str, Sequence[T]]:
    """Look for several sends at once among the newest 2,000.

    After one look at all of them only the newest are looked at again and again, until every key
    was seen or time is up; then all of them once more. Without patience it is the one look.

    Args:
        keys: The keys to look for.
        listing: Where to look.
        patience: Seconds until the last look begins.
        clock: Time.

    Returns:
        What was found under each key: nothing, one, or what should not be there.

    Raises:
        ValueError: A key or the patience can't be used.
        IP1Error: The list can't be read.
    """
    wanted = {make_key(key) for key in keys}
    if not patience >= 0:
        raise ValueError("patience: expected seconds from 0")

    # What was seen once counts: another copy of the list may be behind.
    found: dict[str, dict[str, T]] = {key: {} for key in wanted}

    async def look(most: int) -> set[str]:
        """Look at the newest, and say which keys were not seen so far."""
        async for item in listing(order=Order.DESC, page_size=min(_PAGE, most), max_items=most):
            for key in wanted.intersection(keys_of(item)):
                found[key][item.id] = item
        return {key for key in wanted if not found[key]}

    end, wait = clock.now() + patience, _FIRST_WAIT
    missing = await look(_NEWEST) if wanted else set()
    if missing and patience:
        while missing and (left := end - clock.now()) > 0:
            await clock.sleep(min(wait, left))
            wait = min(2 * wait, _LONGEST_WAIT)
            missing = await look(_PAGE)
        await look(_NEWEST)
    return {key: list(found[key].values()) for key in found}


async def settle(
    key: str,
    listing: Listing[T],
    patience: float,
    clock: Clock,
) -> T | None:
    """Look for one send as `look_up` does, and give it if it is there.

    Raises:
        InvalidResponseError: Two have this key.
        IP1Error: The list can't be read.
    """
    try:
        found = (await look_up([key], listing, patience, clock))[key]
    except IP1Error as error:
        error.key = key
        raise
    if len(found) > 1:
        ids = " and ".join(each.id for each in found)
        failure = InvalidResponseError(f"sent more than once with this key: {ids}")
        failure.key = key
        raise failure
    return found[0] if found else None
