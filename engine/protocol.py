"""THE table of messages between the plugin and the engine. Codec, docs, C++ header and tests derive
from it; no socket, thread or clock here.

The grammar is scsynth's with a request id: every request is `/starling/VERB req ...` and ends in
exactly one of `/starling/done req VERB ...` or `/starling/fail req VERB code sentence`; before that
may come `/starling/progress req fraction text` and `/starling/item req index ...`.
"""

from __future__ import annotations

from dataclasses import dataclass

from starling.models.errors import InputError

PROTOCOL_VERSION = 1
PREFIX = "/starling/"
MAX_DATAGRAM = 8192  # bytes; macOS drops UDP above 9,216, so 8 KiB is safe everywhere
MAX_SEED = 2**31 - 1  # OSC's int32, and juce::Random takes it without a sign
HEARTBEAT_S = 1.0  # a client pings this often
SILENT_S = 5.0  # a client takes the engine for gone after this long without a datagram
DROP_S = 2 * SILENT_S  # the engine a client: that one notices first, and says hello again

Value = int | float | str | bytes
TYPES: dict[str, tuple[type, ...]] = {"i": (int,), "f": (float, int), "s": (str,), "b": (bytes,)}


@dataclass(frozen=True, slots=True)
class Field:
    """One typed argument: `type` is an OSC 1.0 tag, i f s or b."""

    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Verb:
    """A request and everything that may come back for it."""

    name: str
    text: str
    takes: tuple[Field, ...] = ()
    repeats: tuple[Field, ...] = ()  # a group that may follow any number of times
    items: tuple[Field, ...] = ()  # what each /starling/item carries after req and index
    returns: tuple[Field, ...] = ()  # what /starling/done carries after req and verb
    fails: tuple[str, ...] = ()  # codes beside COMMON_FAILS


SOUND = (
    Field("sound", "s", "the sound's id: the hash of its recipe"),
    Field("path", "s", "absolute path of a 32-bit float WAV file"),
    Field("frames", "i", "length in frames"),
    Field("rate", "i", "sample rate in Hz"),
    Field("channels", "i", "1 or 2"),
    Field("root", "i", "MIDI note at which the sound plays unshifted"),
    Field(
        "recipe", "s", "canonical JSON: model, weights hash, version of the code, seed, controls"
    ),
)

HIT = (
    Field("preset", "i", "id of the preset in the library"),
    Field("name", "s", "the preset's name"),
    Field("synth", "s", "the synth that plays it"),
    Field("bank", "s", "the bank it came from"),
    Field("tags", "s", "tags, separated by commas"),
    Field("score", "f", "similarity, 1 is the same sound; 0 for a text search"),
)

FILTER = Field(
    "filter", "s", 'words and fields that a hit must match, e.g. `synth:amsynth pad`; ""'
)

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

COMMON_FAILS = ("no_hello", "bad_arguments", "bad_packet", "unknown_verb", "no_access", "internal")
JOB_FAILS = ("cancelled", "deadline")

