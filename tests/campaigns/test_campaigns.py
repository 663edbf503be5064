"""Campaigns over the simulator: who is sent to, who is not, and what is uncertain."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from campaign_parts import (
    LOST,
    VOID,
    JournalFile,
    Send,
    at_post,
    begun,
    got,
    numbers,
    posts,
    recipients,
)

from ip1_async import AuthenticationError, Client, ServerError, campaigns
from ip1_async.campaigns import Phase, Plan, Progress
from ip1_async.campaigns._plan import make_plan, write_letter
from ip1_async.campaigns._state import Ledger
from ip1_async.testing import Fault, Request, Simulator


async def test_batches_hold_a_thousand(send: Send, simulator: Simulator) -> None:
    """Everybody gets it, in batches of at most 1,000, with the progress after each."""
    seen: list[Progress] = []
    result = await send(recipients=numbers(2_500), on_progress=seen.append)
    assert [len(sent.recipients) for sent in simulator.sent] == [1_000, 1_000, 500]
    assert got(simulator) == numbers(2_500) == recipients(result.sent)
    assert [part.batch_ids for part in result.sent] == [(sent.id,) for sent in simulator.sent]
    assert [each.done for each in seen] == [1_000, 2_000, 2_500]
    assert {each.recipients for each in seen} == {2_500}
    assert result.is_complete


async def test_a_template_has_values_and_defaults(send: Send, simulator: Simulator) -> None:
    """With a mapping the body is a template, in each batch."""
    people = {f"+{number}": {"name": "Ann"} for number in numbers(1_001)}
    default = {"default": {"day": "Monday"}}
    result = await send(recipients={**people, **default}, body="Hi {name}, {day}")
    assert result.is_complete
    assert all(each.payload["recipients"]["default"]["day"] for each in simulator.sent)
    assert simulator.sent[1].payload["recipients"][numbers(1_001)[-1]] == {"name": "Ann"}


async def test_a_second_run_sends_to_the_new_ones(send: Send, simulator: Simulator) -> None:
    """Recipients are known by their number, in any order and spelling."""
    await send()
    more = ["+46 70-000 00 02", "0046700000007", *numbers(2)]
    result = await send(recipients=more)
    assert simulator.sent[1].recipients == ("46700000007",)
    assert result.is_complete
    assert sorted(recipients(result.sent)) == [*numbers(3), "46700000007"]
    count = posts(simulator)
    assert (await send(recipients=more)).is_complete
    assert posts(simulator) == count


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"recipients": ["46701234567", "+46 70 123 45 67"]}, "recipient 2: given before"),
        ({"recipients": ["46701234567", "070-123 45 67"]}, "recipient 2: expected a number"),
        ({"recipients": ["46701234567", "+46(0)701234567"]}, "recipient 2: expected a number"),
        ({"recipients": {"46701234567": {}}, "body": "Hi {name}"}, "recipient 1"),
        ({"opt_outs": ["46701234567", "nobody"]}, "opt_out 2"),
        ({"opt_outs": "46701234567"}, "not one text"),
        ({"tags": "one"}, "tags"),
        ({"body": " "}, "body"),
        ({"body": "中", "datacoding": "gsm"}, "recipient 1"),
        ({"patience": -1}, "patience"),
        ({"patience": float("nan")}, "patience"),
        ({"max_recipients": 2}, "3 would be sent to, more than 2"),
        ({"prices": {"1": Decimal(1)}}, "prices"),
    ],
)
async def test_what_can_not_be_sent_is_refused(
    send: Send, simulator: Simulator, journal: JournalFile, wrong: dict[str, Any], text: str
) -> None:
    """Nothing is posted, and there is no journal."""
    with pytest.raises(ValueError, match=text):
        await send(**wrong)
    assert not posts(simulator)
    assert not journal.exists


async def test_nobody_is_sent_to_who_wants_nothing(
    send: Send, simulator: Simulator, client: Client
) -> None:
    """Opt-outs in any spelling and the account's blacklist are left out, and named."""
    await client.v2.blacklist.add("46700000001")
    plans: list[Plan] = []

    async def confirm(plan: Plan) -> bool:
        plans.append(plan)
        return True

    result = await send(opt_outs=["+46 700 000 000"], confirm=confirm)
    assert got(simulator) == ["46700000002"]
    assert (result.opted_out, result.blacklisted) == (("46700000000",), ("46700000001",))
    assert (plans[0].opted_out, plans[0].blacklisted) == (result.opted_out, result.blacklisted)
    assert result.is_complete
    read = [each for each in simulator.requests if each.path.endswith("/blacklist")]
    assert len(read) == 1


