"""How the simulator calls an app: delivery reports and incoming messages."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from api_caller import RECIPIENTS, ApiCaller, api_of, app, until
from clock import FakeClock

from ip1_async.testing import Simulator

ONE, TWO = RECIPIENTS
EVERY_STEP = 60  # status_seconds until the last message is done
TEN_MINUTES = 600
INCOMING = {"sender": ONE, "recipient": "iP1", "body": "Tack! 😀"}


class App:
    """An app that keeps what is posted to it."""

    def __init__(self, *answers: int) -> None:
        self.got: list[Any] = []
        self._answers = iter(answers)

    def __call__(self, payload: Any) -> int:
        """Keep it, and answer with the next status, else with 200."""
        self.got.append(payload)
        return next(self._answers, 200)


async def history(api: ApiCaller, report: Any, name: str) -> list[Any]:
    """Read the statuses of the message that a report is about."""
    path = f"/v2/batches/{report['batchId']}/messages/{report[name]}"
    statuses: list[Any] = (await api.read(path))["statuses"]
    return statuses


@pytest.mark.parametrize("name", ["id", "messageId"])
async def test_reports_tell_what_the_api_says(clock: FakeClock, name: Any) -> None:
    """Each status from the gateway on brings one report, in either documented form."""
    mine = App()
    async with app(mine) as url, api_of(Simulator(report_id=name)) as api:
        await api.send(deliveryReportUrl=url, reference="r", recipients=[ONE])
        await asyncio.sleep(EVERY_STEP)
        assert {*mine.got[0]} == {
            *(name, "batchId", "recipient", "code", "duration", "created", "segments"),
            *("price", "currency", "reference"),
        }
        assert (
            mine.got[0].items() >= {"recipient": ONE, "currency": "eur", "reference": "r"}.items()
        )
        told = [{key: each[key] for key in ("created", "code", "duration")} for each in mine.got]
        statuses = await history(api, mine.got[0], name)
        assert told == [each for each in statuses if each["code"] >= 111]
        assert told[-1]["duration"] == 1


async def test_a_batch_without_a_url_brings_no_report(clock: FakeClock) -> None:
    """Nothing is called for a batch that names no URL."""
    sim = Simulator()
    async with api_of(sim) as api:
        await api.send()
        await asyncio.sleep(EVERY_STEP)
    assert sim.hook_calls == []


async def test_a_call_is_repeated_until_the_app_answers_200(clock: FakeClock) -> None:
    """Another answer, even 204 or a redirect, brings the same object again ten minutes later."""
    mine = App(500, 204, 307)
    async with app(mine) as url:
        sim = Simulator(incoming_url=url)
        async with sim:
            sim.receive(**INCOMING)
            await asyncio.sleep(11 * TEN_MINUTES)
        assert [each.status for each in sim.hook_calls] == [500, 204, 307, 200]
        assert mine.got == [mine.got[0]] * 4 == [each.payload for each in sim.hook_calls]
        times = [each.time for each in sim.hook_calls]
        waits = [later - earlier for earlier, later in pairwise(times)]
        assert waits == pytest.approx([TEN_MINUTES] * 3, abs=5)


@pytest.mark.parametrize("up", [True, False])
async def test_a_call_is_given_up_after_ten_repetitions(clock: FakeClock, up: bool) -> None:
    """An app that never says 200, or is not there, is called eleven times in all."""
    async with app(App(*[503] * 99)) as url:
        sim = Simulator(incoming_url=url if up else "http://127.0.0.1:9/none")
        async with sim:
            sim.receive(**INCOMING)
            await asyncio.sleep(20 * TEN_MINUTES)
    assert [each.status for each in sim.hook_calls] == [503 if up else None] * 11


async def test_a_stop_ends_the_repetitions() -> None:
    """A simulator that stops leaves no call behind."""
    async with app(App(503)) as url:
        sim = Simulator(incoming_url=url)
        async with sim:
            sim.receive(**INCOMING)
            await until(lambda: [each.status for each in sim.hook_calls] == [503])
    assert len(sim.hook_calls) == 1


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "https://app.test/hook", "::", "a b", 5])
async def test_only_this_machine_is_called(clock: FakeClock, url: Any) -> None:
    """What leads to another machine, or nowhere, counts as an app that can't be reached."""
    sim = Simulator()
    async with api_of(sim) as api:
        await api.send(deliveryReportUrl=url, recipients=[ONE])
        await asyncio.sleep(EVERY_STEP)
        reported = {each.payload["code"] for each in sim.hook_calls}
        assert len(reported) == len(sim.hook_calls) > 1
        assert {each.status for each in sim.hook_calls} == {None}
        await asyncio.sleep(TEN_MINUTES)
        assert len(sim.hook_calls) == 2 * len(reported)
    with pytest.raises(ValueError, match="incoming_url: expected a URL on this machine"):
        sim.incoming_url = url


