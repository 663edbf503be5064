"""Campaigns under SIGKILL: a real process, killed at random moments, while 5 % of all fails."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import attrs

from ip1_async import campaigns
from ip1_async.campaigns import Part, Phase
from ip1_async.campaigns._journal import decode
from ip1_async.testing import Request, Simulator

COMMAND = (sys.executable, "-c", "import sys; from ip1_async.cli import main; sys.exit(main())")
KILLS = int(os.environ.get("IP1_KILLS", "20"))
PEOPLE = 6_000
MOST_RUNS = 12  # of one campaign
LATENCY = 0.03


def waiting_in(journal: Path) -> tuple[Part, ...]:
    """Give the uncertain batches of a journal."""
    data = journal.read_bytes() if journal.exists() else b""
    return decode(data)[1].held(Phase.BEGUN)


@attrs.define(eq=False)
class Killer:
    """Runs campaigns, and kills them."""

    simulator: Simulator
    folder: Path
    chance: random.Random
    hits: int = 0
    uncertain: int = 0
    numbers: list[str] = attrs.field(factory=list)

    async def campaign(self, place: int) -> None:
        """Run one campaign until everybody was sent to."""
        self.numbers = [f"46{place:03}{number:06}" for number in range(PEOPLE)]
        rows = "\n".join(f"+{number[:2]} {number[2:]};Ann" for number in self.numbers)
        (self.folder / "people.csv").write_text(f"recipient;name\n{rows}\n", encoding="utf-8")
        (self.folder / "text").write_text("Hi {name}\n", encoding="utf-8")
        journal = self.folder / f"journal{place}"
        for turn in range(MOST_RUNS):
            code, report = await self.run(journal, kill=turn < MOST_RUNS // 2)
            await asyncio.sleep(2 * LATENCY)  # what was on its way arrives
            self.check(journal, code, report)
            if code == 0:
                return
            await self.ask_a_person(journal)
        raise AssertionError(report)

    async def run(self, journal: Path, *, kill: bool) -> tuple[int, str]:
        """Run the command; give its exit code and what it said."""
        arrived = asyncio.Event()

        def latency(_: Request) -> float:
            arrived.set()
            return LATENCY

        self.simulator.latency = latency
        process = await asyncio.to_thread(self.start, journal)
        # A process of asyncio's may lose its exit code where it ends just as it is killed.
        ended = asyncio.ensure_future(asyncio.to_thread(process.communicate))
        await arrived.wait()
        if kill:
            await asyncio.wait([ended], timeout=self.chance.uniform(0, 0.8))
            process.kill()
        _, report = await ended
        self.hits += process.returncode == -signal.SIGKILL
        return process.returncode, report.decode()

    def start(self, journal: Path) -> "subprocess.Popen[bytes]":
        """Start the command."""
        return subprocess.Popen(
            [
                *COMMAND,
                *("send", "--sender", "iP1", "--from-file", str(self.folder / "people.csv")),
                *("--body-file", str(self.folder / "text"), "--journal", str(journal), "--yes"),
                *("--patience", "0.5", "--rate-limit", "1000"),
            ],
            env={**os.environ, "IP1_API_TOKEN": "t", "IP1_V2_URL": self.simulator.v2_url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def check(self, journal: Path, code: int, report: str) -> None:
        """Hold the journal and the report against what the server accepted."""
        got = Counter(number for sent in self.simulator.sent for number in sent.recipients)
        assert set(got.values()) <= {1}
        uncertain = waiting_in(journal)
        waiting = {number for part in uncertain for number in part.recipients}
        if code == 0:
            assert not waiting
            assert set(self.numbers) <= got.keys()
        elif code > 0:
            assert code == 1
            assert "Traceback" not in report
            assert all(part.key in report for part in uncertain), report
            assert ("uncertain" in report) == bool(uncertain)
            assert "not sent" in report or set(self.numbers) <= got.keys() | waiting

    async def ask_a_person(self, journal: Path) -> None:
        """Answer for uncertain batches that were there before this run, as they are old."""
        if self.chance.random() < 0.5:
            return
        tags = {tag for sent in self.simulator.sent for tag in sent.payload["tags"]}
        for part in waiting_in(journal):
            outcome = "sent" if f"ip1-async:{part.key}" in tags else "unsent"
            await campaigns.resolve(journal, part.key, outcome)  # type: ignore[arg-type]
            self.uncertain += 1


async def test_a_killed_campaign_sends_to_nobody_twice(tmp_path: Path) -> None:
    """Killed again and again, with faults: everybody once, and what is uncertain is named."""
    async with Simulator(faults=0.05, seed=KILLS) as simulator:
        killer = Killer(simulator, tmp_path, random.Random(3))
        for place in range(KILLS):
            await killer.campaign(place)
            if killer.hits >= KILLS:
                break
        assert killer.hits >= KILLS
    if "IP1_KILLS" in os.environ:
        sys.stderr.write(f"{killer.hits} kills, {place + 1} campaigns, {killer.uncertain} asked\n")
