"""`/v2/batches`: the messages of one send request."""

from ip1_async._api import Api
from ip1_async._paging.types import OrderLike, Paging
from ip1_async.models import Message
from ip1_async.pagination import Pager


class Batches:
    """Messages of one send request."""

    def __init__(self, api: Api) -> None:
        self._api = api

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
