"""The upper bound for every client: fetch the bodies and drop them."""

from benchmarks.contenders._pump import pump


async def read(url: str, messages: int, concurrency: int) -> int:
    """Fetch every page."""
    await pump(url, messages, concurrency, len)
    return 0
