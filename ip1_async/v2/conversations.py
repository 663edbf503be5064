"""`/v2/conversations`: the messages to and from a participant."""

from datetime import date, datetime
from typing import Literal

from ip1_async._api import Api, without_plus
from ip1_async._paging.types import OrderLike, Paging
from ip1_async.models import ConversationSummary, Direction, Message
from ip1_async.pagination import Pager

DirectionLike = Direction | Literal["mt", "mo"]


class Conversations:
    """Messages to and from a participant: a number (MSISDN) or a sender name."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list_messages(
        self,
        participant: str,
        *,
        direction: DirectionLike | None = None,
        order: OrderLike = "ASC",
        start: int = 0,
        page_size: int = 200,
        max_items: int | None = None,
        concurrency: int | None = None,
        cursor: str | None = None,
        since: datetime | date | None = None,
        until: datetime | date | None = None,
    ) -> Pager[Message]:
        """List a conversation, oldest first, each message with its latest status.

        `GET /v2/conversations/{participant}`, `/mt` and `/mo` (API manual, Conversations). An
        empty conversation gives no items, and `pager.not_found`.

        Args:
            participant: A number with country code, with or without `+`, or a sender name.
            direction: "mt" for outgoing only, "mo" for incoming only.
            order: By creation time, "ASC" or "DESC".
            start: Offset of the first item; not together with `cursor`.
            page_size: Items to ask for in a request; the server may send fewer.
            max_items: Most items to read, counted from the cursor.
            concurrency: Most pages in flight or waiting; `None` is the client's.
            cursor: Where an earlier pager of the same call was left.
            since: Begin at the first message that can be that new, and leave out from there on
                what was modified before; nothing created since then is left out. "ASC" finds its
                place by bisection on the server, "DESC" ends at the first message that is older
                for certain. Without a zone it is in UTC, a date is its first moment; not together
                with `start` or `cursor`.
            until: End with the last message that was modified before this moment, which is where
                200 in a row were not; "DESC" begins there.

        Raises:
            ValueError: An argument can't be used; nothing was sent.
        """
        one_way = None if direction is None else _check(direction)
        template = "/conversations/{participant}" + (f"/{one_way}" if one_way else "")
        request = self._api.request(template, participant=without_plus(participant))
        place = order, start, page_size, max_items, concurrency, cursor
        paging = Paging(*place, since=since, until=until)
        return self._api.pager(Message, request, paging, direction=one_way, empty_on_404=True)

    async def get_summary(self, participant: str) -> ConversationSummary:
        """Count a conversation's messages and segments by direction and latest status.

        `GET /v2/conversations/{participant}/summary` (API manual, Conversations).

        Args:
            participant: A number with country code, with or without `+`, or a sender name.

        Raises:
            ValueError: The participant can't be used; nothing was sent.
            NotFoundError: There is no such conversation.
            IP1Error: The call failed.
        """
        request = self._api.request(
            "/conversations/{participant}/summary", participant=without_plus(participant)
        )
        return await self._api.get(ConversationSummary, request)


def _check(direction: DirectionLike) -> Direction:
    try:
        return Direction(direction)
    except ValueError:
        raise ValueError('direction: expected "mt" or "mo"') from None
