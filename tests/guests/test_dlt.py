"""An account in a warehouse: each message once, whatever happens on the way."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import dlt
import duckdb
import pytest
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.pipeline.exceptions import PipelineStepFailed

from ip1_async import (
    Batch,
    Client,
    CursorLostError,
    DeliveryWindow,
    PriceSummary,
    RateLimiter,
    archive,
)
from ip1_async.dlt import archived, source
from ip1_async.dlt._rows import row_of
from ip1_async.testing import Fault, Simulator

NUMBER = "46712345678"
TOKEN = "token-of-the-warehouse"
PROGRAM = Path(__file__).parents[1] / "support/load_account.py"


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give dlt its token where it looks for secrets, and let it report nothing."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("SOURCES__IP1__TOKEN", TOKEN)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Serve three conversations and a bundle to who knows the token."""
    conversations: dict[str, Any] = {NUMBER: 450, "46701234567": 40, "Northside": 210}
    async with Simulator(
        conversations=conversations, bundles={"bundle": 60}, token=TOKEN, seed=5
    ) as simulator:
        yield simulator


class Warehouse:
    """A DuckDB file and the pipeline that fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "account.duckdb"

    async def load(self, make: Callable[[], Any]) -> None:
        """Run a pipeline over what is made, in a thread, as dlt waits for its own."""
        await asyncio.to_thread(self._load, make)

    def _load(self, make: Callable[[], Any]) -> None:
        pipeline = dlt.pipeline(
            "account",
            destination=dlt.destinations.duckdb(str(self.file)),
            dataset_name="sms",
            pipelines_dir=str(self.folder),
        )
        pipeline.run(make())

    async def ask(self, query: str) -> list[Any]:
        """Ask the database."""
        return await asyncio.to_thread(self._ask, query)

    def _ask(self, query: str) -> list[Any]:
        with duckdb.connect(str(self.file)) as connection:
            return connection.sql(query).fetchall()


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Give a warehouse that is empty."""
    return Warehouse(tmp_path)


def from_api(simulator: Simulator, *participants: str, **options: Any) -> Callable[[], Any]:
    """Make a source of the simulator's."""
    urls = {"v2_url": simulator.v2_url, "v3_url": simulator.v3_url}
    return lambda: source(participants, **{"rate_limit": 1000.0, **urls, **options})


def message(number: int, days: float, **fields: Any) -> dict[str, Any]:
    """Make a message that changed so many days ago."""
    moment = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    status = {"created": moment, "code": 101, "duration": 0}
    return {"id": f"m{number}", "modified": moment, "statuses": [status], **fields}


async def whole(simulator: Simulator) -> tuple[int, int, int, Decimal]:
    """Say what a warehouse of all conversations must hold."""
    async with Client(TOKEN, v2_url=simulator.v2_url, rate_limit=None) as client:
        lists = [client.v2.conversations.list_messages(each) for each in simulator.conversations]
        messages = [each for pager in lists for each in await pager.collect()]
    ids = {each.id for each in messages}
    statuses = sum(len(each.statuses) for each in messages)
    return (
        len(ids),
        len(ids),
        statuses,
        sum((each.price or Decimal() for each in messages), Decimal()),
    )


COUNTS = """select count(*), count(distinct id), (select count(*) from sms.messages__statuses),
sum(price) from sms.messages"""


async def test_every_message_is_loaded_with_its_statuses_and_its_price(
    simulator: Simulator, warehouse: Warehouse
) -> None:
    """Messages, statuses and exact prices are those of the API, and a second run changes none."""
    load = from_api(simulator, *simulator.conversations, bundles=["bundle"])
    await warehouse.load(load)
    expected = await whole(simulator)
    assert await warehouse.ask(COUNTS) == [expected]
    assert await warehouse.ask("select count(*) from sms.bundle_messages") == [(60,)]
    await warehouse.load(load)
    assert await warehouse.ask(COUNTS) == [expected]


async def test_a_batch_fills_the_same_table(simulator: Simulator, warehouse: Warehouse) -> None:
    """A message that a batch and a conversation share is one row."""
    shared = [message(number, 1, batchId="batch") for number in range(5)]
    simulator.conversations = {NUMBER: shared[:3]}
    simulator.batches = {"batch": shared}
    await warehouse.load(from_api(simulator, f"+{NUMBER}", NUMBER, batches=["batch"]))
    assert await warehouse.ask("select count(*), min(batch_id) from sms.messages") == [(5, "batch")]


