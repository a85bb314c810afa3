"""The verbs of textures: sounds that go on for as long as a key is held. Pure data."""

from __future__ import annotations

from starling.engine.wire.tables.verb import (
    COUNT,
    JOB_FAILS,
    MODEL,
    SOUND,
    STREAM,
    TURNS,
    Field,
    Verb,
)

TEXTURE_VERBS: tuple[Verb, ...] = (
    Verb(
        "textures",
        "List the textures: the models whose sound goes on for as long as a key is held.",
        items=MODEL,
        returns=(COUNT,),
        fails=JOB_FAILS,
    ),
    Verb(
        "stream",
        "Start a texture. It is rendered ahead into a growing file: a mono 32-bit float WAV file "
        "with a header of 44 bytes, whose sizes are 0xFFFFFFFF until the stream has ended. What is "
        "behind the header are whole frames. The first 0.25 s come at once, more when `pace` wants "
        "it. The same recipe gives the same frames. At most 64 streams a client.",
        takes=(
            Field("model", "s", "a name from textures"),
            Field("seed", "i", "0..2147483647"),
            Field(
                "prime",
                "s",
                "a sound file in the inbox or the store that the texture goes on from, its last "
                '60 s; "" for none',
            ),
        ),
        repeats=TURNS,
        group="controls",
        returns=(
            STREAM,
            Field("path", "s", "absolute path of the growing file"),
            Field("rate", "i", "sample rate in Hz"),
            Field("root", "i", "MIDI note at which it plays unshifted"),
            Field("recipe", "s", "canonical JSON of what plays"),
        ),
        fails=(
            *("unknown_model", "not_texture", "bad_seed", "bad_control", "too_many_streams"),
            *("bad_path", "bad_file", "silent", "store_full", "missing", *JOB_FAILS),
        ),
    ),
    Verb(
        "pace",
        "Say how far a stream is wanted, and turn its controls from the next block of frames on. "
        "Without it for 10 s the stream ends. When the machine cannot keep up with all streams of "
        "a model, the oldest one ends; but none that is wanted 1 s or more beyond what is ready: "
        "its client waits, as in a bounce.",
        takes=(STREAM, Field("until", "i", "frames wanted, counted from the stream's start")),
        repeats=TURNS,
        group="controls",
        returns=(
            Field("ready", "i", "frames in the file"),
            Field("ended", "i", "1 when no more will come, else 0"),
            Field("text", "s", "why it ended, for people"),
        ),
        fails=("no_stream", "bad_control"),
    ),
    Verb(
        "stop",
        "End a stream. Its file stays until the client has started 16 more, or falls silent.",
        takes=(STREAM,),
        returns=(Field("frames", "i", "frames in the file"),),
        fails=("no_stream",),
    ),
    Verb(
        "freeze",
        "Keep a part of a stream as a sound, which the client holds. The stream goes on.",
        takes=(
            STREAM,
            Field("start", "i", "first frame"),
            Field("frames", "i", "how many, at most 10 minutes; all must be in the file"),
        ),
        returns=SOUND,
        fails=("no_stream", "store_full", "missing", *JOB_FAILS),
    ),
)
