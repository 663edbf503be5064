"""`/v3/conversations`: RCS conversations with a person."""

from ip1_async._api import Api
from ip1_async._paging.types import OrderLike, Paging
from ip1_async.models import BundleConversation
from ip1_async.pagination import Pager


class BundleConversations:
    """RCS conversations with a person."""

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
    ) -> Pager[BundleConversation]:
        """List the conversations of the account, oldest first.

        `GET /v3/conversations` (API manual, Conversations).

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
        request = self._api.request("/conversations")
        return self._api.pager(BundleConversation, request, paging, empty_on_404=True)

    async def get(self, conversation_id: str) -> BundleConversation:
        """Get one conversation.

        `GET /v3/conversations/{conversation}` (API manual, Conversations).

        Args:
            conversation_id: Id of the conversation.

        Raises:
            ValueError: The id can't be used; nothing was sent.
            NotFoundError: There is no such conversation.
            IP1Error: The call failed.
        """
        request = self._api.request("/conversations/{conversation}", conversation=conversation_id)
        return await self._api.get(BundleConversation, request)
