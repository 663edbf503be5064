"""`/v3/bundles`: RCS messages that were sent together."""

from collections.abc import Iterable, Mapping
from typing import Any

from ip1_async._api import Api
from ip1_async._paging.types import OrderLike, Paging
from ip1_async._sending.keys import make_key
from ip1_async._sending.rcs import make_body
from ip1_async._sending.settle import settle
from ip1_async._template import RecipientsLike
from ip1_async.models import Bundle, BundleMessage
from ip1_async.pagination import Pager


class Bundles:
    """RCS messages that were sent together."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(
        self,
        *,
        tag: str | None = None,
        order: OrderLike = "ASC",
        start: int = 0,
        page_size: int = 200,
        max_items: int | None = None,
        concurrency: int | None = None,
        cursor: str | None = None,
    ) -> Pager[Bundle]:
        """List the bundles of the account, oldest first.

        `GET /v3/bundles` (API manual, Bundles).

        Args:
            tag: Only those that have this tag.
            order: By creation time, "ASC" or "DESC".
            start: Offset of the first item; not together with `cursor`.
            page_size: Items to ask for in a request; the server may send fewer.
            max_items: Most items to read, counted from the cursor.
            concurrency: Most pages in flight or waiting; `None` is the client's.
            cursor: Where an earlier pager of the same call was left.

        Raises:
            ValueError: An argument can't be used; nothing was sent.
        """
        query = {} if tag is None else {"tag": tag}
        paging = Paging(order, start, page_size, max_items, concurrency, cursor)
        request = self._api.request("/bundles", query=query)
        return self._api.pager(Bundle, request, paging, empty_on_404=True)

    async def get(self, bundle_id: str) -> Bundle:
        """Get one bundle.

        `GET /v3/bundles/{bundle}` (API manual, Bundles).

        Args:
            bundle_id: Id of the bundle.

        Raises:
            ValueError: The id can't be used; nothing was sent.
            NotFoundError: There is no such bundle.
            IP1Error: The call failed.
        """
        request = self._api.request("/bundles/{bundle}", bundle=bundle_id)
        return await self._api.get(Bundle, request)

    async def send(
        self,
        *,
        brand: str,
        agent: str,
        recipients: RecipientsLike,
        content: str | None = None,
        card: Mapping[str, Any] | None = None,
        suggestions: Iterable[Mapping[str, Any]] = (),
        reference: str | None = None,
        tags: Iterable[str] = (),
        key: str | None = None,
    ) -> Bundle:
        """Send an RCS message to everybody named, and never twice.

        `POST /v3/bundles` (API manual, Bundles). It is repeated only while it certainly has not
        been accepted: refused connection, DNS, TLS, 429. Every error carries `key`. Where this
        call may be cancelled, pass a `key` of your own, and ask `settle(key)` afterwards what
        became of it: a cancellation can't carry one.

        Args:
            brand: Id of the brand.
            agent: Id of the agent.
            recipients: Numbers with country code, with or without one `+`; or a mapping of each
                to the values of its variables. The manual does not say how a text names them, so
                nothing is checked.
            content: The text.
            card: A card in the names of the wire: `title`, `content`, `mediaUrl`, `type`.
            suggestions: What a person can tap, in the names of the wire: `text`, `type`, `url` or
                `phoneNumber`, `postbackData`.
            reference: A text of yours.
            tags: Marks of yours.
            key: The mark of this one send (`uniqueId`), 1 to 100 visible ASCII characters; `None`
                makes one.

        Raises:
            ValueError: An argument can't be used; nothing was sent.
            SendUncertainError: It may or may not have been accepted; `settle(error.key)` looks.
            IP1Error: It was not accepted.
        """
        key = make_key(key)
        payload = make_body(
            key,
            brand=brand,
            agent=agent,
            recipients=recipients,
            content=content,
            card=card,
            suggestions=suggestions,
            reference=reference,
            tags=tags,
        )
        return await self._api.send(
            Bundle, self._api.request("/bundles", method="POST"), payload, key
        )

    async def settle(self, key: str, *, patience: float = 60.0) -> Bundle | None:
        """Find out what became of a send, by its `uniqueId` among the newest 2,000 bundles.

        `GET /v3/bundles` (API manual, Bundles), newest first, the first page most often.

        Args:
            key: The key of the send.
            patience: Seconds to go on looking; 0 looks once.

        Returns:
            The bundle, or `None`: not seen yet, which does not mean that it was not sent.

        Raises:
            ValueError: An argument can't be used; nothing was sent.
            InvalidResponseError: Two bundles have this key; the text names both.
            IP1Error: The bundles can't be read.
        """
        clock = self._api.transport.clock
        return await settle(key, self.list, patience, clock)

    def list_messages(
        self,
        bundle_id: str,
        *,
        order: OrderLike = "ASC",
        start: int = 0,
        page_size: int = 200,
        max_items: int | None = None,
        concurrency: int | None = None,
        cursor: str | None = None,
    ) -> Pager[BundleMessage]:
        """List the messages of a bundle, oldest first.

        `GET /v3/bundles/{bundle}/messages` (API manual, List all messages in a bundle).

        Args:
            bundle_id: Id of the bundle.
            order: By creation time, "ASC" or "DESC".
            start: Offset of the first item; not together with `cursor`.
            page_size: Items to ask for in a request; the server may send fewer.
            max_items: Most items to read, counted from the cursor.
            concurrency: Most pages in flight or waiting; `None` is the client's.
            cursor: Where an earlier pager of the same call was left.

        Raises:
            ValueError: An argument can't be used; nothing was sent.
        """
        request = self._api.request("/bundles/{bundle}/messages", bundle=bundle_id)
        paging = Paging(order, start, page_size, max_items, concurrency, cursor)
        return self._api.pager(BundleMessage, request, paging)

    async def get_message(self, bundle_id: str, message_id: str) -> BundleMessage:
        """Get one message.

        `GET /v3/bundles/{bundle}/messages/{message}` (API manual, List all messages in a bundle).

        Args:
            bundle_id: Id of the bundle.
            message_id: Id of the message.

        Raises:
            ValueError: An id can't be used; nothing was sent.
            NotFoundError: There is no such bundle, or no such message in it.
            IP1Error: The call failed.
        """
        template = "/bundles/{bundle}/messages/{message}"
        request = self._api.request(template, bundle=bundle_id, message=message_id)
        return await self._api.get(BundleMessage, request)
