"""The typed pump, after glibc was made to keep the memory of reads, as `ip1_async` makes it."""

from benchmarks.contenders import PAGE, typed_pump
from ip1_async._http.allocator import keep_freed_memory


async def read(url: str, messages: int, concurrency: int, page: int = PAGE) -> int:
    """Fetch and decode every page, in the order of arrival."""
    keep_freed_memory()
    return await typed_pump.read(url, messages, concurrency, page)
