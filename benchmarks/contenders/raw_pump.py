"""The upper bound for every client: fetch the bodies and drop them."""

from benchmarks.contenders import PAGE
from benchmarks.contenders._pump import pump


async def read(url: str, messages: int, concurrency: int) -> int:
    """Fetch every page."""
    await pump(url, messages, concurrency, PAGE, len)
    return 0
