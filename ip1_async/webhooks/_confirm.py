"""What the API says of a hook, in a bounded number of reads."""

import asyncio
import logging
import re
from collections import deque
from http import HTTPStatus

from ip1_async._http.settings import check_count
from ip1_async.client import Client
from ip1_async.errors import BadRequestError, IP1Error, NotFoundError
from ip1_async.models import DeliveryReport, Direction, Message, Status
from ip1_async.webhooks._answer import NotTaken
from ip1_async.webhooks._parse import HookEvent

_log = logging.getLogger("ip1_async.webhooks")
_WINDOW = 1.0
_NEWEST_PAGE = 200
# Ids are opaque texts. Those of iP.1 have 24 characters or a few more.
_SENDABLE = re.compile(r"[ -~]{1,128}")
_UNKNOWN, _LATER = HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE


def what_is_looked_up(claimed: HookEvent) -> HookEvent:
    """Leave out all that plays no part in its confirmation, such as 64 KB of text."""
    if isinstance(claimed, DeliveryReport):
        code, created = claimed.code, claimed.created
        return DeliveryReport(claimed.id, claimed.batch_id, code=code, created=created)
    return Message(claimed.id, claimed.batch_id, sender=claimed.sender)


class CapReachedError(NotTaken):
    """Reading this now would be one read too many."""


class Confirmer:
    """Reads the message of a hook, at most so many a second; what exceeds that is not read."""

    def __init__(self, client: Client, reads_per_second: int) -> None:
        check_count("reads_per_second", reads_per_second)
        self._client = client._in_background()  # noqa: SLF001  # one of us
        self._read = deque([float("-inf")] * reads_per_second, maxlen=reads_per_second)

    async def confirm(self, claimed: HookEvent) -> HookEvent:
        """Give the same event in the words of the API.

        Raises:
            NotTaken: The API does not know it (404), can't say now, or not yet (503).
        """
        message = await self._ask(claimed)
        is_report = isinstance(claimed, DeliveryReport)
        wrong_way = Direction.MO if is_report else Direction.MT
        if message is None or message.id != claimed.id or message.direction is wrong_way:
            raise NotTaken(_UNKNOWN)
        return _report(message, claimed) if isinstance(claimed, DeliveryReport) else message

    async def _ask(self, claimed: HookEvent) -> Message | None:
        place = claimed.batch_id or getattr(claimed, "sender", None) or ""
        if not (_SENDABLE.fullmatch(claimed.id) and _SENDABLE.fullmatch(place)):
            return None
        self._count()
        try:
            if claimed.batch_id:
                message = await self._client.v2.batches.get_message(place, claimed.id)
                if isinstance(claimed, DeliveryReport) or isinstance(message.direction, Direction):
                    return message
                # Which way it went only the list of what came in can say then.
                if not _SENDABLE.fullmatch(place := message.sender or ""):
                    return None
                self._count()
            return await self._find(place, claimed.id)
        except (NotFoundError, BadRequestError):
            return None
        except IP1Error as error:
            _log.warning("a hook could not be looked up: %s", error)
        except ValueError:  # of a sender that is no participant
            return None
        raise NotTaken(_LATER)

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._read[0] < _WINDOW:
            raise CapReachedError(_LATER)
        self._read.append(now)

    async def _find(self, sender: str, message_id: str) -> Message | None:
        """Look for a message in the newest page of what a number sent."""
        pager = self._client.v2.conversations.list_messages(
            sender, direction="mo", order="DESC", page_size=_NEWEST_PAGE, concurrency=1
        )
        async with pager:
            async for page in pager.pages():
                return next((each for each in page.items if each.id == message_id), None)
        return None


def _report(message: Message, claimed: DeliveryReport) -> DeliveryReport:
    """Write the report anew from the message's own history.

    Of several states with the code it is that of the time, or else the latest.
    """
    states = [state for state in message.statuses if state.code == claimed.code]
    of_the_time = [state for state in states if state.created == claimed.created]
    latest = Message(message.id, statuses=tuple(of_the_time or states)).latest_status
    if latest is None:  # the API lags behind, or somebody made it up
        raise NotTaken(_LATER)
    return _report_of(message, latest)


def _report_of(message: Message, state: Status) -> DeliveryReport:
    return DeliveryReport(
        id=message.id,
        batch_id=message.batch_id,
        recipient=message.recipient,
        code=state.code,
        duration=state.duration,
        created=state.created,
        segments=message.segments,
        price=message.price,
        currency=message.currency,
        reference=message.reference,
    )
