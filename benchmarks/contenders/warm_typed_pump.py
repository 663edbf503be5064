"""The typed pump, after glibc was made to keep the memory of reads, as `ip1_async` makes it."""

from benchmarks.contenders.typed_pump import read as read
from ip1_async._http.allocator import keep_freed_memory

keep_freed_memory()
