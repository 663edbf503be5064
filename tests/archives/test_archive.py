"""Archives lose nothing and repeat nothing, however the run before ended."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip1_async import Client, Message, Page, ServerError, _threads, archive, archives
from ip1_async.archives import _file
from ip1_async.archives._conversation import Conversation
from ip1_async.archives._spill import Spill
from ip1_async.testing import Fault, Request, Simulator

NUMBER = "46712345678"
OTHER = "46701234567"
LOCK = ".ip1-archive.lock"
OLD = datetime(2020, 1, 1, tzinfo=UTC)


def message(number: int, modified: datetime = OLD, **fields: Any) -> dict[str, Any]:
    return {"id": f"m{number}", "body": f"text {number}", "modified": str(modified), **fields}


@pytest.fixture
def messages() -> list[dict[str, Any]]:
    """Give a conversation that the test can change."""
    return [message(number) for number in range(450)]


@pytest.fixture
async def simulator(messages: list[dict[str, Any]]) -> AsyncIterator[Simulator]:
    """Serve it, and another one."""
    async with Simulator(conversations={NUMBER: messages, OTHER: 40}) as each:
        yield each


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    """Open a client that does not wait."""
    async with Client("t", v2_url=simulator.v2_url, rate_limit=None, retry_for=0) as each:
        yield each


async def update(client: Client, directory: Path, **options: Any) -> archives.Archived:
    """Archive the one conversation."""
    [result] = await archive(client, [NUMBER], directory, **options)
    return result


async def updated(client: Client, directory: Path, **options: Any) -> Path:
    """Archive the one conversation, and give its file."""
    path = (await update(client, directory, **options)).path
    assert path is not None
    return path


def ids_in(path: Path | None) -> list[str]:
    assert path is not None
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def ids_of(messages: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in messages]


# What stands in a file.


async def test_a_conversation_is_a_file(
    client: Client, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Every message is a line, oldest first, in a directory that is made for it."""
    result = await update(client, tmp_path / "new" / "deep")
    assert result == archives.Archived(
        participant=NUMBER,
        path=tmp_path / "new" / "deep" / f"{NUMBER}.jsonl",
        total=450,
        added=450,
    )
    assert result.path is not None
    lines = result.path.read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == messages


async def test_the_text_of_the_server_stays(
    client: Client, simulator: Simulator, tmp_path: Path
) -> None:
    """Numbers, escapes, order, spaces and unknown fields are kept; line breaks between are not."""
    sent = (
        '\ufeff [ {"id" : "a",\r\n   "price":1.50,"x":[1e2 ,\n {}], "body":"\\u00e5 ],\\n{ \u2028"}'
        ',{"id":7,"body":"\\ud800","body":"twice"}\n, {"new":null,"id":"c"}\n]\n'
    )
    simulator.faults = [Fault(body=sent.encode())]
    result = await update(client, tmp_path)
    assert result.path is not None
    assert result.path.read_text("utf-8").split("\n") == [
        '{"id" : "a","price":1.50,"x":[1e2 ,{}], "body":"\\u00e5 ],\\n{ \u2028"}',
        '{"id":7,"body":"\\ud800","body":"twice"}',
        '{"new":null,"id":"c"}',
        "",
    ]
    assert (await update(client, tmp_path)).error is None


@given(st.text(min_size=1, max_size=9))
def test_a_file_name_says_whose_it_is(participant: str) -> None:
    """A name is safe everywhere, can be read back, and no other differs from it by case only."""
    try:
        participant.encode()
    except UnicodeEncodeError:
        return
    name = _file.file_name(participant)
    assert unquote(name.removesuffix(".jsonl")) == participant
    assert name.isascii()
    assert name == name.lower()
    assert not set(name.removesuffix(".jsonl")) & set("./\\: *?<>|\"'")


async def test_a_number_counts_once(client: Client, simulator: Simulator, tmp_path: Path) -> None:
    """A number is the same conversation with and without plus; results come in the given order."""
    results = await archive(client, ["Acme", f"+{NUMBER}", NUMBER, "Acme", "ACME"], tmp_path)
    assert [each.participant for each in results] == ["Acme", NUMBER, "ACME"]
    assert names_in(tmp_path) == {f"{NUMBER}.jsonl", LOCK}


