"""`/v2/blacklist`: numbers that get no messages."""

from ip1_async._api import Api, without_plus
from ip1_async._http.call import Target
from ip1_async._paging.types import Paging
from ip1_async.models import BlacklistEntry
from ip1_async.pagination import Pager


class Blacklist:
    """Numbers that get no messages."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self) -> Pager[BlacklistEntry]:
        """List entries.

        `GET /v2/blacklist` (API manual, Blacklist).
        """
        paging = Paging("ASC", 0, 200, None, None, None)
        return self._api.pager(
            BlacklistEntry, self._api.request("/blacklist"), paging, empty_on_404=True
        )

    async def get(self, number: str) -> BlacklistEntry:
        """Get one entry.

        `GET /v2/blacklist/{number}` (API manual, Blacklist).

        Args:
            number: A number with country code, with or without `+`.

        Raises:
            ValueError: The number can't be used; nothing was sent.
            NotFoundError: It is not there.
            IP1Error: The call failed.
        """
        return await self._api.get(BlacklistEntry, self._request("GET", number))

    async def add(self, number: str) -> None:
        """Add a number; one that is there stays.

        `PUT /v2/blacklist/{number}` (API manual, Blacklist).

        Args:
            number: A number with country code, with or without `+`.

        Raises:
            ValueError: The number can't be used; nothing was sent.
            IP1Error: The call failed; it may have worked nevertheless.
        """
        await self._api.change(self._request("PUT", number))

    async def remove(self, number: str) -> None:
        """Remove a number.

        `DELETE /v2/blacklist/{number}` (API manual, Blacklist).

        Args:
            number: A number with country code, with or without `+`.

        Raises:
            ValueError: The number can't be used; nothing was sent.
            NotFoundError: It is not there. Where an attempt before may have worked, a 404
                is success.
            IP1Error: The call failed; it may have worked nevertheless.
        """
        await self._api.change(self._request("DELETE", number))

    def _request(self, method: str, number: str) -> Target:
        template = "/blacklist/{msisdn}"
        return self._api.request(template, method=method, msisdn=without_plus(number))
