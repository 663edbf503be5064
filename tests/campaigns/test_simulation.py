"""Thousands of campaigns, each over several runs, with crashes, faults and changes in between."""

from collections import Counter
from datetime import datetime

import attrs
import pytest
from campaign_simulation import Simulation

from ip1_async import Batch, IP1Error
from ip1_async.campaigns import Part, Phase, _plan, _run
from ip1_async.campaigns._state import answered

CHUNK = 1_000


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a campaign of a dozen people have several batches."""
    monkeypatch.setattr(_plan, "MOST_IN_A_BATCH", 3)


def wrong(seeds: range) -> dict[int, str]:
    """Run simulations, and name those with a wrong end."""
    verdicts = {seed: Simulation(seed).verdict() for seed in seeds}
    return {seed: verdict for seed, verdict in verdicts.items() if verdict is not None}


@pytest.mark.parametrize("chunk", range(5))
def test_nobody_is_sent_to_twice_or_left_out(chunk: int) -> None:
    """Whatever crashes, fails or comes late, everybody gets it once, or is named."""
    assert not wrong(range(chunk * CHUNK, (chunk + 1) * CHUNK))


def test_the_simulation_meets_everything() -> None:
    """A few hundred campaigns have every fault, every answer of a person, and torn lines."""
    seen: Counter[str] = Counter()
    for seed in range(300):
        simulation = Simulation(seed)
        simulation.live()
        seen += simulation.seen
    every = "crash disk torn lost void late refused stopped unsent killed found"
    assert seen.keys() >= {*every.split(), "killed late", "not found", "resolved sent"}
    assert seen["resolved unsent"]


def test_the_oracle_sees_a_lost_answer_taken_for_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends again after a lost answer is found out."""

    def hasty(part: Part, answer: Batch | IP1Error, at: datetime) -> Part:
        after = answered(part, answer, at)
        unsent = after.phase is Phase.BEGUN
        return attrs.evolve(after, phase=Phase.UNSENT) if unsent else after

    monkeypatch.setattr(_run, "answered", hasty)
    with pytest.raises(AssertionError):
        assert not wrong(range(CHUNK // 10))


def test_the_oracle_sees_a_journal_that_comes_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who posts before the key is on the disk is found out."""

    async def late(self: _run.Run, part: Part) -> None:
        self.ledger.put(part)
        if part.phase is not Phase.BEGUN:
            await self.world.write(part)

    monkeypatch.setattr(_run.Run, "_put", late)
    with pytest.raises(KeyError):
        wrong(range(CHUNK // 10))
