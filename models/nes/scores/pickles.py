"""Pickles that hold numbers, text and arrays of bytes, as NES-MDB's do. Nothing in them is called.

The opcodes are interpreted here, from a table; the names that an array needs stand for values of
ours. A pickle that names anything else, or uses another opcode, is refused before it does anything.
"""

from __future__ import annotations

import math
import pickletools
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import ParseError

Value = object
MAX_BYTES = 32 * 2**20  # NES-MDB's longest song takes 1.7 MB
MAX_NUMBERS = 64  # of an array's shape; one more than numpy's 64 dimensions is damage
NAMES = {  # the three that a pickled array is made of; Python 2, and numpy 1 and 2
    "numpy.core.multiarray _reconstruct": "array",
    "numpy._core.multiarray _reconstruct": "array",
    "numpy ndarray": "class",
    "numpy dtype": "dtype",
}
BYTE_CODES = ("u1", "|u1")  # uint8, the type of every score


@dataclass(frozen=True, slots=True)
class _Name:
    """One of NAMES on the stack."""

    kind: str


class _Mark:
    """Where a tuple begins on the stack."""


@dataclass(slots=True, eq=False)
class _Array:
    """An array, empty before its state arrives."""

    content: NDArray[np.uint8] | None = None


class _Bytes:
    """The type uint8."""


@dataclass(slots=True)
class _Machine:
    """The stack and memo of a pickle; every method is one opcode."""

    stack: list[Value] = field(default_factory=list)
    memo: dict[int, Value] = field(default_factory=dict)

    def push(self, value: Value) -> None:
        self.stack.append(value)

    def put(self, at: Value) -> None:
        self.memo[_index(at)] = self.stack[-1]

    def memoize(self, _: Value) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def get(self, at: Value) -> None:
        self.stack.append(self.memo[_index(at)])

    def mark(self, _: Value) -> None:
        self.stack.append(_Mark())

    def tuple_from_mark(self, _: Value) -> None:
        found: list[Value] = []
        while not isinstance(value := self.stack.pop(), _Mark):
            found.append(value)
        self.stack.append(tuple(reversed(found)))

    def tuple_of(self, count: int) -> None:
        self.stack.append(tuple(reversed([self.stack.pop() for _ in range(count)])))

    def name(self, text: Value) -> None:
        if str(text) not in NAMES:
            shown = ".".join(str(text).split(" ")[:2])[:80]
            raise ParseError(f"names {shown}, and only numpy arrays are read", code="bad_pickle")
        self.stack.append(_Name(NAMES[str(text)]))

    def stacked_name(self, _: Value) -> None:
        last, module = self.stack.pop(), self.stack.pop()
        self.name(f"{module} {last}")

    def reduce(self, _: Value) -> None:
        arguments, name = self.stack.pop(), self.stack.pop()
        kind = name.kind if isinstance(name, _Name) else ""
        if kind not in _CALLS or not isinstance(arguments, tuple):
            raise ValueError("calls something that is no array")
        self.stack.append(_CALLS[kind](arguments))

    def build(self, _: Value) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, _Array):
            target.content = _array(state)
        elif not isinstance(target, _Bytes):
            raise ValueError("sets the state of something that is no array")


def _index(at: Value) -> int:
    if not isinstance(at, int):
        raise ValueError("has a memo without a number")
    return at


def _type(arguments: tuple[Value, ...]) -> _Bytes:
    """`dtype("u1", ...)`."""
    if _text(arguments[0]) not in BYTE_CODES:
        raise ParseError(
            f"holds an array of {_text(arguments[0])!r}; scores are of u1", code="bad_pickle"
        )
    return _Bytes()


_CALLS: dict[str, Callable[[tuple[Value, ...]], Value]] = {
    "array": lambda arguments: _Array(),
    "dtype": _type,
}


def _text(value: Value) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


def _array(state: Value) -> NDArray[np.uint8]:
    """An array of its state: (version, shape, type, whether in Fortran's order, bytes)."""
    if not isinstance(state, tuple) or len(state) != 5:
        raise ValueError("has an array whose state is not of five parts")
    _, shape, kind, fortran, content = state
    data = content.encode("latin1") if isinstance(content, str) else content
    sizes = tuple(_size(each) for each in shape) if isinstance(shape, tuple) else ()
    if not isinstance(kind, _Bytes) or not isinstance(data, bytes) or len(sizes) > MAX_NUMBERS:
        raise ValueError("has an array that is not of bytes")
    if math.prod(sizes) != len(data):
        raise ValueError(f"has an array of {sizes} with {len(data)} bytes")
    flat = np.frombuffer(data, np.uint8)
    return flat.reshape(sizes[::-1]).T if fortran else flat.reshape(sizes)


def _size(each: Value) -> int:
    if not isinstance(each, int) or each < 0:
        raise ValueError(f"has an array with a side of {each!r}")
    return each


_Step = Callable[[_Machine, Value], None]
_PUSHED = [
    "INT",
    "BININT",
    "BININT1",
    "BININT2",
    "LONG",
    "LONG1",
    "FLOAT",
    "BINFLOAT",
    "STRING",
    "BINSTRING",
    "SHORT_BINSTRING",
    "UNICODE",
    "BINUNICODE",
    "SHORT_BINUNICODE",
    "BINBYTES",
    "SHORT_BINBYTES",
]
_STEPS: dict[str, _Step] = {
    **dict.fromkeys(_PUSHED, _Machine.push),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda machine, _: None),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "MEMOIZE": _Machine.memoize,
    "MARK": _Machine.mark,
    "TUPLE": _Machine.tuple_from_mark,
    "EMPTY_TUPLE": lambda machine, _: machine.tuple_of(0),
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.stacked_name,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}


def _run(machine: _Machine, data: bytes) -> None:
    """Interpret every opcode. Raises ParseError for one that no score needs."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name not in _STEPS:
            raise ParseError(
                f"uses {opcode.name}, and only numbers, text, tuples and numpy arrays are read",
                code="bad_pickle",
            )
        _STEPS[opcode.name](machine, argument)


def load(data: bytes, name: str = "pickle") -> Value:
    """The value of a pickle of protocol 0 to 4: numbers, text, tuples and arrays of uint8.

    Raises ParseError that says what else is in it, or that it is damaged.
    """
    if len(data) > MAX_BYTES:
        raise ParseError(f"{name} is larger than {MAX_BYTES >> 20} MB, more than any score")
    machine = _Machine()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape that Python will not know one day
            _run(machine, data)
        [value] = machine.stack
    except ParseError as error:
        raise ParseError(f"{name} {error}", code=error.code) from error
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise ParseError(f"{name} is no pickle of a score: it {_why(error)}") from error
    return tuple(map(_content, value)) if isinstance(value, tuple) else _content(value)


def _content(value: Value) -> Value:
    """An array for what holds it, anything else as it is."""
    return value.content if isinstance(value, _Array) else value


def _why(error: Exception) -> str:
    """What is wrong; only a ValueError of ours says it in the voice of a sentence."""
    said = str(error)
    return said if said.startswith(("has ", "calls ", "sets ")) else "is damaged or cut short"