@pytest.mark.parametrize(
    ("participants", "options", "text"),
    [
        ([NUMBER, " "], {}, "participant 2: participant: expected"),
        ([".."], {}, "participant 1"),
        (["å" * 42], {}, "too long"),
        (NUMBER, {}, "expected several"),
        ([NUMBER], {"refresh_days": 0}, "refresh_days"),
        ([NUMBER], {"refresh_days": float("nan")}, "refresh_days"),
        ([NUMBER], {"since": OLD, "until": OLD}, "until: expected"),
        ([NUMBER], {"since": "2020"}, "since, until: expected"),
        ([NUMBER], {"since": OLD, "batches": ["b"]}, "since, until: only"),
    ],
)
async def test_bad_arguments_send_nothing(
    client: Client,
    simulator: Simulator,
    tmp_path: Path,
    *,
    participants: Any,
    options: dict[str, Any],
    text: str,
) -> None:
    """A bad argument raises before anything is sent or written."""
    with pytest.raises(ValueError, match=text):
        await archive(client, participants, tmp_path / "new", **options)
    assert not simulator.requests
    assert not names_in(tmp_path)


# A second run.


async def test_nothing_new_takes_one_request(
    client: Client, simulator: Simulator, tmp_path: Path
) -> None:
    """A file is its own checkpoint: only its end is compared, and what is new is appended."""
    before = (await updated(client, tmp_path)).read_bytes()
    simulator.requests.clear()
    result = await update(client, tmp_path)
    assert (result.total, result.added, len(simulator.requests)) == (450, 0, 1)
    simulator.append(NUMBER, 250)
    result = await update(client, tmp_path)
    assert (result.total, result.added) == (700, 250)
    assert result.path is not None
    assert result.path.read_bytes().startswith(before)
    assert len(set(ids_in(result.path))) == 700


