"""The token, where no repr, log or traceback shows it."""

from typing import Any


class Secret:
    """Hold a value, and hide it from everything that prints objects or local variables."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(...)"

    def reveal(self) -> Any:
        """Give the value; keep it out of local variables of frames that an error can leave by."""
        return self._value

    def redact(self, value: Any) -> Any:
        """Take the secret text out of what a server repeats: a text, or JSON with texts in it."""
        if isinstance(value, str):
            return value.replace(self._value, "[token]")
        if isinstance(value, list):
            return [self.redact(item) for item in value]
        if isinstance(value, dict):
            return {self.redact(key): self.redact(item) for key, item in value.items()}
        return value
