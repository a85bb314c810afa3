"""The messages between plugin and engine: the verbs of `verbs` in their grammar. Codec, docs, C++
header and tests derive from both; no socket, thread or clock here.

The grammar is scsynth's with a request id: every request is `/starling/VERB req ...` and ends in
exactly one of `/starling/done req VERB ...` or `/starling/fail req VERB code sentence`; before that
may come `/starling/progress req fraction text` and `/starling/item req index ...`.
"""

from __future__ import annotations

from dataclasses import dataclass

from starling.engine.wire.verb import Field, Verb
from starling.engine.wire.verbs import COMMON_FAILS, PROTOCOL_VERSION, VERBS
from starling.models.errors import InputError

__all__ = [
    "CODES",
    "COMMON_FAILS",
    "DROP_S",
    "HEARTBEAT_S",
    "MAX_DATAGRAM",
    "MAX_SEED",
    "PREFIX",
    "PROTOCOL_VERSION",
    "REPLIES",
    "SILENT_S",
    "TYPES",
    "VERB",
    "VERBS",
    "Field",
    "Request",
    "Value",
    "Verb",
    "check_request",
]

PREFIX = "/starling/"
MAX_DATAGRAM = 8192  # bytes; macOS drops UDP above 9,216, so 8 KiB is safe everywhere
MAX_SEED = 2**31 - 1  # OSC's int32, and juce::Random takes it without a sign
HEARTBEAT_S = 1.0  # a client pings this often
SILENT_S = 5.0  # a client takes the engine for gone after this long without a datagram
DROP_S = 2 * SILENT_S  # the engine a client: that one notices first, and says hello again

Value = int | float | str | bytes
TYPES: dict[str, tuple[type, ...]] = {"i": (int,), "f": (float, int), "s": (str,), "b": (bytes,)}

CODES: dict[str, str] = {
    "bad_token": "the token is not the one in engine.json",
    "no_hello": "the client has not said hello yet",
    "unknown_verb": "no such verb",
    "bad_arguments": "wrong number or types of arguments, or a value out of range",
    "bad_packet": "not OSC 1.0, or larger than 8 KiB",
    "unknown_model": "no such model",
    "unknown_preset": "no such preset in the library",
    "bad_seed": "the seed is not in 0..2147483647",
    "bad_control": "no such control, or its value is out of range",
    "bad_recipe": "not the recipe of a sound that a model made",
    "bad_point": "no point of the model's latent space",
    "other_weights": "the sound was made by other weights than the model has now",
    "no_latent": "the model has no latent space: its sounds cannot be encoded, varied or morphed",
    "bad_path": "the file is outside the folders that a client may name",
    "bad_file": "the file is not what its name says",
    "silent": "the sound is empty or silent",
    "empty_library": "no presets have been scanned yet",
    "plugin_failed": "the synth crashed, hung or made no sound",
    "store_full": "the disk or the sound store's budget is full",
    "missing": "something needed is not installed",
    "no_access": "the system refuses a file or folder: its permissions, or a file in the way",
    "cancelled": "the request was cancelled",
    "deadline": "the request took longer than allowed",
    "internal": "a fault of the engine's own; the log has the details",
}

VERB: dict[str, Verb] = {verb.name: verb for verb in VERBS}

REPLIES: dict[str, tuple[Field, ...]] = {
    "done": (Field("req", "i", "the request's id"), Field("verb", "s", "the request's verb")),
    "fail": (
        Field("req", "i", "the request's id"),
        Field("verb", "s", "the request's verb"),
        Field("code", "s", "one of the codes below"),
        Field("sentence", "s", "what went wrong, for people"),
    ),
    "progress": (
        Field("req", "i", "the request's id"),
        Field("fraction", "f", "0..1"),
        Field("text", "s", "what is going on; also the acknowledgement of a queued request"),
    ),
    "item": (Field("req", "i", "the request's id"), Field("index", "i", "0, 1, 2, ...")),
}


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request: `args` by field name, `repeats` as one tuple a group."""

    verb: str
    req: int
    args: dict[str, Value]
    repeats: tuple[tuple[Value, ...], ...] = ()


def check_request(address: str, values: list[Value]) -> Request:
    """Match an address and its arguments with the table.

    Extra trailing arguments are ignored, so that newer clients may say more.
    Raises InputError with the code `unknown_verb` or `bad_arguments`.
    """
    name = address.removeprefix(PREFIX)
    if not address.startswith(PREFIX) or name not in VERB:
        raise InputError(
            f"unknown verb {address!r}; known are {', '.join(VERB)}", code="unknown_verb"
        )
    verb = VERB[name]
    req = _checked(name, Field("req", "i", ""), values[0] if values else None)
    rest = values[1:]
    if len(rest) < len(verb.takes):
        needs = ", ".join(f"{f.name}:{f.type}" for f in verb.takes)
        raise InputError(f"{name} takes {needs} after the request id, got {len(rest)} arguments")
    args = {f.name: _checked(name, f, v) for f, v in zip(verb.takes, rest, strict=False)}
    groups = _groups(verb, rest[len(verb.takes) :])
    assert isinstance(req, int)
    return Request(name, req, args, groups)


def _groups(verb: Verb, rest: list[Value]) -> tuple[tuple[Value, ...], ...]:
    size = len(verb.repeats)
    if not size:
        return ()
    if len(rest) % size:
        names = " ".join(f.name for f in verb.repeats)
        raise InputError(f"{verb.name}: arguments at the end come in groups of {names}")
    return tuple(
        tuple(
            _checked(verb.name, f, v)
            for f, v in zip(verb.repeats, rest[at : at + size], strict=True)
        )
        for at in range(0, len(rest), size)
    )


def _checked(verb: str, field: Field, value: Value | None) -> Value:
    """The value in its field's type; ints are accepted where floats are asked for."""
    if value is None or isinstance(value, bool) or not isinstance(value, TYPES[field.type]):
        kind = {"i": "an int32", "f": "a float32", "s": "a string", "b": "a blob"}[field.type]
        raise InputError(f"{verb}: {field.name} must be {kind}, got {value!r}")
    return float(value) if field.type == "f" and isinstance(value, int) else value
