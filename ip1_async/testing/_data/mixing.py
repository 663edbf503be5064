"""Deterministic numbers: a hash of integers, and ids that give their number back.

Message number *i* has to be a pure function of the seed, the name of its list and *i*: a random
generator with a state would have to make all messages before number 800,000 first.
"""

from hashlib import blake2b

_WORD = (1 << 64) - 1
_WIDE = (1 << 96) - 1
_INDEX_BITS = 40
_TAG_BITS = 24
_SPREAD = 0x9E3779B97F4A7C15F39CC061
_SPREAD_BACK = pow(_SPREAD, -1, 1 << 96)
_FOLD = 48
_ALPHABET = "abcdefghjkmnpqrstvwxyz0123456789"


def key_of(seed: int, *names: str) -> int:
    """Derive a 64-bit key from the seed and names."""
    text = "\x00".join((str(seed), *names))
    return int.from_bytes(
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )


def mix(key: int, number: int) -> int:
    """Hash a number under a key to 64 bits (the finaliser of SplitMix64)."""
    bits = (key + number * 0x9E3779B97F4A7C15) & _WORD
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _WORD
    return bits ^ (bits >> 31)


class IdMint:
    """Turns the index of a message into an opaque id, and an id back into the index.

    An id holds the index and a mark of its list, so a lookup needs no table, and a list does not
    take the id of another list for its own.
    """

    __slots__ = ("_mark",)

    def __init__(self, seed: int, kind: str, name: str) -> None:
        key = key_of(seed, "id", kind, name)
        self._mark = (key >> 8 & 0xFFFFFFFF, key & 0xFF)

    def hexadecimal(self, index: int) -> str:
        """Write the id of an index as 24 hex digits, the look of v2."""
        return f"{self._scramble(index):024x}"

    def longer(self, index: int) -> str:
        """Write the id of an index as 24 characters outside hex, the look of v3."""
        bits = self._scramble(index)
        return "65eb" + "".join(_ALPHABET[bits >> shift & 31] for shift in range(95, -1, -5))

    def index(self, text: str) -> int | None:
        """Read the index back from an id, `None` if this mint never wrote it."""
        try:
            bits = int(text, 16) if len(text) == 24 else -1  # noqa: PLR2004 (digits of an id)
        except ValueError:
            bits = -1
        if bits < 0:
            return None
        index = self._unscramble(bits)
        return index if index is not None and self.hexadecimal(index) == text else None

    def index_of_longer(self, text: str) -> int | None:
        """Read the index back from an id of the v3 look."""
        bits = 0
        for character in text[4:]:
            bits = bits << 5 | max(_ALPHABET.find(character), 0)
        index = self._unscramble(bits & _WIDE)
        return index if index is not None and self.longer(index) == text else None

    def _scramble(self, index: int) -> int:
        mark, tag = self._mark
        bits = (mark << _INDEX_BITS | index) << _TAG_BITS | tag
        bits = bits * _SPREAD & _WIDE
        bits ^= bits >> _FOLD
        return bits * _SPREAD & _WIDE

    def _unscramble(self, bits: int) -> int | None:
        mark, tag = self._mark
        bits = bits * _SPREAD_BACK & _WIDE
        bits ^= bits >> _FOLD
        bits = bits * _SPREAD_BACK & _WIDE
        owner, index = divmod(bits >> _TAG_BITS, 1 << _INDEX_BITS)
        return index if (owner, bits & 0xFFFFFF) == (mark, tag) else None
