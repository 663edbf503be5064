"""The believable data: what messages look like, and that the seed decides it."""

import json
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from ip1_async.segments import segments
from ip1_async.testing._data.conversations import ConversationTraffic
from ip1_async.testing._data.mixing import IdMint
from ip1_async.testing._data.statuses import history
from ip1_async.testing._data.texts import INCOMING, OUTGOING

NUMBER = "46712345678"


def messages(count: int = 6000, name: str = NUMBER, seed: int = 0) -> list[dict[str, Any]]:
    """Make messages without a server."""
    traffic = ConversationTraffic(seed, name, count)
    return [traffic.message(index) for index in range(count)]


def test_the_seed_decides() -> None:
    """The same seed makes the same messages; another seed or name makes others."""
    assert messages(50) == messages(50)
    assert messages(50) != messages(50, seed=1)
    assert not {m["id"] for m in messages(50)} & {m["id"] for m in messages(50, name="46700")}


def test_texts_agree_with_their_coding_and_segments() -> None:
    """Coding and segments of a template are right for all its fillings."""
    seen = set()
    for group in (OUTGOING, INCOMING):
        for template in (each for templates in group.values() for each in templates):
            for bits in range(0, 1 << 40, (1 << 40) // 199):
                counted = segments(template.fill(bits))
                assert counted.coding.value == template.datacoding
                assert counted.count == template.segments
            seen.add((template.datacoding, template.segments))
    assert {("gsm", 1), ("gsm", 2), ("gsm", 3), ("ucs", 1), ("ucs", 2), ("ucs", 3)} <= seen


def test_traffic_has_believable_shares() -> None:
    """Seven in ten go out, most are delivered, both codings and currencies occur."""
    made = messages(20_000)
    out = [each for each in made if each["direction"] == "mt"]
    codes = Counter(each["statuses"][0]["code"] for each in out)
    assert len(out) == 14_000
    assert 0.9 < codes[201] / len(out) < 0.96
    assert len(codes) == 31
    assert {each["currency"] for each in out} == {"EUR", "SEK"}
    assert {each["datacoding"] for each in made} == {"gsm", "ucs"}
    assert {each["segments"] for each in made} >= {1, 2, 3}
    assert {each["type"] for each in made} == {"SMS", "flash"}
    assert {each["mcc"] for each in out if "mcc" in each} == {"240"}
    assert 0.3 < sum("reference" in each for each in out) / len(out) < 0.5


def test_prices_are_exact() -> None:
    """A price is a whole number of prices per segment, as decimals and as written."""
    for each in messages(2000):
        if each["direction"] == "mt":
            rate = {"EUR": Decimal("0.0416"), "SEK": Decimal("0.35")}[each["currency"]]
            assert Decimal(json.dumps(each["price"])) == rate * each["segments"]
        else:
            assert "price" not in each


@pytest.mark.parametrize("count", [1, 40, 6000])
def test_times_follow_the_list(count: int) -> None:
    """Statuses grow older towards the start, ties occur, and office hours are busy."""
    traffic = ConversationTraffic(0, NUMBER, count)
    made = [traffic.message(index) for index in range(count + 20)]
    created = [each["statuses"][0]["created"] for each in made]
    assert created == sorted(created)
    assert all(each["modified"] > each["statuses"][0]["created"][:-1] for each in made)
    if count == 6000:
        assert created[0][:7] == "2021-03"
        assert created[-1][:7] == "2026-02"
        assert sum(one == two for one, two in pairwise(created)) > 50
        assert sum("07" <= text[11:13] < "18" for text in created) > 0.8 * count
        digits = {len(each["modified"].partition(".")[2]) for each in made}
        assert digits == {0, 4, 7, 8}


def test_histories_lead_to_their_latest_status() -> None:
    """The greatest `created` of a history is the code it was asked for, in either order."""
    orders = set()
    for code in (101, 102, 104, 110, 113, 201, 202, 203, 405, 511):
        for bits in range(4):
            steps = history(code, 10**12, bits)
            assert max(steps, key=lambda step: step["created"])["code"] == code
            orders.add(steps[0]["created"] <= steps[-1]["created"])
    assert orders == {True, False}


def test_ids_are_read_back_only_by_their_own_list() -> None:
    """An id gives its index to the list that wrote it and to no other."""
    mint, other = IdMint(0, "message", "a"), IdMint(0, "message", "b")
    for index in (0, 1, 999_999):
        assert mint.index(mint.hexadecimal(index)) == index
        assert mint.index_of_longer(mint.longer(index)) == index
        assert other.index(mint.hexadecimal(index)) is None
        assert other.index_of_longer(mint.longer(index)) is None
    assert mint.index(mint.hexadecimal(5).upper()) is None
    assert mint.index("short") is None
