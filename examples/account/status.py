"""A status that a person can watch: sums over the shards, from the disk."""

import sys
import time

import attrs

from examples.account.plan import Plan


@attrs.frozen
class Overview:
    """How far an account is.

    Attributes:
        shards: How many shards there are.
        finished: How many of them are through.
        active: How many others were heard of within half a minute.
        conversations: How many conversations there are.
        done: How many of them are up to date.
        failed: How many of them failed.
        error: Why one of them failed.
        messages: Messages in the archives, as far as they were looked at.
    """

    shards: int
    finished: int
    active: int
    conversations: int
    done: int
    failed: int
    error: str
    messages: int

    @classmethod
    def of(cls, plan: Plan, shards: int, round_: int) -> "Overview":
        """Add up the states of all shards."""
        states = [plan.state(shard) for shard in range(shards)]
        begun = [state for state in states if state.round == round_]
        now = time.time()
        return cls(
            shards,
            sum(state.finished for state in begun),
            sum(not state.finished and now - state.at < 30 for state in begun),  # noqa: PLR2004
            sum(len(plan.participants(shard)) for shard in range(shards)),
            sum(state.done for state in begun),
            sum(state.failed for state in begun),
            next((state.error for state in begun if state.error), ""),
            sum(state.messages for state in begun),
        )

    def __str__(self) -> str:
        share = self.done / self.conversations if self.conversations else 1
        failed = f", {self.failed:,} failed" if self.failed else ""
        return (
            f"{share:4.0%}  {self.done:,} of {self.conversations:,} conversations{failed},"
            f" {self.messages:,} messages; shards: {self.finished} of {self.shards} finished,"
            f" {self.active} at work"
        )

    def show(self) -> None:
        """Draw it over the one before, on a terminal only."""
        if sys.stderr.isatty():
            print(f"\r\x1b[K{self}", end="", file=sys.stderr, flush=True)
