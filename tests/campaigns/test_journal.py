"""The journal of a campaign: whose it is, what is in it when, and what is left of it."""

import asyncio
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from campaign_parts import VOID, JournalFile, Send, at_post, begun, got, numbers, posts

from ip1_async import campaigns
from ip1_async.campaigns import Phase, Plan
from ip1_async.testing import Request, Simulator


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ({"sender": "iP1sms"}, "sender"),
        ({"body": "Hello!"}, "body_sha256"),
        ({"datacoding": "gsm"}, "datacoding"),
        ({"type": "flash", "priority": 2}, "priority, type"),
        ({"reference": "r"}, "reference"),
        ({"recipients": {number: {} for number in numbers(3)}}, "templated"),
    ],
)
async def test_another_campaign_needs_another_journal(
    send: Send, simulator: Simulator, other: dict[str, Any], name: str
) -> None:
    """A run that differs is refused, and says in what."""
    await send()
    with pytest.raises(ValueError, match=f"another {name}$"):
        await send(**other)
    assert posts(simulator) == 1


async def test_a_second_run_at_the_same_time_is_refused(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """While one run has the journal, neither another one nor `resolve` touches it."""

    async def meanwhile(_: Plan) -> bool:
        with pytest.raises(BlockingIOError, match="another run"):
            await send()
        with pytest.raises(BlockingIOError):
            await campaigns.resolve(journal.path, "k", "sent")
        return True

    assert (await send(confirm=meanwhile)).is_complete
    assert posts(simulator) == 1


async def test_a_key_is_on_the_disk_before_its_post(
    send: Send, simulator: Simulator, journal: JournalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the server gets it, the journal has it, and fsync has returned."""
    events: list[tuple[str, str]] = []
    fsync = os.fsync

    def remember(descriptor: int) -> None:
        fsync(descriptor)
        if journal.exists and journal.read():
            last = json.loads(journal.read().splitlines()[-1])
            events.append((last.get("phase", "header"), last.get("key", "")))

    def arrive(request: Request) -> float:
        if request.method == "POST":
            (tag,) = json.loads(request.body)["tags"]
            events.append(("post", tag.removeprefix("ip1-async:")))
        return 0.0

    monkeypatch.setattr(os, "fsync", remember)
    simulator.latency = arrive
    result = await send(recipients=numbers(2_000))
    (one, two) = (part.key for part in result.sent)
    steps = [(step, key) for key in (one, two) for step in ("begun", "post", "accepted")]
    assert [event for event in events if event[1]] == steps


async def test_the_journal_is_for_its_owner(send: Send, journal: JournalFile) -> None:
    """Mode 0600, even where there was an empty file; and it holds no text."""
    journal.write(b"", 0o644)
    await send(body="Secret words")
    assert journal.mode == 0o600
    assert b"Secret" not in journal.read()


async def test_a_link_is_no_journal(send: Send, simulator: Simulator, journal: JournalFile) -> None:
    """Nothing is written through a link."""
    journal.link()
    with pytest.raises(OSError, match="no regular file"):
        await send()
    assert not posts(simulator)


@pytest.mark.parametrize("torn", [b"", b'{"camp', b'{"campaign":1,"sender":"i'])
async def test_a_torn_header_begins_anew(send: Send, journal: JournalFile, torn: bytes) -> None:
    """A kill at the first line left no batch."""
    journal.write(torn)
    assert (await send()).is_complete
    assert (await send()).is_complete


async def test_a_torn_last_line_never_was(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """Wherever it is torn, nobody is sent to twice, and the batch is found again."""
    await send()
    whole = journal.read()
    last = len(whole) - whole[:-1].rindex(b"\n") - 1
    for cut in range(1, last + 1, 7):
        journal.write(whole[:-cut])
        result = await send()
        assert result.is_complete
        assert len(result.sent) == 1
    assert posts(simulator) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [lines[0], lines[1][:20], lines[2]],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[0], lines[1], lines[1]],
        lambda lines: [*lines, lines[2]],
        lambda lines: [*lines, b"[]"],
        lambda lines: [lines[0], lines[1].replace(b"46700000000", b"46700000008"), lines[2]],
        lambda lines: [b"a text"],
        lambda lines: [b"[1]"],
        lambda lines: [lines[0].replace(b":1", b":2", 1), *lines[1:]],
    ],
)
async def test_a_damaged_journal_is_an_error(
    send: Send, simulator: Simulator, journal: JournalFile, damage: Callable[..., Any]
) -> None:
    """Who guesses what was in a line could send twice; the file stays as it is."""
    await send()
    journal.write(b"\n".join([*damage(journal.read().splitlines()), b""]))
    left = journal.read()
    with pytest.raises(ValueError, match=r"^journal: "):
        await send()
    assert journal.read() == left
    assert posts(simulator) == 1


async def test_a_batch_that_is_gone_from_the_journal_is_damage(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """Its recipients must not be free again, though each line that is left is whole."""
    await send()
    await send(recipients=numbers(4))
    lines = journal.read().splitlines(keepends=True)
    journal.write(b"".join([lines[0], *lines[3:]]))
    with pytest.raises(ValueError, match="line 2 is damaged, or another one before it is gone"):
        await send(recipients=numbers(4))
    assert got(simulator) == numbers(4)


@pytest.mark.parametrize("phase", [Phase.BEGUN, Phase.UNSENT])
async def test_lines_that_contradict_others_are_damage(
    send: Send, simulator: Simulator, journal: JournalFile, phase: Phase
) -> None:
    """They are whole, yet one number would be in two batches, or a batch has no beginning."""
    await send()
    other = begun("of-another", datetime.now(UTC), *numbers(1))
    journal.add(attrs.evolve(other, phase=phase))
    with pytest.raises(ValueError, match="line 4 is damaged"):
        await send(recipients=numbers(4))
    assert posts(simulator) == 1


async def test_a_last_line_without_its_break_counts(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """An editor may take it away; the batch that was begun there stays uncertain."""
    simulator.faults = at_post(VOID)
    (uncertain,) = (await send()).uncertain
    journal.write(journal.read().removesuffix(b"\n"))
    assert (await send()).uncertain == (uncertain,)
    assert posts(simulator) == 1
    await campaigns.resolve(journal.path, uncertain.key, "unsent")
    assert (await send()).is_complete
    assert got(simulator) == numbers(3)


async def test_a_run_without_the_lock_is_noticed(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """If somebody removed the lock, the later run to write ends, and cuts nothing off."""
    await send()
    lock = journal.path.with_name("journal.lock")

    async def meanwhile(_: Plan) -> bool:
        await asyncio.to_thread(lock.unlink)
        assert (await send(recipients=numbers(5))).is_complete
        return True

    with pytest.raises(OSError, match="another run may use it"):
        await send(recipients=numbers(4), confirm=meanwhile)
    assert (await send(recipients=numbers(5))).is_complete
    assert got(simulator) == numbers(5)


async def test_another_file_is_no_journal(send: Send, journal: JournalFile) -> None:
    """A text without line break is no torn header."""
    journal.write(b"my diary")
    with pytest.raises(ValueError, match="another file"):
        await send()
    assert journal.read() == b"my diary"


async def test_a_full_disk_ends_the_run_before_the_post(
    send: Send, simulator: Simulator, journal: JournalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be journalled is not sent, and the journal can be used again."""
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if b"begun" in bytes(data):
            write(descriptor, bytes(data)[:9])
            raise OSError(28, "No space left on device")
        return write(descriptor, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            await send()
    assert not posts(simulator)
    assert journal.read().count(b"\n") == 1
    assert (await send()).is_complete


async def test_a_journal_that_vanishes_ends_the_run(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """A journal that began anew would have forgotten who got it."""
    await send()

    async def remove(_: Plan) -> bool:
        await asyncio.to_thread(journal.path.unlink)
        return True

    with pytest.raises(FileNotFoundError):
        await send(recipients=numbers(2_000), confirm=remove)
    assert posts(simulator) == 1
    assert not journal.exists