async def test_a_name_keeps_its_plus(simulator: Simulator, warehouse: Warehouse) -> None:
    """Only the plus of a number is left out, as the API takes none there."""
    simulator.conversations = {"+Acme": [message(1, 1)], "Acme": [message(2, 1)]}
    await warehouse.load(from_api(simulator, "+Acme"))
    assert await warehouse.ask("select id from sms.messages") == [("m1",)]


async def test_all_batches_and_bundles_are_found(
    simulator: Simulator, warehouse: Warehouse
) -> None:
    """`None` is all that the account has: a table of them, and their messages."""
    simulator.batches = {"batch": [message(number, 1) for number in range(5)]}
    load = from_api(simulator, batches=None, bundles=None)
    for _ in range(2):
        await warehouse.load(load)
    async with Client(TOKEN, v2_url=simulator.v2_url, v3_url=simulator.v3_url) as client:
        batches = len(await client.v2.batches.list().collect())
        bundles = len(await client.v3.bundles.list().collect())
    assert batches
    assert bundles
    query = "select (select count(*) from sms.batches), (select count(*) from sms.bundles)"
    assert await warehouse.ask(query) == [(batches, bundles)]
    assert await warehouse.ask("select count(*) from sms.messages where id like 'm%'") == [(5,)]
    assert await warehouse.ask("select count(*) from sms.bundle_messages") == [(60,)]


def test_a_batch_is_a_row_with_its_windows_and_tags() -> None:
    """What has no column of its own is in `extra`, as the API names it."""
    window = DeliveryWindow(datetime(2026, 1, 1, tzinfo=UTC), None)
    prices = PriceSummary(Decimal("1.5"))
    row = row_of(Batch("b", templated=True, tags=("a",), delivery_windows=(window,)))
    assert (row["templated"], row["tags"], row["extra"]) == (True, [{"value": "a"}], None)
    assert row["delivery_windows"] == [{"opens": window.opens, "closes": None}]
    row = row_of(Batch("b", price_summary=prices))
    assert json.loads(row["extra"]) == {"priceSummary": {"total": 1.5}}
    assert "price_summary" not in row


def pages_arrived(simulator: Simulator, _: Path) -> bool:
    """Pages are being read."""
    return len(simulator.requests) >= 3


def files_written(_: Simulator, folder: Path) -> bool:
    """All was read, and rows are about to be loaded."""
    return any(folder.glob("account/load/normalized/*/*_jobs/messages*"))


@pytest.mark.parametrize("moment", [pages_arrived, files_written])
async def test_a_killed_run_is_repeated(
    simulator: Simulator, warehouse: Warehouse, moment: Callable[[Simulator, Path], bool]
) -> None:
    """SIGKILL while pages are read or rows loaded; the next run has every message once."""
    simulator.latency = 0.1
    command = [str(PROGRAM), simulator.v2_url, str(warehouse.folder), *simulator.conversations]
    process = await asyncio.create_subprocess_exec(sys.executable, *command)
    async with asyncio.timeout(60):
        while not moment(simulator, warehouse.folder):  # noqa: ASYNC110  # of another process
            await asyncio.sleep(0.001)
    process.kill()
    assert await process.wait() == -9
    simulator.latency = 0.0
    # Twice: the first run may only have finished what was left to load.
    for _ in range(2):
        again = await asyncio.create_subprocess_exec(sys.executable, *command)
        assert await again.wait() == 0
    assert await warehouse.ask(COUNTS) == [await whole(simulator)]


async def test_a_run_that_failed_between_pages_loses_none(
    simulator: Simulator, warehouse: Warehouse
) -> None:
    """The place in a list moves after a page was taken, and with a run that succeeds only."""
    load = from_api(simulator, NUMBER)
    simulator.faults = [None, Fault(status=403)]
    with pytest.raises(PipelineStepFailed) as caught:
        await warehouse.load(load)
    assert NUMBER not in str(caught.value)
    assert TOKEN not in str(caught.value)
    simulator.faults = ()
    await warehouse.load(load)
    assert await warehouse.ask("select count(*) from sms.messages") == [(450,)]


