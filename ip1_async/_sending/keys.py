"""The mark of one send: a tag in v2, `uniqueId` in v3."""

import re
from uuid import uuid4

from ip1_async.models import Batch, Bundle

MARK = "ip1-async:"
"""What a tag begins with that holds a key."""
_KEY = re.compile(r"[!-~]{1,100}")


def make_key(key: str | None) -> str:
    """Take the caller's key, or make one.

    Raises:
        ValueError: It is not 1 to 100 visible ASCII characters, which a server keeps as they are.
    """
    if key is None:
        return str(uuid4())
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError("key: expected 1 to 100 visible ASCII characters without blanks")
    return key


def keys_of(sent: Batch | Bundle) -> list[str]:
    """Give the keys that something was sent with: one, or none where it was not sent from here."""
    if isinstance(sent, Batch):
        return [tag.removeprefix(MARK) for tag in sent.tags if tag.startswith(MARK)]
    return [] if sent.unique_id is None else [sent.unique_id]
