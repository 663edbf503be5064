"""The client sends to the simulator, and what the simulator accepted judges it."""

from collections import Counter

import pytest
from clock import FakeClock

from ip1_async import Client, IP1Error, SendUncertainError
from ip1_async.testing import Simulator

SENDS = 40


@pytest.mark.parametrize("seed", range(3))
async def test_no_fault_doubles_or_hides_a_send(clock: FakeClock, seed: int) -> None:
    """With a third of the answers lost, nobody is sent to twice, and the client knows to whom."""
    known: set[str] = set()
    doubtful = 0
    async with (
        Simulator(faults=0.3, seed=seed) as sim,
        Client("any", v2_url=sim.v2_url, rate_limit=None) as client,
    ):
        batches = client.v2.batches
        for place in range(SENDS):
            number = f"467{place:08d}"
            try:
                batch = await batches.send(sender="iP1", recipients=[number], body="Hi")
            except SendUncertainError as error:
                doubtful += 1
                found = await batches.settle(str(error.key), patience=0)
                if found is None:
                    continue
                batch = found
            except IP1Error:
                continue
            assert (await anext(batches.list_messages(batch.id))).recipient == number
            known.add(number)
        accepted = Counter(number for each in sim.sent for number in each.recipients)
    assert set(accepted.values()) == {1}
    assert known == set(accepted)
    assert 5 < doubtful < SENDS / 2