async def test_a_late_status_is_seen_within_the_window(
    simulator: Simulator, warehouse: Warehouse
) -> None:
    """A status that changes within `lag_days` replaces the one before; older pages rest."""
    old = [message(number, 30) for number in range(200)]
    young = [message(200 + number, 2) for number in range(50)]
    simulator.conversations = {NUMBER: [*old, *young]}
    await warehouse.load(from_api(simulator, NUMBER, lag_days=5.0))
    for each in (old[0], young[0]):
        each["statuses"] = [{**each["statuses"][0], "code": 201, "duration": 1}]
    before = len(simulator.requests)
    await warehouse.load(from_api(simulator, NUMBER, lag_days=5.0))
    (request,) = simulator.requests[before:]
    assert request.query["start"] == "199"
    rows = await warehouse.ask(
        "select id, code from sms.messages m join sms.messages__statuses s"
        " on s._dlt_parent_id = m._dlt_id where code <> 101 or id = 'm0' order by id"
    )
    assert rows == [("m0", 101), ("m200", 201)]
    assert await warehouse.ask("select count(*) from sms.messages__statuses") == [(250,)]


async def test_a_list_that_lost_its_place_is_read_anew(
    simulator: Simulator, warehouse: Warehouse
) -> None:
    """What the server dropped stays in the warehouse, and what came since is added."""
    listed = [message(number, 30) for number in range(250)]
    simulator.conversations = {NUMBER: listed}
    await warehouse.load(from_api(simulator, NUMBER))
    listed[:] = [message(1000 + number, 20) for number in range(210)]
    await warehouse.load(from_api(simulator, NUMBER))
    assert await warehouse.ask("select count(*) from sms.messages") == [(460,)]


