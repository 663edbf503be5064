"""`/v3/bundles`: the RCS messages of one campaign."""

from ip1_async._api import Api
from ip1_async._paging.types import OrderLike, Paging
from ip1_async.models import BundleMessage
from ip1_async.pagination import Pager


class Bundles:
    """RCS messages of one campaign."""

    def __init__(self, api: Api) -> None:
        self._api = api

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
