"""A source for dlt (extra `dlt`): an account's messages in a warehouse, each of them once.

```python
import dlt
from ip1_async.dlt import source

pipeline = dlt.pipeline("sms", destination="duckdb", dataset_name="account")
pipeline.run(source(["46712345678"]))  # the token comes from dlt's secrets: sources.ip1.token
```

A run begins where the one before it saw the first message that might still change, and merges by
id. So a run that was killed is repeated, and nothing is in the warehouse twice. dlt reports usage
to its makers by default: `RUNTIME__DLTHUB_TELEMETRY=false` turns that off.
"""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import dlt
from dlt.extract import DltResource

from ip1_async._api import without_plus
from ip1_async._http.limit import RateLimiter
from ip1_async._http.settings import LIMIT_VARIABLE
from ip1_async.client import Client
from ip1_async.dlt._readers import (
    Lease,
    ListAll,
    ListMessages,
    archive_reader,
    ids_of,
    reader,
    rows_of,
)
from ip1_async.dlt._rows import hints_of
from ip1_async.models import Batch, Bundle, BundleMessage, Message
from ip1_async.pagination import Pager

__all__ = ["archived", "source"]

_RATE = 30.0


@dlt.source(name="ip1", section="ip1")
def source(
    participants: Sequence[str] = (),
    *,
    batches: Sequence[str] | None = (),
    bundles: Sequence[str] | None = (),
    token: dlt.TSecretStrValue = dlt.secrets.value,
    v2_url: str | None = None,
    v3_url: str | None = None,
    rate_limit: float | None = None,
    lag_days: float = 7.0,
) -> Iterator[DltResource]:
    """Read from the API: tables `messages`, with `messages__statuses`, and `bundle_messages`.

    What is not given comes from dlt's configuration, section `sources.ip1`. Many
    conversations are read at the same time, by one client, under one limit.

    Args:
        participants: Numbers with country code, or sender names, whose messages to load.
        batches: Ids of batches whose messages to load, into the same table. `None` is all that the
            account has, which are then in the table `batches`, too.
        bundles: Ids of bundles (RCS) whose messages to load; `None` as with batches.
        token: The API token; dlt looks for `sources.ip1.token` among its secrets.
        v2_url: Base URL, as `Client` takes it.
        v3_url: Base URL, as `Client` takes it.
        rate_limit: Requests per second of this run; `None` reads `IP1_LIMIT_URL`, else it is 30.
        lag_days: Days in which a status may change late: each run rereads a list from the page of
            the first message that changed within so many days.
    """
    make = partial(Client, token, v2_url=v2_url, v3_url=v3_url)
    if rate_limit is not None or not os.environ.get(LIMIT_VARIABLE):
        # One for all clients of this run; otherwise each finds the one that processes share.
        make = partial(make, rate_limit=RateLimiter(_RATE if rate_limit is None else rate_limit))
    lease = Lease(make)
    since = _days_ago(lag_days)
    kinds: list[tuple[str, Sequence[str] | None, ListMessages, type, str]] = [
        ("messages", [*map(without_plus, participants)], _of_conversation, Message, "messages"),
        ("batch_messages", batches, _of_batch, Message, "messages"),
        ("bundle_messages", bundles, _of_bundle, BundleMessage, "bundle_messages"),
    ]
    for name, given, list_messages, model, table in kinds:
        ids: Any = ids_of(_LISTS[name], lease) if given is None else list(dict.fromkeys(given))
        names = dlt.resource(ids, name=f"{name}_of", selected=False)
        read = reader(name, list_messages, lease, since)
        yield names | dlt.transformer(read, name=name, **hints_of(model, table))
    if batches is None:
        rows = rows_of(_LISTS["batch_messages"], lease)
        yield dlt.resource(rows, name="batches", **hints_of(Batch, "batches"))
    if bundles is None:
        rows = rows_of(_LISTS["bundle_messages"], lease)
        yield dlt.resource(rows, name="bundles", **hints_of(Bundle, "bundles"))


@dlt.source(name="ip1", section="ip1")
def archived(directory: str, *, lag_days: float = 7.0) -> DltResource:
    """Read the archives in a directory, as `ip1 archive` writes them, into the same `messages`.

    It reads conversations and batches. Archives of bundles cause a warning: `source(bundles=…)`
    reads those from the API.

    Args:
        directory: Where the archives are.
        lag_days: Days in which an archive's line may still change (`ip1 archive --refresh`).

    Raises:
        InvalidResponseError: A line is no SMS.
        OSError: A file can't be read.
    """
    name = "archived_messages"
    read = archive_reader(name, Path(directory), _days_ago(lag_days))
    return dlt.resource(read, name=name, **hints_of(Message, "messages"))


def _days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def _of_conversation(client: Client, participant: str, cursor: str | None) -> Pager[Message]:
    return client.v2.conversations.list_messages(participant, cursor=cursor)


def _of_batch(client: Client, batch_id: str, cursor: str | None) -> Pager[Message]:
    return client.v2.batches.list_messages(batch_id, cursor=cursor)


def _of_bundle(client: Client, bundle_id: str, cursor: str | None) -> Pager[BundleMessage]:
    return client.v3.bundles.list_messages(bundle_id, cursor=cursor)


_LISTS: dict[str, ListAll] = {
    "batch_messages": lambda client: client.v2.batches.list(),
    "bundle_messages": lambda client: client.v3.bundles.list(),
}