async def test_the_name_of_this_machine_is_called() -> None:
    """`localhost` is this machine."""
    mine = App()
    async with app(mine) as url:
        sim = Simulator(incoming_url=url.replace("127.0.0.1", "localhost"))
        async with sim:
            sim.receive(**INCOMING)
            await until(lambda: bool(mine.got))


# --- incoming messages


def by_method(sim: Simulator, _api: ApiCaller) -> Callable[..., Any]:
    async def receive(**values: Any) -> Any:
        return sim.receive(**values)

    return receive


def by_door(_sim: Simulator, api: ApiCaller) -> Callable[..., Any]:
    async def receive(batch_id: str | None = None, **values: Any) -> Any:
        status, message = await api("POST", "/simulator/incoming", values | {"batchId": batch_id})
        assert status == 201
        return message

    return receive


@pytest.mark.parametrize("way", [by_method, by_door])
async def test_an_incoming_message_is_in_its_conversation(clock: FakeClock, way: Any) -> None:
    """It ends the conversation with its sender, and is posted without price and reference."""
    mine = App()
    async with app(mine) as url:
        sim = Simulator(incoming_url=url, conversations={TWO: 5})
        async with api_of(sim) as api:
            receive = way(sim, api)
            for number in (ONE, TWO):
                message = await receive(**INCOMING | {"sender": number})
                assert message.items() >= (INCOMING | {"sender": number}).items()
                assert (message["direction"], message["datacoding"]) == ("mo", "ucs")
                assert not {"price", "currency", "reference", "batchId"} & message.keys()
                assert (await api.read(f"/v2/conversations/{number}/mo"))[-1] == message
                await asyncio.sleep(5)
                assert mine.got[-1] == message
            assert sim.sent == []


@pytest.mark.parametrize("way", [by_method, by_door])
async def test_an_answer_is_in_the_batch_that_it_answers(way: Any) -> None:
    """With a batch's id, a message can be read from there; an unknown id begins no batch."""
    sim = Simulator(conversations={TWO: 0})
    async with api_of(sim) as api:
        receive = way(sim, api)
        batch = await api.send()
        answer = await receive(**INCOMING, batch_id=batch["id"])
        path = f"/v2/batches/{batch['id']}/messages"
        assert (await api.read(path))[-1] == answer
        assert await api.read(f"{path}/{answer['id']}") == answer
        other = await receive(**INCOMING | {"sender": TWO}, batch_id="unknown")
        assert await api.read(f"/v2/batches/unknown/messages/{other['id']}") == other
        assert [each["id"] for each in await api.read("/v2/batches")] == [batch["id"]]


async def test_the_door_wants_texts_and_a_token() -> None:
    """A missing text is 400, a wrong token 401, and another machine finds no door."""
    sim = Simulator(token="right")
    async with api_of(sim) as api:
        status, problem = await api("POST", "/simulator/incoming", {"sender": ONE})
        assert (status, list(problem["errors"])) == (400, ["recipient", "body"])
        sim.token = "other"
        assert (await api("POST", "/simulator/incoming", INCOMING))[0] == 401
        sim.token = "right"
        sim.host = "0.0.0.0"
        assert (await api("POST", "/simulator/incoming", INCOMING))[0] == 404