class Counted(frozenset[str]):
    """A set that counts the sets made of it."""

    made = 0

    def __or__(self, other: Any) -> Any:
        Counted.made += 1
        return super().__or__(other)

    def __sub__(self, other: Any) -> Any:
        Counted.made += 1
        return super().__sub__(other)


def test_many_are_left_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No set of all opt-outs is made for each recipient, which took a time of both multiplied."""
    monkeypatch.setattr(Counted, "made", 0)
    letter = write_letter(numbers(9), {"sender": "iP1", "body": "Hello"})
    out, blocked = Counted(numbers(3)), Counted(numbers(3, 2))
    wishes: dict[str, Any] = {"retry_rejected": False, "prices": None}
    plan = make_plan(letter, Ledger(), opt_outs=out, blacklist=blocked, **wishes)
    assert plan.opted_out == (*numbers(3),)
    assert plan.blacklisted == (*numbers(2, 3),)
    assert plan.recipients == (*numbers(4, 5),)
    assert Counted.made <= 2


async def test_without_a_blacklist_nothing_is_sent(send: Send, simulator: Simulator) -> None:
    """If it can't be read, that is the error."""
    simulator.faults = [Fault(status=500)]
    with pytest.raises(ServerError):
        await send()
    assert not posts(simulator)


async def test_the_plan_says_what_it_takes(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """Recipients, batches, segments and cost in both codings; on a no nothing is sent."""
    plans: list[Plan] = []

    async def refuse(plan: Plan) -> bool:
        plans.append(plan)
        return False

    people = {number: {"name": "Ann"} for number in numbers(1_500)}
    prices = {"46": Decimal("0.5")}
    text = "Hi {name}" + 70 * "x"
    result = await send(recipients=people, body=text, prices=prices, confirm=refuse)
    (plan,) = plans
    assert (len(plan.recipients), plan.batches, plan.example) == (1_500, 2, "Hi Ann" + 70 * "x")
    assert plan.cost is not None
    assert (plan.cost.gsm_segments, plan.cost.ucs_segments) == (1_500, 3_000)
    assert (plan.cost.gsm_cost, plan.cost.ucs_cost) == (Decimal(750), Decimal(1_500))
    assert result.left == plan.recipients
    assert not result.is_complete
    assert not posts(simulator)
    assert not journal.exists


async def test_a_lost_answer_is_found_at_the_end(send: Send, simulator: Simulator) -> None:
    """Other batches go on; all uncertain ones are looked up together, in one pass."""
    simulator.faults = at_post(LOST, None, LOST)
    seen: list[Progress] = []
    result = await send(recipients=numbers(3_001), on_progress=seen.append)
    assert result.is_complete
    assert [each.uncertain for each in seen] == [1_000, 1_000, 2_000, 2_000]
    looks = [each for each in simulator.requests if each.path.endswith("/v2/batches")]
    assert [each.method for each in looks] == ["POST"] * 4 + ["GET"]


async def test_what_is_not_found_waits_for_a_person(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """It is never sent again by itself; resolved as unsent, the next run sends it."""
    simulator.faults = at_post(VOID)
    result = await send()
    (part,) = result.uncertain
    assert part.recipients == tuple(numbers(3))
    assert not result.is_complete
    assert result.error is None
    assert (await send()).uncertain[0].key == part.key
    assert not simulator.sent
    resolved = await campaigns.resolve(journal.path, part.key, "unsent")
    assert resolved.phase is Phase.UNSENT
    assert (await send()).is_complete
    assert got(simulator) == numbers(3)


async def test_resolved_as_sent_it_is_done(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """Nothing is sent again, and no key is resolved twice."""
    simulator.faults = at_post(VOID)
    (part,) = (await send()).uncertain
    await campaigns.resolve(journal.path, part.key, "sent")
    assert (await send()).is_complete
    assert posts(simulator) == 1
    with pytest.raises(ValueError, match="key"):
        await campaigns.resolve(journal.path, part.key, "unsent")


async def test_only_what_is_uncertain_can_be_resolved(journal: JournalFile) -> None:
    """A key or an outcome that can't be meant is an error."""
    with pytest.raises(ValueError, match="key"):
        await campaigns.resolve(journal.path, "k", "sent")
    with pytest.raises(ValueError, match="outcome"):
        await campaigns.resolve(journal.path, "k", "perhaps")  # type: ignore[arg-type]
    assert not journal.exists


async def test_an_old_one_gets_one_look_and_a_young_one_waits(
    send: Send, simulator: Simulator, journal: JournalFile
) -> None:
    """What is older than patience is looked up once; the rest at the end, for so long."""
    await send()
    now = datetime.now(UTC)
    journal.add(begun("old", now - timedelta(minutes=1), "46711111111"))
    count = len(simulator.requests)
    result = await send(patience=30)
    assert [part.key for part in result.uncertain] == ["old"]
    asked = [each.path for each in simulator.requests[count:]]
    assert asked == ["/v2/blacklist", "/v2/batches"]
    journal.add(begun("young", datetime.now(UTC), "46722222222"))
    count = len(simulator.requests)
    result = await send(patience=0.5)
    assert [part.key for part in result.uncertain] == ["old", "young"]
    assert len(simulator.requests[count:]) > 3


async def test_two_batches_of_one_key_stay_uncertain(
    send: Send, client: Client, journal: JournalFile
) -> None:
    """Both are named; it is no answer to take one of them."""
    await send()
    old = datetime.now(UTC) - timedelta(hours=1)
    journal.add(begun("twice", old, "46711111111"))
    for number in ("46711111111", "46722222222"):
        await client.v2.batches.send(sender="iP1", recipients=[number], body="x", key="twice")
    (part,) = (await send()).uncertain
    assert len(part.batch_ids) == 2


async def test_a_look_that_fails_leaves_it_uncertain(send: Send, simulator: Simulator) -> None:
    """The error is in the result, and the others were sent."""

    def choose(_: int, request: Request) -> Fault | None:
        both = request.path.endswith("/v2/batches")
        return Fault(status=500, accepted=request.method == "POST") if both else None

    simulator.faults = choose
    result = await send()
    assert isinstance(result.error, ServerError)
    assert len(result.uncertain) == 1


async def test_three_uncertain_in_a_row_end_the_run(send: Send, simulator: Simulator) -> None:
    """Where nothing but lost answers come back, the rest waits for another run."""
    simulator.faults = at_post(*[VOID] * 9)
    result = await send(recipients=numbers(5_000))
    assert len(result.uncertain) == 3
    assert len(result.left) == 2_000
    assert result.error is not None
    assert result.error.key == result.uncertain[-1].key


@pytest.mark.parametrize("status", [401, 402, 403, 429])
async def test_some_refusals_stop_the_run(send: Send, simulator: Simulator, status: int) -> None:
    """The account or the moment is wrong, not the batch; the next run sends it."""
    simulator.faults = at_post(None, Fault(status=status))
    result = await send(recipients=numbers(2_500))
    assert (len(recipients(result.sent)), len(result.left)) == (1_000, 1_500)
    assert (result.rejected, result.uncertain) == ((), ())
    assert isinstance(result.error, AuthenticationError) == (status == 401)
    assert posts(simulator) == 2
    assert (await send(recipients=numbers(2_500))).is_complete
    assert sorted(got(simulator)) == numbers(2_500)


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_rejected_batch_is_skipped(send: Send, simulator: Simulator, status: int) -> None:
    """Others go on; it is sent again only on demand."""
    simulator.faults = at_post(Fault(status=status))
    result = await send(recipients=numbers(1_001))
    (part,) = result.rejected
    assert (len(part.recipients), part.status) == (1_000, status)
    assert recipients(result.sent) == numbers(1, 1_000)
    again = await send(recipients=numbers(1_001))
    assert (len(recipients(again.rejected)), posts(simulator)) == (1_000, 2)
    assert (await send(recipients=numbers(1_001), retry_rejected=True)).is_complete
    assert sorted(got(simulator)) == numbers(1_001)


async def test_what_progress_raises_comes_out(send: Send, simulator: Simulator) -> None:
    """The run ends there, and the next one goes on."""

    def fail(_: Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await send(recipients=numbers(2_000), on_progress=fail)
    assert len(got(simulator)) == 1_000
    assert (await send(recipients=numbers(2_000))).is_complete
    assert sorted(got(simulator)) == numbers(2_000)


async def test_no_repr_shows_a_number(send: Send) -> None:
    """Neither does a result, a plan, nor a batch of them."""
    shown: list[str] = []

    async def confirm(plan: Plan) -> bool:
        shown.append(repr(plan))
        return True

    shown.append(repr(await send(confirm=confirm, body="Secret words")))
    assert not any("4670000" in text or "Secret" in text for text in shown)


def test_a_number_is_normalised_or_none() -> None:
    """Spaces, dashes, one + or 00 go; nothing is guessed."""
    for same in (
        "46701234567",
        "+46 70-123 45 67",
        "0046 70 1234567",
        " 46\u00a070\u2011123 45 67 ",
    ):
        assert campaigns.normalise(same) == "46701234567"
    for none in ("", "070-1234567", "+46(0)701234567", "+0046701234567", "4.67E+10", "123456"):
        assert campaigns.normalise(none) is None
    assert campaigns.normalise("1" * 16) is None
