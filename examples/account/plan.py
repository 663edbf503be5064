"""What is to be archived, cut into shards, and how far each of them is; all of it on the disk.

The disk is the truth, and the queue only says whose turn it is: a message that is lost or comes
twice does no harm.
"""

import json
import os
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class State:
    """How far a shard is.

    Attributes:
        round: In which run over the whole account.
        conversations: How many conversations it has.
        done: How many of them are up to date.
        failed: How many of them failed.
        messages: Messages in its archives; until it is finished, those that came.
        finished: Whether it is through.
        error: Why the first of those that failed did.
        at: When this was written.
    """

    round: int = 0
    conversations: int = 0
    done: int = 0
    failed: int = 0
    messages: int = 0
    finished: bool = False
    error: str = ""
    at: float = attrs.field(factory=time.time)


@attrs.frozen
class Plan:
    """A directory with the shards of an account.

    Attributes:
        folder: Where everything is.
    """

    folder: Path

    def directory(self, shard: int) -> Path:
        """Name the directory of a shard's archives."""
        return self.folder / "shards" / f"{shard:04}"

    def participants(self, shard: int) -> list[str]:
        """Read whose conversations a shard has."""
        return self._names(shard).read_text(encoding="utf-8").splitlines()

    def state(self, shard: int) -> State:
        """Read how far a shard is."""
        try:
            return State(**json.loads(self._state(shard).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return State(at=0.0)  # never heard of

    def note(self, shard: int, state: State) -> None:
        """Write how far a shard is, whole or not at all."""
        write(self._state(shard), json.dumps(attrs.asdict(state)))

    def begin(self, participants: Iterable[str], shards: int) -> tuple[int, int]:
        """Cut the account into shards, and begin a round, or go on with one that is not finished.

        A participant's shard depends on its name alone, so it stays the same as the list grows;
        for that their number is kept, too.

        Returns:
            How many shards there are, and the number of the round.
        """
        round_ = 1
        if self._file.exists():
            shards, round_ = self.kept()
            round_ += all(self.is_finished(shard, round_) for shard in range(shards))
        for part in ("names", "states", "shards"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        lists: list[list[str]] = [[] for _ in range(shards)]
        for name in dict.fromkeys(participants):
            lists[zlib.crc32(name.encode()) % shards].append(name)
        for shard, names in enumerate(lists):
            write(self._names(shard), "".join(f"{name}\n" for name in names))
        write(self._file, json.dumps([shards, round_]))
        return shards, round_

    def kept(self) -> tuple[int, int]:
        """Read how many shards there are, and the number of the round."""
        shards, round_ = json.loads(self._file.read_text(encoding="utf-8"))
        return shards, round_

    def is_finished(self, shard: int, round_: int) -> bool:
        """Tell whether a shard is through in a round, with no conversation that failed."""
        state = self.state(shard)
        return state.finished and state.round == round_ and not state.failed

    @property
    def _file(self) -> Path:
        return self.folder / "plan.json"

    def _names(self, shard: int) -> Path:
        return self.folder / "names" / f"{shard:04}.txt"

    def _state(self, shard: int) -> Path:
        return self.folder / "states" / f"{shard:04}.json"


def write(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
