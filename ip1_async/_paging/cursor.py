"""Where a listing was left: a short text that says nothing about whom it concerns.

Layout, before base64url: version (1 byte), hash of the query (8), hash of all that follows (4),
the mark of a period that had begun (10 bits) and the offset where the listing began (54), the
offset of the next item (8), then the hashed ids of the last items read (6 each), oldest first.
"""

import base64
import hashlib
import struct
from collections.abc import Sequence

import attrs

_VERSION = 1
_HEAD = struct.Struct(">B8s4s")
_OFFSETS = struct.Struct(">QQ")
_KEY = struct.Struct("6s")
_ORIGIN_BITS = 54
MOST_MARKS = 2 ** (64 - _ORIGIN_BITS) - 1
CURSOR_IDS = 100


def _digest(data: bytes, size: int) -> bytes:
    return hashlib.blake2b(data, digest_size=size, person=b"ip1_async").digest()


def id_key(item_id: str) -> bytes:
    """Hash an id as a cursor keeps it."""
    return _digest(item_id.encode("utf-8", "surrogatepass"), _KEY.size)


@attrs.frozen
class Cursor:
    """A position in a listing.

    Attributes:
        origin: Where the listing began.
        offset: Where the next item stood when the cursor was taken.
        anchors: Hashed ids of up to `CURSOR_IDS` items before it, oldest first.
        ids: Ids of the items after those, which are hashed when the cursor is written: hashes take
            longer than all else that a page costs its pager.
        mark: Of the period that had begun, from 1; 0 is none.
    """

    origin: int
    offset: int
    anchors: tuple[bytes, ...] = ()
    ids: Sequence[str] = ()
    mark: int = 0

    def encode(self, query: str) -> str:
        """Write the cursor for a query, URL-safe, at most 839 characters."""
        keys = (*self.anchors, *map(id_key, self.ids[-CURSOR_IDS:]))[-CURSOR_IDS:]
        marked = self.mark << _ORIGIN_BITS | self.origin
        tail = _OFFSETS.pack(marked, self.offset) + b"".join(keys)
        head = _HEAD.pack(_VERSION, _digest(query.encode(), 8), _digest(tail, 4))
        return base64.urlsafe_b64encode(head + tail).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, query: str) -> "Cursor":
        """Read a cursor of this query.

        Raises:
            ValueError: It is of another query or version, cut short, or no cursor.
        """
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            version, query_hash, tail_hash = _HEAD.unpack_from(data)
        except (struct.error, TypeError, ValueError):
            raise ValueError("cursor: not a cursor of ip1_async") from None
        if version != _VERSION:
            raise ValueError("cursor: made by another version of ip1_async")
        if query_hash != _digest(query.encode(), 8):
            raise ValueError("cursor: belongs to another query")
        tail = data[_HEAD.size :]
        keys = tail[_OFFSETS.size :]
        if tail_hash != _digest(tail, 4) or len(tail) < _OFFSETS.size or len(keys) % _KEY.size:
            raise ValueError("cursor: damaged or cut short")
        marked, offset = _OFFSETS.unpack_from(tail)
        mark, origin = divmod(marked, 2**_ORIGIN_BITS)
        return cls(origin, offset, tuple(key for (key,) in _KEY.iter_unpack(keys)), mark=mark)
