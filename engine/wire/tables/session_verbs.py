"""The verbs of a session: who is there, what the engine is doing, giving up, leaving. Pure data."""

from __future__ import annotations

from starling.engine.wire.tables.verb import PROTOCOL_VERSION, Field, Verb

SESSION_VERBS: tuple[Verb, ...] = (
    Verb(
        "hello",
        "Open a session. Without it nothing else is served; without the token it gets no answer. "
        "Its arguments are the same in every version of the protocol, so that any two versions "
        "can say which one is to be updated. Sent again it opens no second session.",
        takes=(
            Field("token", "s", "the token from engine.json"),
            Field("protocol", "i", f"the client's protocol version, now {PROTOCOL_VERSION}"),
            Field("name", "s", "what the client calls itself, for the log"),
        ),
        returns=(
            Field("protocol", "i", "the engine's protocol version"),
            Field("version", "s", "the engine's version"),
            Field("inbox", "s", "folder for the sound and MIDI files that the client will name"),
            Field("secret", "s", "what every other request of the session begins with"),
        ),
        opens=True,
    ),
    Verb(
        "bye",
        "Close the session. What the client holds is let go of, its requests are cancelled, and "
        "nothing from its address is served or answered any more.",
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
        "cancel",
        "Give up a request of this client; it ends in /starling/fail with the code cancelled.",
        takes=(Field("target", "i", "the request's id"),),
        returns=(Field("found", "i", "1 when it was still waiting or running, else 0"),),
    ),
    Verb("quit", "Finish running jobs' cleanup and leave."),
)
