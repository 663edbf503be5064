"""Campaigns in a simulated world: a server, a disk and a person, all drawn from a seed.

Nothing waits, so there is no event loop: a run is a coroutine that goes through at once, or ends
where the world crashes it. The oracle is what the server accepted.
"""

import random
from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import attrs

from ip1_async import (
    AuthenticationError,
    BadRequestError,
    Batch,
    HTTPStatusError,
    IP1Error,
    PermissionDeniedError,
    RateLimitError,
    SendUncertainError,
    ServerError,
    TransportError,
)
from ip1_async.campaigns import Part, Phase, Plan, Result
from ip1_async.campaigns._journal import checksum, decode, encode, encode_header
from ip1_async.campaigns._plan import chunks, make_plan, write_letter
from ip1_async.campaigns._result import make_result
from ip1_async.campaigns._run import Run, World

T = TypeVar("T")
PATIENCE = 20.0
SPELLINGS = ("{}{}{}", "+{}{}{}", "00{}{}{}", "+{} {}-{}")
OPTIONS = {"sender": "iP1", "body": "Hi {name}", "datacoding": "gsm"}
REFUSALS = {400: BadRequestError, 404: HTTPStatusError, 422: HTTPStatusError}
STOPS = {401: AuthenticationError, 402: HTTPStatusError, 403: PermissionDeniedError}
STOPS |= {429: RateLimitError}
CALM, ROUGH = 0.0, 0.3


class CrashError(BaseException):
    """The process is killed here."""


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("it waited for something")


def refusal(kinds: dict[int, type[HTTPStatusError]], status: int) -> HTTPStatusError:
    error = kinds[status](str(status))
    error.status = status
    return error


