"""The messages between plugin and engine: the verbs of `verbs` in their grammar. Codec, docs, C++
header and tests derive from both; no socket, thread or clock here.

The grammar is scsynth's with a request id: every request is `/starling/VERB secret req ...` (hello
alone has no secret yet) and ends in exactly one of `/starling/done req VERB ...` or `/starling/fail
req VERB code sentence`; before that may come `/starling/progress req fraction text` and
`/starling/item req index ...`.
"""

from __future__ import annotations

from starling.engine.wire.arguments import TYPES, Arguments, Value
from starling.engine.wire.request_readers import READERS
from starling.engine.wire.requests import Request
from starling.engine.wire.tables.verb import PROTOCOL_VERSION, REQ, Field, Verb
from starling.engine.wire.verbs import COMMON_FAILS, VERBS
from starling.models.errors import InputError

__all__ = [
    "CODES",
    "COMMON_FAILS",
    "DROP_S",
    "HEARTBEAT_S",
    "MAX_DATAGRAM",
    "MAX_MESSAGES",
    "MAX_SEED",
    "PREFIX",
    "PROTOCOL_VERSION",
    "REPLIES",
    "SILENT_S",
    "TYPES",
    "VERB",
    "VERBS",
    "Address",
    "Field",
    "Request",
    "Value",
    "Verb",
    "check_request",
]

PREFIX = "/starling/"
MAX_DATAGRAM = 8192  # bytes; macOS drops UDP above 9,216, so 8 KiB is safe everywhere
MAX_MESSAGES = 32  # of a bundle: each is answered
MAX_SEED = 2**31 - 1  # OSC's int32, and juce::Random takes it without a sign
HEARTBEAT_S = 1.0  # a client pings this often
SILENT_S = 5.0  # a client takes the engine for gone after this long without a datagram
DROP_S = 2 * SILENT_S  # the engine a client: the client notices first, and sends hello again

Address = tuple[str, int]  # of a client's socket: host and port

CODES: dict[str, str] = {
    "unknown_verb": "no such verb",
    "too_many_requests": "the client has as many requests at a time as it may have",
    "bad_arguments": "wrong number or types of arguments, or a value out of range",
    "bad_packet": "not OSC 1.0, or larger than 8 KiB",
    "unknown_model": "no such model",
    "not_texture": "the model makes sounds of a fixed length, not textures",
    "no_stream": "no such stream of this client",
    "too_many_streams": "the client has as many streams as it may have",
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
    "bad_prompt": "the prompt has no notes, or is too long",
    "empty_library": "no presets have been scanned yet",
    "no_query": "there is nothing to search for: neither a sound nor words that mean one",
    "bad_option": "no such option of a search, or its value is out of range",
    "bad_words": "the words are too long",
    "plugin_failed": "the synth crashed, hung or made no sound",
    "store_full": "the disk or the sound store's budget is full",
    "missing": "something needed is not installed",
    "no_memory": "the machine has too little memory left",
    "no_access": "the system refuses a file or folder: its permissions, or a file in the way",
    "cancelled": "the request was cancelled",
    "deadline": "the request took longer than allowed",
    "internal": "a fault of the engine's own; the log has the details",
}

VERB: dict[str, Verb] = {verb.name: verb for verb in VERBS}

REPLIES: dict[str, tuple[Field, ...]] = {
    "done": (REQ, Field("verb", "s", "the request's verb")),
    "fail": (
        REQ,
        Field("verb", "s", "the request's verb"),
        Field("code", "s", "one of the codes below"),
        Field("sentence", "s", "what went wrong, for people"),
    ),
    "progress": (
        REQ,
        Field("fraction", "f", "0..1"),
        Field("text", "s", "what is going on; also the acknowledgement of a queued request"),
    ),
    "item": (REQ, Field("index", "i", "0, 1, 2, ...")),
}


def check_request(address: str, values: list[Value]) -> Request:
    """The typed request of an address and its arguments, without the secret.

    Extra trailing arguments are ignored, so that newer clients may send more.
    Raises InputError with the code `unknown_verb` or `bad_arguments`.
    """
    name = address.removeprefix(PREFIX)
    if not address.startswith(PREFIX) or name not in VERB:
        raise InputError(
            f"unknown verb {address!r}; known are {', '.join(VERB)}", code="unknown_verb"
        )
    verb = VERB[name]
    arguments = Arguments(name, values)
    if not verb.opens:
        arguments.string("secret")
    req = arguments.int32("req")
    takes, count = verb.takes, len(values) - len(verb.head)
    if count < len(takes):
        needs = ", ".join(f"{f.name}:{f.type}" for f in takes)
        raise InputError(f"{name} takes {needs} after the request id, got {count} arguments")
    return READERS[name](req, arguments)