async def test_a_place_that_is_lost_without_one_is_an_error(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that can't be read from its start either fails the run, and is not tried for ever."""
    tried: list[str | None] = []

    def lose(_: Client, __: str, cursor: str | None) -> Any:
        tried.append(cursor)
        raise CursorLostError("lost")

    monkeypatch.setattr("ip1_async.dlt._of_conversation", lose)
    with pytest.raises(PipelineStepFailed, match="lost"):
        await warehouse.load(lambda: source([NUMBER]))
    assert tried == [None]


class CountedLimiter(RateLimiter):
    """Counts the permissions it gives."""

    made: ClassVar[list["CountedLimiter"]] = []

    def __init__(self, rate: float) -> None:
        super().__init__(rate)
        self.rate, self.given = rate, 0
        self.made.append(self)

    async def acquire(self) -> None:
        """Count one."""
        await super().acquire()
        self.given += 1


async def test_lists_are_read_side_by_side_under_one_limit(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conversations overlap, and all of them together ask the same limiter."""
    monkeypatch.setattr("ip1_async.dlt.RateLimiter", CountedLimiter)
    monkeypatch.setattr(CountedLimiter, "made", [])
    numbers = {str(46700000000 + number): 1 for number in range(45)}
    async with Simulator(conversations=numbers, latency=0.2) as simulator:
        await warehouse.load(from_api(simulator, *numbers, rate_limit=30.0))
        assert simulator.peak_in_flight > 5
        (limiter,) = CountedLimiter.made
        assert (limiter.rate, limiter.given) == (30.0, len(simulator.requests))


async def test_the_limit_that_processes_share_is_kept(
    simulator: Simulator, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`IP1_LIMIT_URL` holds where no rate is given, and a rate goes before it."""
    monkeypatch.setenv("IP1_LIMIT_URL", f"file://{tmp_path}/limit")
    await warehouse.load(from_api(simulator, "46701234567"))
    assert not (tmp_path / "limit").exists()
    await warehouse.load(from_api(simulator, "46701234567", rate_limit=None))
    assert (tmp_path / "limit").exists()


async def test_the_token_is_asked_of_dlt_and_kept_nowhere(
    simulator: Simulator, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a secret of dlt's, missing is dlt's own error, and no file of a run holds it."""
    await warehouse.load(from_api(simulator, "46701234567"))
    files = [path for path in warehouse.folder.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]
    monkeypatch.delenv("SOURCES__IP1__TOKEN")
    with pytest.raises(ConfigFieldMissingException, match="token"):
        source([NUMBER])


async def archive_to(simulator: Simulator, folder: Path, names: Iterable[str]) -> None:
    """Bring the archives of conversations up to date."""
    async with Client(TOKEN, v2_url=simulator.v2_url, rate_limit=None) as client:
        await archive(client, names, folder)


async def test_an_archive_is_loaded_and_then_what_is_new_in_it(
    simulator: Simulator, warehouse: Warehouse, tmp_path: Path
) -> None:
    """Archives fill the same table; lines that are settled are not loaded again."""
    listed = [message(number, 30) for number in range(450)]
    simulator.conversations = {NUMBER: listed, "Northside": 210}
    folder = tmp_path / "archive"
    await archive_to(simulator, folder, simulator.conversations)
    await warehouse.load(lambda: archived(str(folder)))
    assert await warehouse.ask("select count(*) from sms.messages") == [(660,)]
    listed.append(message(450, 1))
    await archive_to(simulator, folder, simulator.conversations)
    await warehouse.load(lambda: archived(str(folder)))
    loaded = "select count(*) from sms.messages group by _dlt_load_id order by 1"
    assert await warehouse.ask(loaded) == [(1,), (660,)]


async def test_archives_of_bundles_are_not_left_out_in_silence(
    simulator: Simulator, warehouse: Warehouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They have other fields than the table has; a warning says how to load them."""
    simulator.conversations = {NUMBER: 10}
    folder = tmp_path / "archive"
    await archive_to(simulator, folder, [NUMBER])
    (folder / "bundles").mkdir()
    (folder / "bundles" / "b.jsonl").write_text('{"id": "a", "status": "Delivered"}\n')
    await warehouse.load(lambda: archived(str(folder)))
    assert await warehouse.ask("select count(*) from sms.messages") == [(10,)]
    assert "archives of bundles are not loaded" in caplog.text


async def test_an_archive_that_was_made_anew_is_read_from_its_start(
    simulator: Simulator, warehouse: Warehouse, tmp_path: Path
) -> None:
    """Lines are skipped only where the last of them is the one that it was."""
    folder = tmp_path / "archive"
    for first, count in ((0, 250), (1000, 300), (2000, 10)):
        simulator.conversations = {NUMBER: [message(first + n, 30) for n in range(count)]}
        await archive_to(simulator, folder, [NUMBER])
        await warehouse.load(lambda: archived(str(folder)))
        await asyncio.to_thread(shutil.rmtree, folder)
    assert await warehouse.ask("select count(*) from sms.messages") == [(560,)]


CUT = {
    "body": ("\uf027" + "2026-01-01T00:00:00Z", "\N{REPLACEMENT CHARACTER}2026-01-01T00:00:00Z"),
    "sender": ("half \ud83d", "half \N{REPLACEMENT CHARACTER}"),
    "segments": (1 << 63, None),
    "type": (7, None),
    "price": (1e-30, None),
}


@pytest.mark.parametrize("name", CUT)
async def test_what_a_column_cannot_hold_is_in_extra(
    simulator: Simulator, warehouse: Warehouse, name: str
) -> None:
    """Such a value costs that column only, and stands exactly in `extra`."""
    sent, held = CUT[name]
    simulator.conversations = {NUMBER: [message(1, 1, **{name: sent, "brandNew": [1]})]}
    await warehouse.load(from_api(simulator, NUMBER))
    rows = await warehouse.ask(f"select {name}, extra from sms.messages")
    ((value, extra),) = rows
    assert value == held
    assert json.loads(extra) == {"brandNew": [1], name: sent}


async def test_a_status_with_more_in_it_stands_in_extra_as_it_came(
    simulator: Simulator, warehouse: Warehouse
) -> None:
    """The child table has the known columns, `extra` the whole list."""
    status = {"created": None, "code": 101, "duration": 0, "carrier": "x"}
    simulator.conversations = {NUMBER: [message(1, 1, statuses=[status])]}
    await warehouse.load(from_api(simulator, NUMBER))
    assert await warehouse.ask("select code from sms.messages__statuses") == [(101,)]
    ((extra,),) = await warehouse.ask("select extra from sms.messages")
    assert '"carrier":"x"' in extra