@pytest.mark.parametrize("cut", [1, 2, 40, 1000, 20_000])
async def test_a_torn_line_is_written_again(client: Client, tmp_path: Path, cut: int) -> None:
    """From any prefix of its file, a run makes the same file as an undisturbed run."""
    path = await updated(client, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    await update(client, tmp_path)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("rest", [b"{", b"{}\n", b"\0\0\0", b'{"id":"m450"', b"[1]\n"])
async def test_a_last_line_that_is_no_message_is_dropped(
    client: Client, tmp_path: Path, rest: bytes
) -> None:
    """A run drops a last line that is no whole message."""
    path = await updated(client, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + rest)
    assert (await update(client, tmp_path)).total == 450
    assert path.read_bytes() == whole


@pytest.mark.parametrize("before", [0, 450])
async def test_a_last_line_may_lack_its_break_alone(
    client: Client, simulator: Simulator, tmp_path: Path, before: int
) -> None:
    """A whole last message stays and gets its line break, even if the server has it no more."""
    path = await updated(client, tmp_path)
    kept = b"".join(path.read_bytes().splitlines(keepends=True)[:before])
    path.write_bytes(kept + b'{"id":"m450"}')
    simulator.requests.clear()
    assert (await update(client, tmp_path)).error is None
    assert path.read_bytes().startswith(kept + b'{"id":"m450"}\n')
    assert len(ids_in(path)) == len(set(ids_in(path))) == 451


@pytest.mark.parametrize(
    "text",
    [
        b"dear diary\nnothing happened\n",
        b"dear diary\n",
        b"dear diary",
        b"{}\n{",
        b"{}\n",
        b'{"name": "of a setting"}',
        b"{ hello",
        b"[1]\n[2]\n",
        b"[",
        b"\n",
        b"\0\0\0",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda text: text[:20],
)
async def test_another_file_is_left_alone(client: Client, tmp_path: Path, text: bytes) -> None:
    """A run neither cuts nor writes a file that is no archive, even if it is a single line."""
    path = tmp_path / f"{NUMBER}.jsonl"
    path.write_bytes(text)
    result = await update(client, tmp_path)
    assert str(result.error).startswith("not an archive: ")
    assert (result.path, result.total) == (None, 0)
    assert path.read_bytes() == text


async def test_a_file_without_lines_does_not_fill_the_memory(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run refuses a file of one endless line before it has read all of it."""
    monkeypatch.setattr(_file, "_LONGEST_LINES", 1 << 17)
    path = tmp_path / f"{NUMBER}.jsonl"
    path.write_bytes(b" " * (1 << 20))
    error = (await update(client, tmp_path)).error
    assert str(error) == "not an archive: a line is longer than any message"


async def test_long_lines_are_found_from_the_end(
    client: Client, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """The last hundred lines may be larger than what is read of the file at first."""
    for each in messages:
        each["body"] = "x" * 3000
    await update(client, tmp_path)
    messages.append(message(450))
    result = await update(client, tmp_path)
    assert (result.total, result.added) == (451, 1)
    assert ids_in(result.path) == ids_of(messages)


# Lists that move.


@pytest.mark.parametrize("gone", [slice(0, 300), slice(200, 450), slice(349, 450), slice(0, 450)])
async def test_what_the_server_purged_stays(
    client: Client, messages: list[dict[str, Any]], tmp_path: Path, gone: slice
) -> None:
    """No line is lost and none comes twice, even if the last hundred messages are all gone."""
    archived = ids_of(messages)
    await update(client, tmp_path)
    del messages[gone]
    messages += [message(number) for number in range(450, 900)]
    result = await update(client, tmp_path)
    assert ids_in(result.path) == [*archived, *ids_of(messages)[-450:]]
    assert (result.total, result.added) == (900, 450)


async def test_a_purged_end_is_found_nearby(
    client: Client, simulator: Simulator, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """While one of the last hundred messages is left, the list is not read from its beginning."""
    await update(client, tmp_path)
    simulator.requests.clear()
    messages[360:] = [message(450)]
    assert (await update(client, tmp_path)).added == 1
    assert all(int(request.query["start"]) > 200 for request in simulator.requests)


async def test_a_list_may_move_meanwhile(
    client: Client, simulator: Simulator, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Messages that vanish during a run cost no message that stays, and repeat none."""
    staying = ids_of(messages)[60:]
    simulator.max_page_size = 20

    def purge(number: int, _: Request) -> None:
        if number < 60:
            del messages[0]

    simulator.faults = purge
    ids = ids_in(await updated(client, tmp_path))
    assert len(ids) == len(set(ids))
    assert set(ids) >= set(staying)


async def test_a_place_can_be_lost_twice(
    client: Client, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """A run that has to begin again does not append its own messages a second time."""
    await update(client, tmp_path)
    del messages[340:]
    messages += [message(number) for number in range(450, 2050)]

    def purge(now: archives.Progress) -> None:
        if now.received > 1000 and len(messages) == 1940:
            messages[400:] = [message(3000)]

    one_ahead = client.with_options(concurrency=1)
    ids = ids_in((await update(one_ahead, tmp_path, on_progress=purge)).path)
    assert len(messages) == 401
    assert len(ids) == len(set(ids))
    assert set(ids) >= {*ids_of(messages), "m449", "m1400"}


# Refreshing.


@pytest.fixture
def now() -> datetime:
    """Give the present."""
    return datetime.now(UTC)


async def test_recent_messages_are_read_again(
    client: Client, messages: list[dict[str, Any]], tmp_path: Path, now: datetime
) -> None:
    """What changed is replaced, what is gone stays, what is new is appended, and order stays."""
    messages[150]["modified"] = str(now - timedelta(days=2))
    messages[100]["statuses"] = [{"created": str(now - timedelta(days=8)), "code": 101}]
    archived = [dict(each) for each in messages]
    await update(client, tmp_path)
    for number in (50, 149, 300):
        messages[number]["body"] = archived[number]["body"] = f"changed {number}"
    archived[50]["body"] = "text 50"  # stands before the first recent one
    archived[149]["body"] = "text 149"
    del messages[200:260]
    messages.append(message(450))
    result = await update(client, tmp_path, refresh_days=7)
    assert (result.total, result.added, result.changed) == (451, 1, 1)
    assert result.path is not None
    lines = result.path.read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [*archived, message(450)]
    result = await update(client, tmp_path, refresh_days=9)
    assert result.changed == 1
    assert result.path is not None
    assert json.loads(result.path.read_bytes().splitlines()[149])["body"] == "changed 149"


def test_a_spill_keeps_the_newest_text() -> None:
    """A message that comes twice has its first place, and its last text."""
    with closing(Spill()) as spill:
        spill.put({"a": b"1", "\ud800": b"2", "c": b"3"}.items())
        spill.put({"d": b"5", "a": b"4"}.items())
        assert spill.take("c") == b"3"
        assert spill.take("c") is None
        assert list(spill) == [b"4", b"2", b"5"]
        assert "\ud800" in spill
        assert "c" not in spill


async def test_a_refresh_without_changes_touches_nothing(
    client: Client, messages: list[dict[str, Any]], tmp_path: Path, now: datetime
) -> None:
    """The file stays the same file, and nothing lies beside it."""
    messages[-1]["modified"] = str(now)
    path = await updated(client, tmp_path, refresh_days=1)
    before = path.stat()
    result = await update(client, tmp_path, refresh_days=1)
    assert (result.total, result.added, result.changed) == (450, 0, 0)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert names_in(tmp_path) == {path.name, LOCK}


async def test_a_refresh_with_nothing_recent_appends(
    client: Client, simulator: Simulator, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """If no archived message changed lately, a run reads only new messages."""
    await update(client, tmp_path)
    messages[3]["body"] = "changed long ago"
    messages.append(message(450))
    simulator.requests.clear()
    result = await update(client, tmp_path, refresh_days=7)
    assert (result.added, result.changed, len(simulator.requests)) == (1, 0, 1)


async def test_a_refresh_of_a_purged_stretch_loses_nothing(
    client: Client, messages: list[dict[str, Any]], tmp_path: Path, now: datetime
) -> None:
    """A pager that lost its place and began anew repeats no line, and all lines stay."""
    messages[300]["modified"] = str(now)
    archived = ids_of(messages)
    await update(client, tmp_path)
    del messages[190:]
    messages[5]["body"] = "changed"
    messages.append(message(450))
    result = await update(client, tmp_path, refresh_days=7)
    assert ids_in(result.path) == [*archived, "m450"]
    messages.clear()
    result = await update(client, tmp_path, refresh_days=7)
    assert (result.total, result.not_found) == (451, True)


async def test_a_failed_refresh_leaves_the_old_file(
    client: Client, simulator: Simulator, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """If the server or the disk fails in the middle of a refresh, the file stays as it was."""
    messages[0]["modified"] = str(datetime.now(UTC))
    path = await updated(client, tmp_path)
    before = path.read_bytes()
    messages[0]["body"] = "changed"
    simulator.faults = lambda number, _: Fault(status=500) if number % 2 else None
    result = await update(client, tmp_path, refresh_days=7)
    assert isinstance(result.error, ServerError)
    assert (result.total, path.read_bytes()) == (450, before)


async def test_what_a_killed_refresh_left_is_removed(client: Client, tmp_path: Path) -> None:
    """A side file that never took its place is dropped by the next run."""
    side = tmp_path / f"{NUMBER}.jsonl.new"
    side.write_bytes(b'{"id":"half')
    await update(client, tmp_path)
    assert not side.exists()


# Many conversations.


async def test_a_failure_stops_nobody_else(
    client: Client, simulator: Simulator, tmp_path: Path
) -> None:
    """The messages before an error are archived, and the other conversations are complete."""
    simulator.max_page_size = 20

    def fail(_: int, request: Request) -> Fault | None:
        late = NUMBER in request.path and int(request.query["start"]) > 200
        return Fault(status=500) if late else None

    simulator.faults = fail
    bad, good = await archive(client, [NUMBER, OTHER], tmp_path)
    assert isinstance(bad.error, ServerError)
    assert 0 < bad.total < 450
    assert bad.total == len(ids_in(bad.path))
    assert (good.error, good.total) == (None, 40)
    simulator.faults = ()
    assert (await update(client, tmp_path)).total == 450


async def test_a_conversation_without_messages_has_no_file(client: Client, tmp_path: Path) -> None:
    """A 404 shows in the result, and is no error."""
    [result] = await archive(client, ["4670000"], tmp_path)
    assert (result.not_found, result.error, result.path) == (True, None, None)
    assert names_in(tmp_path) == {LOCK}


async def test_an_empty_list_has_no_file(
    client: Client, simulator: Simulator, tmp_path: Path
) -> None:
    """An empty answer adds no message."""
    simulator.faults = [Fault(body=b"[]")]
    result = await update(client, tmp_path)
    assert (result.error, result.path, result.total) == (None, None, 0)
    assert names_in(tmp_path) == {LOCK}


async def test_few_are_read_at_once(tmp_path: Path) -> None:
    """A run reads eight conversations at once, however many there are."""
    names = [f"467{number:04}" for number in range(40)]
    async with (
        Simulator(conversations=dict.fromkeys(names, 3), latency=0.02) as simulator,
        Client("t", v2_url=simulator.v2_url, rate_limit=None) as client,
    ):
        results = await archive(client, iter(names), tmp_path)
        assert [each.total for each in results] == [3] * 40
        assert simulator.peak_in_flight == 8


def hours(number: int) -> datetime:
    """Give the time of a message of the conversation by the hour."""
    return OLD + timedelta(hours=number)


@pytest.fixture
def hourly(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give a longer conversation, with a message every hour."""
    messages[:] = [message(number, hours(number)) for number in range(3_000)]
    return messages


async def test_a_period_is_archived_and_goes_on(
    client: Client, simulator: Simulator, hourly: list[dict[str, Any]], tmp_path: Path
) -> None:
    """A new archive begins and ends where it should; the next run finds its end, and goes on."""
    hourly[2_400]["modified"] = str(hours(9_000))  # an older one follows
    path = await updated(client, tmp_path, since=hours(2_000), until=hours(2_500))
    assert ids_in(path) == [f"m{number}" for number in range(2_000, 2_500)]
    before = len(simulator.requests)
    await update(client, tmp_path, since=hours(2_000), until=hours(2_600))
    assert ids_in(path) == [f"m{number}" for number in range(2_000, 2_600)]
    assert len(simulator.requests) - before < 40
    await update(client, tmp_path)
    assert ids_in(path) == [f"m{number}" for number in range(2_000, 3_000)]


@pytest.mark.parametrize("length", [1_100, 3_000])
async def test_what_slipped_behind_the_reader_is_in_a_period(
    simulator: Simulator, hourly: list[dict[str, Any]], tmp_path: Path, length: int
) -> None:
    """It comes late, with nothing that is newer, whether the list or the period ended."""
    hourly[:] = [message(number, hours(number // 1_000)) for number in range(length)]

    def slip(number: int, _: Request) -> None:
        if number == 3:
            hourly.insert(10, hourly.pop(900))

    simulator.faults = slip
    async with Client("t", v2_url=simulator.v2_url, rate_limit=None, concurrency=1) as client:
        path = await updated(client, tmp_path, until=hours(1))
    assert sorted(ids_in(path)) == sorted(f"m{number}" for number in range(1_000))


async def test_a_list_may_move_before_its_archive_begins(
    client: Client, simulator: Simulator, hourly: list[dict[str, Any]], tmp_path: Path
) -> None:
    """While all is newer than the period so far, there is no file."""
    hourly[:] = [message(number, hours(number)) for number in range(300)]
    hourly[150] = message(150, hours(-1))
    simulator.max_page_size = 100

    def purge(number: int, _: Request) -> None:
        if number < 4:
            del hourly[:10]

    simulator.faults = purge
    path = await updated(client, tmp_path, until=hours(0))
    assert ids_in(path)[-100:] == [f"m{number}" for number in range(51, 151)]


async def test_an_archive_whose_end_is_gone_begins_with_its_period(
    client: Client, hourly: list[dict[str, Any]], tmp_path: Path
) -> None:
    """What is older than the archive was never wanted, and is not read again as if it were new."""
    path = await updated(client, tmp_path, since=hours(2_000), until=hours(2_500))
    del hourly[2_010:2_500]
    await update(client, tmp_path, since=hours(2_000))
    assert ids_in(path) == [f"m{number}" for number in range(2_000, 3_000)]


async def test_two_runs_keep_apart(client: Client, simulator: Simulator, tmp_path: Path) -> None:
    """A second run on the same directory is refused before it sends anything."""
    begun = asyncio.Event()

    def stall(_: Request) -> float:
        begun.set()
        return 0.1

    simulator.latency = stall
    first = asyncio.create_task(update(client, tmp_path))
    await begun.wait()
    with pytest.raises(BlockingIOError, match="another run"):
        await update(client, tmp_path)
    assert (await first).total == 450


async def test_a_directory_that_is_a_file_is_refused(
    client: Client, simulator: Simulator, tmp_path: Path
) -> None:
    """If the directory can't be made, a run sends nothing."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(FileExistsError):
        await update(client, file)
    assert not simulator.requests


async def test_a_cancelled_run_can_go_on(
    client: Client, simulator: Simulator, messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    """A cancelled run leaves files that can be resumed, and releases the lock."""
    simulator.max_page_size = 20
    path = tmp_path / f"{NUMBER}.jsonl"
    seen = asyncio.Event()
    run = asyncio.create_task(update(client, tmp_path, on_progress=lambda _: seen.set()))
    await seen.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert 0 < len(ids_in(path)) < 450
    assert (await update(client, tmp_path)).error is None
    assert ids_in(path) == ids_of(messages)


async def test_a_cancelled_write_is_finished() -> None:
    """Work in a thread has ended before its caller goes on, however often it is cancelled."""
    go_on, ended = threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait()
        ended.set()

    task = asyncio.create_task(_threads.in_thread(work))
    for _ in range(2):
        await asyncio.sleep(0)  # it waits
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait([task], timeout=0.01)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_progress_ends_at_the_whole(
    client: Client, simulator: Simulator, tmp_path: Path
) -> None:
    """The share of the work grows to 1, over conversations of any size."""
    seen: list[archives.Progress] = []
    simulator.max_page_size = 50
    await archive(client, [NUMBER, OTHER, "4670000"], tmp_path, on_progress=seen.append)
    shares = [each.share for each in seen if each.share is not None]
    assert all(0 <= share <= 1 for share in shares)
    assert shares[-1] == pytest.approx(1)
    assert seen[-1] == archives.Progress(
        conversations=3, finished=3, received=490, share=shares[-1]
    )


async def test_progress_may_be_unknown(
    client: Client, simulator: Simulator, tmp_path: Path
) -> None:
    """If the server names no last page, the share of the work stays unknown."""
    simulator.link_style = "none"
    seen: list[archives.Progress] = []
    await update(client, tmp_path, on_progress=seen.append)
    assert seen[0].share is None
    assert seen[-1].share == 1


@pytest.mark.parametrize("refresh_days", [None, 36_000.0])
async def test_an_archive_goes_on_where_a_cursor_is_lost(
    tmp_path: Path, refresh_days: float | None
) -> None:
    """The archive knows all its ids: it goes on though the last hundred of them are gone."""
    async with (
        Simulator(conversations={"46712345678": 400}) as sim,
        Client("token", v2_url=sim.v2_url, rate_limit=None) as client,
    ):
        await archive(client, ["46712345678"], tmp_path)
        sim.purge("46712345678", 250, 400)
        sim.append("46712345678", 60)
        [result] = await archive(client, ["46712345678"], tmp_path, refresh_days=refresh_days)
        assert (result.error, result.total, result.added) == (None, 460, 60)
        lines = (tmp_path / "46712345678.jsonl").read_bytes().splitlines()
        ids = [json.loads(line)["id"] for line in lines]
        assert len(set(ids)) == len(ids) == 460


def test_what_comes_again_is_not_appended_again(tmp_path: Path) -> None:
    """After the list moved, a page of messages that are all in the file changes nothing."""
    path = tmp_path / "Acme.jsonl"
    path.write_bytes(b'{"id":"a"}\n')
    conversation = Conversation("Acme", path, None, lambda: None)
    conversation._append(Page((Message(id="a"),), str, 0, 200, b'[{"id":"a"}]', {}), moved=True)
    assert (path.read_bytes(), conversation.added) == (b'{"id":"a"}\n', 0)
    assert conversation._spill is not None
    conversation._spill.close()
