"""`/phones/{msisdn}/capabilities`: what a phone can show; it is beside `/v3`, not below it."""

from ip1_async._api import Api, without_plus
from ip1_async.models import Capabilities


class PhoneCapabilities:
    """What a phone can show."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def get(self, number: str) -> Capabilities:
        """Ask whether a phone can show RCS, and what of it.

        `GET /phones/{msisdn}/capabilities` (API manual, Capabilities).

        Args:
            number: A number with country code, with or without `+`.

        Raises:
            ValueError: The number can't be used; nothing was sent.
            ConfigurationError: The client's `v3_url` does not end with `/v3`; nothing was sent.
            NotFoundError: The server knows nothing of it.
            IP1Error: The call failed.
        """
        api = self._api.above()
        request = api.request("/phones/{msisdn}/capabilities", msisdn=without_plus(number))
        return await api.get(Capabilities, request)
