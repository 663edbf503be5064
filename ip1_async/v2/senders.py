"""`/v2/me/senders`: the registered senders of the account."""

from ip1_async._api import Api, without_plus
from ip1_async._http.call import Target
from ip1_async._paging.types import Paging
from ip1_async.models import Sender
from ip1_async.pagination import Pager


class Senders:
    """The registered senders of the account."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self) -> Pager[Sender]:
        """List senders.

        `GET /v2/me/senders` (API manual, Senders).
        """
        paging = Paging("ASC", 0, 200, None, None, None)
        return self._api.pager(Sender, self._api.request("/me/senders"), paging, empty_on_404=True)

    async def get(self, name: str) -> Sender:
        """Get one sender.

        `GET /v2/me/senders/{name}` (API manual, Senders).

        Args:
            name: A number with country code, or a sender name.

        Raises:
            ValueError: The name can't be used; nothing was sent.
            NotFoundError: There is no such sender.
            IP1Error: The call failed.
        """
        return await self._api.get(Sender, self._request("GET", name))

    async def register(self, name: str) -> None:
        """Register a sender; one that is registered stays so.

        `PUT /v2/me/senders/{name}` (API manual, Senders).

        Args:
            name: A number with country code, or a sender name.

        Raises:
            ValueError: The name can't be used; nothing was sent.
            IP1Error: The call failed; it may have worked nevertheless.
        """
        await self._api.change(self._request("PUT", name))

    async def remove(self, name: str) -> None:
        """Remove a registered sender.

        `DELETE /v2/me/senders/{name}` (API manual, Senders).

        Args:
            name: A number with country code, or a sender name.

        Raises:
            ValueError: The name can't be used; nothing was sent.
            NotFoundError: There is no such sender. Where an attempt before may have worked, a 404
                is success.
            IP1Error: The call failed; it may have worked nevertheless.
        """
        await self._api.change(self._request("DELETE", name))

    def _request(self, method: str, name: str) -> Target:
        template = "/me/senders/{sender}"
        return self._api.request(template, method=method, sender=without_plus(name))
