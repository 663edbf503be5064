"""What became of a send: looked for among the newest, newest first."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from clock import FakeClock
from multidict import CIMultiDict
from wire import Exchange

from ip1_async import Batch, Bundle, Client, InvalidResponseError, ServerError
from ip1_async._http.call import Response, Target
from ip1_async.testing import Simulator

OPTIONS: dict[str, Any] = {"sender": "iP1", "recipients": ["46712345678"], "body": "Hello"}


class Account:
    """Batches, newest first, that grow in time; every page that was asked for, and when."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.batches: list[dict[str, Any]] = []
        self.arrivals: list[tuple[float, dict[str, Any]]] = []
        self.asked: list[tuple[float, int, int]] = []

    def sent(self, number: int, *keys: str) -> dict[str, Any]:
        """Make a batch that was sent with the keys."""
        return {"id": f"b{number}", "tags": ["mine", *(f"ip1-async:{key}" for key in keys)]}

    async def answer(self, target: Target) -> Response:
        """Serve a page of what is there by now."""
        now = self.clock.value.now()
        for moment, batch in self.arrivals:
            if moment <= now and batch not in self.batches:
                self.batches.insert(0, batch)
        query = target.url.query
        assert query["order"] == "DESC"
        start, limit = int(query["start"]), int(query["limit"])
        self.asked.append((now, start, limit))
        page = self.batches[start : start + limit]
        links = f'<?start={(len(self.batches) - 1) // limit * limit}>; rel="last"'
        if start + limit < len(self.batches):
            links += f', <?start={start + limit}>; rel="next"'
        return Response(CIMultiDict({"Link": links}), json.dumps(page).encode())


@pytest.fixture
def account(wire: Callable[[Exchange], None], clock: FakeClock) -> Account:
    """Put an account where the network would be."""
    each = Account(clock)
    wire(each.answer)
    return each


async def test_a_batch_among_the_newest_is_found_at_once(
    account: Account, make_client: Callable[..., Client]
) -> None:
    """Wherever it is among 2,000; further back nobody looks."""
    account.batches = [account.sent(number, f"k{number}") for number in range(2_500)]
    client = make_client()
    for number in (0, 250, 1_999):
        found = await client.v2.batches.settle(f"k{number}", patience=0)
        assert isinstance(found, Batch)
        assert found.id == f"b{number}"
    assert await client.v2.batches.settle("k2001", patience=0) is None
    assert max(start for _, start, _ in account.asked) < 2_000


async def test_what_comes_late_is_waited_for(
    account: Account, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """The first page is asked for again and again, with longer and longer waits."""
    account.batches = [account.sent(number) for number in range(1_000)]
    account.arrivals = [(clock.value.now() + 20, account.sent(5_000, "late"))]
    found = await make_client().v2.batches.settle("late")
    assert found is not None
    assert found.id == "b5000"
    began = account.asked[0][0]
    first_pages = [round(at - began) for at, start, _ in account.asked if start == 0]
    assert first_pages == [0, 1, 3, 7, 15, 23, 23]


async def test_not_seen_is_none_when_patience_ends(
    account: Account, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A last look goes through all of them, for what the first page passed by."""
    began = clock.value.now()
    account.batches = [account.sent(number) for number in range(400)]
    assert await make_client().v2.batches.settle("nothing", patience=30) is None
    assert 30 <= clock.value.now() - began < 31
    assert [start for _, start, _ in account.asked[-2:]] != [0, 0]


async def test_what_slid_off_the_first_page_is_found_by_the_last_look(
    account: Account, make_client: Callable[..., Client], clock: FakeClock
) -> None:
    """A busy account may have pushed it down between two looks."""
    now = clock.value.now()
    late = [(now + 2, account.sent(1, "late"))]
    late += [(now + 2, account.sent(number)) for number in range(1_000, 1_300)]
    account.arrivals = late
    found = await make_client().v2.batches.settle("late", patience=10)
    assert found is not None


async def test_what_was_seen_once_is_found(
    account: Account,
    wire: Callable[[Exchange], None],
    make_client: Callable[..., Client],
    clock: FakeClock,
) -> None:
    """The last look may be at a copy of the list that is behind."""
    account.arrivals = [(clock.value.now() + 2, account.sent(1, "late"))]

    async def answer(target: Target) -> Response:
        page = await account.answer(target)
        if account.batches:
            account.batches, account.arrivals = [], []
        return page

    wire(answer)
    found = await make_client().v2.batches.settle("late", patience=10)
    assert found is not None
    began = account.asked[0][0]
    assert [round(at - began) for at, _, _ in account.asked] == [0, 1, 3, 3]


@pytest.mark.parametrize("patience", [-1, float("nan")])
async def test_patience_is_a_time(patience: float, make_client: Callable[..., Client]) -> None:
    """Nothing is asked for."""
    with pytest.raises(ValueError, match=r"^patience: expected seconds"):
        await make_client().v2.batches.settle("k", patience=patience)


async def test_two_with_one_key_are_named(
    account: Account, make_client: Callable[..., Client]
) -> None:
    """Also where they are far apart: a key is for one send."""
    account.batches = [account.sent(number) for number in range(1_500)]
    account.batches[3], account.batches[1_400] = account.sent(8_000, "k"), account.sent(9_000, "k")
    with pytest.raises(InvalidResponseError, match="b8000 and b9000") as caught:
        await make_client().v2.batches.settle("k")
    assert caught.value.key == "k"


async def test_many_are_looked_up_in_one_pass(
    account: Account, make_client: Callable[..., Client]
) -> None:
    """One look costs the pages of 2,000 batches, however many keys there are."""
    account.batches = [account.sent(number, f"k{number % 1_500}") for number in range(2_000)]
    keys = [f"k{number}" for number in range(1_000)] + ["other"]
    found = await make_client().v2.batches._look_up(keys, patience=0)
    assert len(account.asked) == 11  # pages overlap
    assert [batch.id for batch in found["k3"]] == ["b3", "b1503"]
    assert [batch.id for batch in found["k700"]] == ["b700"]
    assert found["other"] == []
    assert found.keys() == set(keys)


async def test_nothing_to_look_up_asks_nothing(
    account: Account, make_client: Callable[..., Client]
) -> None:
    """A run without uncertain sends costs nothing."""
    assert await make_client().v2.batches._look_up([], patience=60) == {}
    assert account.asked == []


async def test_a_list_that_can_not_be_read_is_an_error_with_the_key(
    make_client: Callable[..., Client], wire: Callable[[Exchange], None]
) -> None:
    """It says nothing about the send."""

    async def fail(_: Target) -> Response:
        raise ServerError("500")

    wire(fail)
    with pytest.raises(ServerError) as caught:
        await make_client(retry_for=0).v2.batches.settle("k")
    assert (caught.value.key, caught.value.route) == ("k", "/v2/batches")


async def test_a_bundle_is_settled_by_its_unique_id() -> None:
    """A second send with it is refused, and so is uncertain, and settled likewise."""
    async with Simulator() as sim, Client("t", v3_url=sim.v3_url, rate_limit=None) as client:
        bundle = await client.v3.bundles.send(
            brand="b", agent="a", recipients=["46712345678"], content="Hello", key="k"
        )
        assert isinstance(bundle, Bundle)
        await client.v3.bundles.send(
            brand="b", agent="a", recipients=["46712345678"], content="Hello"
        )
        found = await client.v3.bundles.settle("k", patience=0)
        assert found is not None
        assert (found.id, found.unique_id) == (bundle.id, "k")
        assert await client.v3.bundles.settle("other", patience=0) is None