@attrs.define(eq=False)
class Simulation:
    """One campaign over several runs.

    Attributes:
        seed: What everything is drawn from.
        trouble: How often something goes wrong, from 0 to 1.
        disk: The journal as it outlasts a crash.
        accepted: What the server accepted: key and numbers.
        arriving: Accepted sends that the server has not seen yet.
        hidden: For how many looks the list lacks an accepted batch.
        posted: How often each key was posted.
        seen: What happened, for the tests of this simulation.
    """

    seed: int
    trouble: float = ROUGH
    disk: bytes = b""
    accepted: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    arriving: list[Part] = attrs.field(factory=list)
    hidden: Counter[str] = attrs.field(factory=Counter)
    posted: Counter[str] = attrs.field(factory=Counter)
    looks: Counter[str] = attrs.field(factory=Counter)
    seen: Counter[str] = attrs.field(factory=Counter)
    people: dict[str, dict[str, str]] = attrs.field(factory=dict)
    blacklist: set[str] = attrs.field(factory=set)
    opt_outs: set[str] = attrs.field(factory=set)
    time: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    chance: random.Random = attrs.field(init=False)
    _made: int = 0

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.people = {f"467{place:08}": {"name": "Ann"} for place in range(12)}

    def live(self) -> Result:
        """Go through rough runs and calm ones, until all is done."""
        for _ in range(self.chance.randint(1, 6)):
            self.change()
            self.attempt(retry=self.chance.random() < 0.3)
            self.arrive()
            self.ask_a_person(share=0.4)
        self.trouble = CALM
        for _ in range(20):
            self.ask_a_person(share=1.0)
            result = self.attempt(retry=True)
            if result is not None and result.is_complete:
                return result
        raise AssertionError("it never ends")

    def change(self) -> None:
        """Let time pass, and change the file of recipients and who wants nothing."""
        self.time += timedelta(seconds=self.chance.choice([0, 1, 30, 3600]))
        numbers = list(self.people)
        self.chance.shuffle(numbers)
        more = [f"468{self.chance.randrange(10**6):08}" for _ in range(self.chance.randint(0, 3))]
        kept = numbers[self.chance.randint(0, 1) :]
        self.people = {number: {"name": "Bo"} for number in dict.fromkeys([*kept, *more])}
        for out in (self.blacklist, self.opt_outs):
            if self.chance.random() < 0.2:
                out.add(self.chance.choice(list(self.people)))

    def attempt(self, *, retry: bool) -> Result | None:
        """Run once, as `send` does; `None` where it crashed or the disk failed."""
        self.looks.clear()
        try:
            return self.run(retry=retry)
        except CrashError:
            self.seen["crash"] += 1
        except OSError:
            self.seen["disk"] += 1
        return None

    def run(self, *, retry: bool) -> Result:
        """Do what `send` does, on this disk."""
        letter = write_letter(self.spelled(), OPTIONS)
        header, ledger, kept = decode(self.disk)
        self.seen["torn"] += kept != self.disk
        assert header in (None, letter.header)
        plan = make_plan(
            letter,
            ledger,
            opt_outs=frozenset(self.opt_outs),
            blacklist=frozenset(self.blacklist),
            retry_rejected=retry,
            prices=None,
        )
        self.disk = kept
        if header is None:
            self.append(encode_header(letter.header))
        before = {part.key: part.at for part in plan.uncertain}
        began = self.time
        world = World(
            write=self.write, send=self.post, look_up=self.look_up, now=self.now, tell=self.tell
        )
        run = Run(ledger, world, PATIENCE)
        drive(run.go([(self.key(), numbers) for numbers in chunks(plan.recipients)]))
        result = make_result(letter, plan, ledger, run.failure)
        self.check(result, plan)
        for key, at in before.items():
            assert self.looks[key] == 1, (key, at, began)
        return result

    def spelled(self) -> dict[str, dict[str, str]]:
        """Spell the numbers in some way."""
        return {
            self.chance.choice(SPELLINGS).format(number[:2], number[2:5], number[5:]): own
            for number, own in self.people.items()
        }

    def key(self) -> str:
        """Make the next key."""
        self._made += 1
        return f"k{self._made}"

    def now(self) -> datetime:
        """Let a second pass."""
        self.time += timedelta(seconds=1)
        return self.time

    def tell(self, _: object) -> None:
        """Be told the progress."""
        self.maybe_crash()

    def goes_wrong(self) -> bool:
        """Draw whether a POST goes wrong."""
        return self.chance.random() < self.trouble

    def maybe_crash(self) -> None:
        """Draw whether the process is killed here."""
        if self.chance.random() < self.trouble / 5:
            raise CrashError

    async def write(self, part: Part) -> None:
        """Journal a batch."""
        self.append(encode(part, checksum(self.disk)))

    def append(self, line: bytes) -> None:
        """Write a line, or a part of it, or nothing."""
        self.maybe_crash()
        if self.chance.random() < self.trouble / 10:
            self.disk += line[: self.chance.randrange(len(line))]
            raise CrashError
        if self.chance.random() < self.trouble / 20:
            raise OSError("disk full")
        self.disk += line
        self.maybe_crash()

    async def post(self, part: Part) -> Batch:
        """Be the server, and the way to it."""
        self.posted[part.key] += 1
        begun = decode(self.disk)[1].parts[part.key]
        assert (begun.phase, begun.recipients) == (Phase.BEGUN, part.recipients)
        self.maybe_crash()
        if not self.goes_wrong():
            return self.accept(part)
        what = self.chance.choice(
            ["lost", "void", "late", "refused", "stopped", "unsent", "killed", "killed late"]
        )
        self.seen[what] += 1
        if what in ("lost", "killed"):
            self.accept(part)
            self.hidden[part.key] = self.chance.randint(0, 2)
        elif what in ("late", "killed late"):
            self.arriving.append(part)
        if what.startswith("killed"):
            raise CrashError
        raise self.failure(what)

    def failure(self, what: str) -> IP1Error:
        """Make the error for what goes wrong."""
        if what == "refused":
            return refusal(REFUSALS, self.chance.choice(list(REFUSALS)))
        if what == "stopped":
            return refusal(STOPS, self.chance.choice(list(STOPS)))
        if what == "unsent":
            return TransportError("refused")
        return SendUncertainError.after(ServerError("500"))

    def accept(self, part: Part) -> Batch:
        """Accept a batch, once."""
        assert part.key not in self.accepted
        self.accepted[part.key] = part.recipients
        self.maybe_crash()
        return Batch(id=f"b-{part.key}")

    def arrive(self) -> None:
        """Let the server see what was on its way."""
        trouble, self.trouble = self.trouble, CALM
        for part in self.arriving:
            self.accept(part)
        self.arriving.clear()
        self.trouble = trouble

    async def look_up(self, keys: Iterable[str], patience: float) -> dict[str, Sequence[Batch]]:
        """Be the list of batches."""
        wanted = list(keys)
        assert wanted
        assert patience in (0.0, PATIENCE)
        self.looks.update(wanted)
        self.maybe_crash()
        if self.chance.random() < self.trouble / 3:
            raise ServerError("500")
        if patience and self.chance.random() < 0.5:
            self.arrive()
        found: dict[str, Sequence[Batch]] = {}
        for key in wanted:
            self.hidden[key] -= 1
            shown = key in self.accepted and self.hidden[key] < 0
            found[key] = [Batch(id=f"b-{key}")] if shown else []
            self.seen["found" if shown else "not found"] += 1
        return found

    def ask_a_person(self, share: float) -> None:
        """Let a person find out what became of some uncertain batches."""
        self.arrive()
        _, ledger, kept = decode(self.disk)
        for part in ledger.held(Phase.BEGUN):
            if self.chance.random() < share:
                phase = Phase.SENT if part.key in self.accepted else Phase.UNSENT
                self.disk = kept = kept + encode(attrs.evolve(part, phase=phase), checksum(kept))
                self.seen[f"resolved {phase}"] += 1

    def check(self, result: Result, plan: Plan) -> None:
        """Hold what a run says against what the server accepted."""
        named = [
            number
            for parts in (result.sent, result.rejected, result.uncertain)
            for part in parts
            for number in part.recipients
        ]
        named += [*result.opted_out, *result.blacklisted, *result.left]
        assert len(set(named)) == len(named)
        assert set(self.people) <= set(named)
        got = self.got()
        for part in result.sent:
            assert part.key in self.accepted
        for part in result.rejected:
            assert part.key not in self.accepted
        assert not got.keys() & {*result.left, *plan.opted_out, *plan.blacklisted}
        assert bool(result.left) <= (result.error is not None)

    def got(self) -> Counter[str]:
        """Count how often the server accepted each number."""
        return Counter(number for numbers in self.accepted.values() for number in numbers)

    def verdict(self) -> str | None:
        """Say what is wrong in the end, if anything is."""
        result = self.live()
        got = self.got()
        if twice := [number for number, count in got.items() if count > 1]:
            return f"sent twice: {twice}"
        if any(count > 1 for count in self.posted.values()):
            return "a key was posted twice"
        out = {*result.opted_out, *result.blacklisted}
        if lost := self.people.keys() - got.keys() - out:
            return f"left out: {lost}"
        return None
