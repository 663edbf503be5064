"""Answers of aioresponses, exact to the byte."""

import inspect
from typing import Any

import aiohttp
import attrs
from yarl import URL

NEEDS_WRITER = "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters


class _Written:
    """A request's writer after its work; aiohttp 3.14 asks it for a size."""

    output_size = 0


class _Response(aiohttp.ClientResponse):
    """A response with the writer that aiohttp 3.14 needs and aioresponses 0.7.9 leaves out."""

    def __init__(self, *args: Any, **options: Any) -> None:
        if NEEDS_WRITER:
            options.setdefault("stream_writer", _Written())
        super().__init__(*args, **options)


@attrs.frozen
class Answers:
    """Answers in place of a network, exact to the byte."""

    mock: Any

    def get(self, url: str, **answer: Any) -> None:
        """Answer one GET of a URL."""
        self.mock.get(url, response_class=_Response, **answer)

    @property
    def urls(self) -> list[URL]:
        """The URLs of the requests, in the order of their first use."""
        return [url for _, url in self.mock.requests]

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The arguments of every request."""
        return [call.kwargs for calls in self.mock.requests.values() for call in calls]