VERBS: tuple[Verb, ...] = (
    Verb(
        "hello",
        "Open a session. Without it nothing else is served.",
        takes=(
            Field("token", "s", "the token from engine.json"),
            Field("protocol", "i", f"the client's protocol version, now {PROTOCOL_VERSION}"),
            Field("name", "s", "what the client calls itself, for the log"),
        ),
        returns=(
            Field("protocol", "i", "the engine's protocol version"),
            Field("version", "s", "the engine's version"),
            Field("inbox", "s", "folder for WAV files that the client wants to name in search"),
        ),
        fails=("bad_token",),
    ),
    Verb("ping", "Say that the client is alive.", returns=(Field("uptime", "f", "seconds"),)),
    Verb(
        "status",
        "Say what the engine is doing.",
        returns=(
            Field("models", "i", "models that can generate"),
            Field("presets", "i", "presets in the library"),
            Field("running", "i", "jobs being worked on"),
            Field("waiting", "i", "jobs queued"),
            Field("text", "s", "one line for people"),
        ),
    ),
    Verb(
        "models",
        "List the models that can generate.",
        items=(
            Field("model", "s", "the name that generate takes"),
            Field("title", "s", "the name for people"),
            Field("weights", "s", "hash of the weights"),
            Field(
                "controls",
                "s",
                "JSON list of {name, title, min, max, default, labels}; labels only for a choice",
            ),
        ),
        returns=(Field("count", "i", "number of items sent"),),
        fails=JOB_FAILS,
    ),
    Verb(
        "generate",
        "Make a sound from a model, or fetch it from the store. The same recipe gives the same "
        "bytes. The client holds the sound until it releases it or falls silent. Controls left out "
        "take their defaults; the control `key` is the MIDI note that asks.",
        takes=(
            Field("model", "s", "a name from models"),
            Field("seed", "i", "0..2147483647"),
        ),
        repeats=(
            Field("control", "s", "a control of the model"),
            Field("value", "f", "its value, in the control's own range"),
        ),
        returns=SOUND,
        fails=("unknown_model", "bad_seed", "bad_control", "store_full", "missing", *JOB_FAILS),
    ),
    Verb(
        "search",
        "Find the presets that sound nearest to a WAV file in the inbox.",
        takes=(
            Field("path", "s", "a sound file in the inbox or the store"),
            Field("k", "i", "how many hits, 1..100"),
            FILTER,
        ),
        items=HIT,
        returns=(Field("count", "i", "number of items sent"),),
        fails=("bad_path", "bad_file", "silent", "empty_library", *JOB_FAILS),
    ),
    Verb(
        "similar",
        "Find the presets that sound nearest to a preset.",
        takes=(
            Field("preset", "i", "id of a preset"),
            Field("k", "i", "how many hits, 1..100"),
            FILTER,
        ),
        items=HIT,
        returns=(Field("count", "i", "number of items sent"),),
        fails=("unknown_preset", "empty_library", *JOB_FAILS),
    ),
    Verb(
        "find",
        "Find presets by words, tag:, synth:, bank: and author:.",
        takes=(
            Field("text", "s", "what to look for"),
            Field("k", "i", "how many hits, 1..100"),
        ),
        items=HIT,
        returns=(Field("count", "i", "number of items sent"),),
        fails=("empty_library", *JOB_FAILS),
    ),
    Verb(
        "audition",
        "Render one note of a preset and hand it back as a sound.",
        takes=(
            Field("preset", "i", "id of a preset"),
            Field("note", "i", "MIDI note, 0..127"),
            Field("velocity", "i", "1..127"),
            Field("seconds", "f", "length of the render, 0.1..30"),
        ),
        returns=SOUND,
        fails=("unknown_preset", "plugin_failed", "store_full", "missing", *JOB_FAILS),
    ),
    Verb(
        "export",
        "Write a preset as a file that its synth loads.",
        takes=(Field("preset", "i", "id of a preset"),),
        returns=(Field("path", "s", "the file written"),),
        fails=("unknown_preset", "store_full", *JOB_FAILS),
    ),
    Verb(
        "scan",
        "Look for new and changed preset banks; render and index them in the background.",
        returns=(
            Field("added", "i", "presets added or renewed"),
            Field("kept", "i", "presets that were up to date"),
            Field("failed", "i", "presets put into quarantine"),
        ),
        fails=("plugin_failed", "missing", "store_full", *JOB_FAILS),
    ),
    Verb(
        "release",
        "Say that the client no longer holds a sound; the store may evict it.",
        takes=(Field("sound", "s", "the sound's id"),),
    ),
    Verb(
        "cancel",
        "Give up a request of this client; it ends in /starling/fail with the code cancelled.",
        takes=(Field("target", "i", "the request's id"),),
        returns=(Field("found", "i", "1 when it was still waiting or running, else 0"),),
    ),
    Verb("quit", "Finish running jobs' cleanup and leave."),
)

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
