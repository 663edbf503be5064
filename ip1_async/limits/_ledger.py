"""Who may send when: the state that processes share, and how it changes when one asks."""

import attrs

# Requests are spaced evenly. A log of the last 30 would let 30 go at once and then nobody for a
# second: the bursts come back for ever, and a single call waits for the whole of the gap.
NAMED = 10_000_000  # how long a named gap holds, if nobody names it again
# A later moment than this is damage, or of another clock. Nobody has 100 processes on one limit.
_MOST_AHEAD = 100
_LONGEST_PAUSE = 120_000_000


@attrs.frozen
class Ask:
    """What a process asks for; all times in microseconds.

    Attributes:
        owner: Which process, or which limiter in it.
        wants: Whether it wants a permission; else it only names its pause.
        gap: How far apart requests must be, by its own rate.
        slack: How long after its moment a request may be sent.
        pause: For how long nobody may send.
    """

    owner: str
    wants: bool
    gap: int
    slack: int
    pause: int = 0

    @property
    def horizon(self) -> int:
        """How far ahead a moment can be."""
        return _LONGEST_PAUSE + _MOST_AHEAD * self.gap


@attrs.define
class Ledger:
    """What a limit remembers; `_script.py` says the same in Lua. All times in microseconds.

    Attributes:
        seen: When somebody asked last.
        next: The first moment that is free.
        paused: Moments before this one don't count any more.
        gap: The widest gap that a process named lately: the lowest rate holds.
        named: Until when it holds, unless it is named again.
        booked: The moment that each process waits for; one at most.
    """

    seen: int
    next: int
    paused: int = 0
    gap: int = 0
    named: int = 0
    booked: dict[str, int] = attrs.field(factory=dict)

    @classmethod
    def begin(cls, now: int, ask: Ask) -> "Ledger":
        """Begin without a past: the first waits, since somebody may just have sent."""
        return cls(now, now + ask.gap)

    @classmethod
    def parse(cls, text: str) -> "Ledger | None":
        """Read what `write` wrote; `None` if that is impossible."""
        lines, end, _ = text.partition("end\n")
        try:
            head, *rows = lines.splitlines()
            seen, following, paused, gap, named = map(int, head.split(" "))
            booked = {owner: int(moment) for owner, moment in (row.split(" ") for row in rows)}
        except ValueError:
            return None
        return cls(seen, following, paused, gap, named, booked) if end else None

    def write(self) -> str:
        """Write it as text, with a mark at its end; what follows the mark does not count."""
        head = f"{self.seen} {self.next} {self.paused} {self.gap} {self.named}\n"
        rows = (f"{owner} {moment}\n" for owner, moment in self.booked.items())
        return head + "".join(rows) + "end\n"

    def turn_back(self, now: int) -> None:
        """Where the clock went back, as at a reboot, go on as if it had stood still."""
        back = max(0, self.seen - now)
        self.seen = now
        self.next -= back
        self.paused -= back
        self.named -= back

    def is_sound(self, ask: Ask) -> bool:
        """Whether this can be, in a clock that `turn_back` has set right."""
        most = ask.horizon
        return (
            self.paused <= self.next <= self.seen + most
            and self.gap <= most
            and self.named <= self.seen + 2 * most
        )

    def answer(self, ask: Ask) -> tuple[int, int]:
        """Give how long to wait before asking again; 0 is the permission, then how late it is."""
        now = self.seen
        if ask.gap >= self.gap or now >= self.named:
            self.gap, self.named = ask.gap, now + NAMED + ask.gap
        if ask.pause:
            self.paused = max(self.paused, now + ask.pause)
            self.next = max(self.next, self.paused)
        if not ask.wants:
            return 0, 0
        mine = self.booked.pop(ask.owner, None)
        # A moment that was missed goes to nobody, or the request would crowd those after it.
        if mine is None or not self.paused <= mine < self.next or now - mine > ask.slack:
            mine = max(now, self.next)
            self.next = mine + self.gap
        if mine <= now:
            return 0, now - mine
        self.booked[ask.owner] = mine
        return mine - now, 0

    def forget_the_dead(self, ask: Ask) -> None:
        """Drop moments that nobody came for."""
        oldest = self.seen - NAMED - ask.slack
        self.booked = {owner: at for owner, at in self.booked.items() if at >= oldest}
