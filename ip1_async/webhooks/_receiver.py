"""The receivers, one that looks up what arrives, and one that does not."""

import asyncio

from ip1_async.client import Client
from ip1_async.webhooks._aiohttp import AiohttpHandler, make_handler
from ip1_async.webhooks._asgi import ASGIApp, make_app
from ip1_async.webhooks._confirm import CapReachedError, Confirmer, what_is_looked_up
from ip1_async.webhooks._hooks import Hooks, key_of
from ip1_async.webhooks._parse import HookEvent
from ip1_async.webhooks._seen import Seen

_MOST_WAITING = 10_000


class _Served(Hooks):
    """What servers are given."""

    def asgi(self) -> ASGIApp:
        """Make an ASGI application: for uvicorn, or mounted in FastAPI, Starlette or Django.

        Where a server runs it as it is, its end closes the client and `seen`.

        Raises:
            ConfigurationError: There is no fallback.
        """
        self.check_fallback()
        return make_app(self)

    def aiohttp(self) -> AiohttpHandler:
        """Make a handler for `aiohttp.web`: `router.add_post("/hooks/{secret}", ...)`.

        Raises:
            ConfigurationError: There is no fallback.
        """
        self.check_fallback()
        return make_handler(self)


class Receiver(_Served):
    """Receive delivery reports and incoming SMS, and believe the API only.

    iP.1 signs nothing, so anybody who knows the URL can post anything. What arrives is looked up:
    handlers get what the API says of it, never the hook's own values.

    ```python
    hooks = Receiver(client, secret="a long random text")

    @hooks.on_delivery_report
    async def delivered(report: DeliveryReport) -> None: ...

    @hooks.fallback
    async def other(event: DeliveryReport | Message) -> None: ...

    app = hooks.asgi()
    ```

    An event is handled at least once: it is marked as seen after its handler, so a process that
    dies between the two handles it again. Where the handler raises, iP.1 repeats.
    """

    def __init__(
        self,
        client: Client,
        *,
        secret: str | None = None,
        seen: Seen | None = None,
        reads_per_second: int = 5,
    ) -> None:
        """Prepare; nothing is read before the first hook.

        Args:
            client: Who reads; its other calls go first, and one hook costs one attempt.
            secret: The last segment of the URL's path; without one, any path will do, and
                everybody who finds it can use up the reads.
            seen: Where to remember what was handled; in memory if not given.
            reads_per_second: What exceeds it is answered with 503, and looked up in turn before
                iP.1 repeats it.

        Raises:
            ConfigurationError: The secret is blank or no segment of a path, or the number of reads
                is not from 1.
        """
        super().__init__(secret, seen)
        self._client = client
        self._confirmer = Confirmer(client, reads_per_second)
        self._pause = 1 / reads_per_second
        self._waiting: dict[str, HookEvent] = {}
        self._worker: asyncio.Task[None] | None = None

    async def _confirm(self, claimed: HookEvent) -> HookEvent:
        try:
            return await self._confirmer.confirm(claimed)
        except CapReachedError:
            self._wait_for_turn(claimed)
            raise

    def _wait_for_turn(self, claimed: HookEvent) -> None:
        """Handle a hook later, but before it comes again: repeats of a burst are a burst, too."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting[key_of(claimed)] = what_is_looked_up(claimed)
        if self._worker is None or self._worker.done():
            self._worker = self._client._transport.spawn(self._work_off())  # noqa: SLF001

    async def _work_off(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._pause)
            key = next(iter(self._waiting))
            await self._settle(self._waiting.pop(key), key)

    async def aclose(self) -> None:
        """Close the client and `seen`."""
        await self._client.aclose()
        await super().aclose()


class UnverifiedReceiver(_Served):
    """Receive what anybody posts as if it came from iP.1: nothing is looked up."""

    def __init__(self, *, secret: str | None = None, seen: Seen | None = None) -> None:
        """Prepare.

        Args:
            secret: The last segment of the URL's path; all that keeps forgers away.
            seen: Where to remember what was handled; in memory if not given.

        Raises:
            ConfigurationError: The secret is blank or no segment of a path.
        """
        super().__init__(secret, seen)

    async def _confirm(self, claimed: HookEvent) -> HookEvent:
        return claimed
