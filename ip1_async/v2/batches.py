"""`/v2/batches`: send requests, and the messages of each."""

from collections.abc import Iterable, Sequence

from ip1_async._api import Api
from ip1_async._paging.types import OrderLike, Paging
from ip1_async._sending.keys import make_key
from ip1_async._sending.settle import look_up, settle
from ip1_async._sending.sms import CodingLike, TypeLike, Window, make_body
from ip1_async._template import RecipientsLike
from ip1_async.models import Batch, Message
from ip1_async.pagination import Pager


class Batches:
    """Send requests, and the messages of each."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(
        self,
        *,
        order: OrderLike = "ASC",
        start: int = 0,
        page_size: int = 200,
        max_items: int | None = None,
        concurrency: int | None = None,
        cursor: str | None = None,
    ) -> Pager[Batch]:
        """List the batches of the account, oldest first, without their summaries.

        `GET /v2/batches` (API manual, Batches). An account without any gives no items, and
        `pager.not_found` where the server says 404.

        Args:
            order: By creation time, "ASC" or "DESC".
            start: Offset of the first item; not together with `cursor`.
            page_size: Items to ask for in a request; the server may send fewer.
            max_items: Most items to read, counted from the cursor.
            concurrency: Most pages in flight or waiting; `None` is the client's.
            cursor: Where an earlier pager of the same call was left.

        Raises:
            ValueError: An argument can't be used; nothing was sent.
        """
        paging = Paging(order, start, page_size, max_items, concurrency, cursor)
        return self._api.pager(Batch, self._api.request("/batches"), paging, empty_on_404=True)

    async def get(self, batch_id: str) -> Batch:
        """Get one batch with its summaries.

        `GET /v2/batches/{batch}` (API manual, Batches).

        Args:
            batch_id: Id of the batch.

        Raises:
            ValueError: The id can't be used; nothing was sent.
            NotFoundError: There is no such batch.
            IP1Error: The call failed.
        """
        return await self._api.get(Batch, self._api.request("/batches/{batch}", batch=batch_id))

    async def send(
        self,
        *,
        sender: str,
        recipients: RecipientsLike,
        body: str,
        type: TypeLike = "sms",  # noqa: A002  # the API's name
        datacoding: CodingLike = "ucs",
        priority: int = 1,
        delivery_windows: Iterable[Window] = (),
        delivery_report_url: str | None = None,
        reference: str | None = None,
        tags: Iterable[str] = (),
        key: str | None = None,
    ) -> Batch:
        """Send an SMS to everybody named, and never twice.

        `POST /v2/batches` (API manual, Sending). It is repeated only while it certainly has not
        been accepted: refused connection, DNS, TLS, 429. Every error carries `key`. Where this
        call may be cancelled (`asyncio.timeout`, a closing web server), pass a `key` of your own,
        and ask `settle(key)` afterwards what became of it: a cancellation can't carry one.

        Args:
            sender: A registered number or name. A name with a space in it is warned about.
            recipients: Numbers with country code, with or without one `+`; or a mapping of each
                to the values of its placeholders, where the key "default" has those for all.
            body: The text, at most 2,000 characters. With a mapping it is a template:
                `{name}` gives way to a value. With a list braces are just braces.
            type: "sms", or "flash" for one that is shown at once and not kept.
            datacoding: "ucs", or "gsm", which holds fewer characters in shorter segments.
            priority: 1 normal, 2 high, which costs more.
            delivery_windows: When to deliver, as pairs of times, opens and closes; one without
                a zone is in UTC.
            delivery_report_url: Where iP.1 is to post delivery reports.
            reference: A text of yours that comes back with the batch.
            tags: Marks of yours. One more is added, `ip1-async:` and the key.
            key: The mark of this one send, 1 to 100 visible ASCII characters; `None` makes one.

        Raises:
            ValueError: The API would reject an argument; nothing was sent.
            SendUncertainError: It may or may not have been accepted; `settle(error.key)` looks.
            IP1Error: It was not accepted.
        """
        key = make_key(key)
        payload = make_body(
            key,
            sender=sender,
            recipients=recipients,
            body=body,
            type=type,
            datacoding=datacoding,
            priority=priority,
            delivery_windows=delivery_windows,
            delivery_report_url=delivery_report_url,
            reference=reference,
            tags=tags,
        )
        request = self._api.request("/batches", method="POST")
        return await self._api.send(Batch, request, payload, key)

    async def settle(self, key: str, *, patience: float = 60.0) -> Batch | None:
        """Find out what became of a send, by its mark among the newest 2,000 batches.

        `GET /v2/batches` (API manual, Batches), newest first, the first page most often.

        Args:
            key: The key of the send.
            patience: Seconds to go on looking; 0 looks once.

        Returns:
            The batch, or `None`: not seen yet, which does not mean that it was not sent.

        Raises:
            ValueError: An argument can't be used; nothing was sent.
            InvalidResponseError: Two batches have this key; the text names both.
            IP1Error: The batches can't be read.
        """
        clock = self._api.transport.clock
        return await settle(key, self.list, patience, clock)

    async def _look_up(self, keys: Iterable[str], *, patience: float) -> dict[str, Sequence[Batch]]:
        """Look for many sends at once, as `settle` does for one; give what has each key."""
        clock = self._api.transport.clock
        return await look_up(keys, self.list, patience, clock)

    async def cancel(self, batch_id: str) -> None:
        """Cancel a batch that is still to be sent.

        `DELETE /v2/batches/{batch}` (API manual, Batches). **The record of a batch that was sent
        already may be deleted**: the manual says "deletes a batch or cancels a future one". It
        says so on one variant of the page only, so a server may know no such call (404 or 405).

        Args:
            batch_id: Id of the batch.

        Raises:
            ValueError: The id can't be used; nothing was sent.
            NotFoundError: There is no such batch. Where an attempt before may have worked, a 404
                is success.
            IP1Error: The call failed; the batch may be cancelled nevertheless.
        """
        request = self._api.request("/batches/{batch}", method="DELETE", batch=batch_id)
        await self._api.change(request)

    def list_messages(
        self,
        batch_id: str,
        *,
        order: OrderLike = "ASC",
        start: int = 0,
        page_size: int = 200,
        max_items: int | None = None,
        concurrency: int | None = None,
        cursor: str | None = None,
    ) -> Pager[Message]:
        """List the messages of a batch, oldest first, each with its latest status.

        `GET /v2/batches/{batch}/messages` (API manual, Reading messages).

        Args:
            batch_id: Id of the batch.
            order: By creation time, "ASC" or "DESC".
            start: Offset of the first item; not together with `cursor`.
            page_size: Items to ask for in a request; the server may send fewer.
            max_items: Most items to read, counted from the cursor.
            concurrency: Most pages in flight or waiting; `None` is the client's.
            cursor: Where an earlier pager of the same call was left.

        Raises:
            ValueError: An argument can't be used; nothing was sent.
        """
        request = self._api.request("/batches/{batch}/messages", batch=batch_id)
        paging = Paging(order, start, page_size, max_items, concurrency, cursor)
        return self._api.pager(Message, request, paging)

    async def get_message(self, batch_id: str, message_id: str) -> Message:
        """Get one message with its whole status history.

        `GET /v2/batches/{batch}/messages/{message}` (API manual, Reading messages).

        Args:
            batch_id: Id of the batch.
            message_id: Id of the message.

        Raises:
            ValueError: An id can't be used; nothing was sent.
            NotFoundError: There is no such batch, or no such message in it.
            IP1Error: The call failed.
        """
        template = "/batches/{batch}/messages/{message}"
        request = self._api.request(template, batch=batch_id, message=message_id)
        return await self._api.get(Message, request)
