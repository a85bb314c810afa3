"""The arguments of a request, read one after the other and checked against their OSC types. Pure.

The methods say which OSC type each field has; `request_readers` calls them in the table's order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from starling.models.errors import InputError

Value = int | float | str | bytes
TYPES = "ifsb"  # of OSC 1.0: int32, float32, string, blob; what juce_osc can send
Group = TypeVar("Group")


@dataclass(slots=True)
class Arguments:
    """What came after the address; each method takes the next value, or raises InputError."""

    verb: str
    values: list[Value]
    at: int = 0

    def int32(self, field: str) -> int:
        """The next value, an integer."""
        value = self._next()
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._refuse(field, "an int32", value)

    def float32(self, field: str) -> float:
        """The next value, a float; an integer is accepted where a float is expected."""
        value = self._next()
        if isinstance(value, float | int) and not isinstance(value, bool):
            return float(value)
        self._refuse(field, "a float32", value)

    def string(self, field: str) -> str:
        """The next value, a string."""
        value = self._next()
        if isinstance(value, str):
            return value
        self._refuse(field, "a string", value)

    def blob(self, field: str) -> bytes:
        """The next value, bytes."""
        value = self._next()
        if isinstance(value, bytes):
            return value
        self._refuse(field, "a blob", value)

    def groups(self, names: str, read: Callable[[Arguments], Group]) -> tuple[Group, ...]:
        """All that is left, in groups of the fields `names`, each taken by `read`."""
        count, rest = divmod(len(self.values) - self.at, len(names.split()))
        if rest:
            raise InputError(f"{self.verb}: arguments at the end come in groups of {names}")
        return tuple(read(self) for _ in range(count))

    def _next(self) -> Value | None:
        self.at += 1
        return self.values[self.at - 1] if self.at <= len(self.values) else None

    def _refuse(self, field: str, kind: str, value: Value | None) -> NoReturn:
        raise InputError(f"{self.verb}: {field} must be {kind}, got {value!r}")
