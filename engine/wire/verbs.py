"""THE table of verbs: what a client may request, and what it gets. Pure data; no code but this.

In: nothing; this is where the wire is written down. Out: `VERBS`, from which `build.py docs` makes
`requests.py`, `request_readers.py`, docs/osc.md and Protocol.h. Next: `udp`, which receives them.
A new verb goes here and into server/handlers.py; codec and tests follow.
"""

from __future__ import annotations

from starling.engine.wire.verb import (
    COUNT,
    FILTER,
    HIT,
    HITS,
    MODEL,
    MUSIC,
    PIECE,
    PRESET,
    RECIPE,
    SOUND,
    SOUND_FILE,
    STREAM,
    TURNS,
    Field,
    Verb,
)

PROTOCOL_VERSION = 1

COMMON_FAILS = (
    *("no_hello", "bad_arguments", "bad_packet", "unknown_verb", "too_many_requests"),
    *("no_memory", "no_access", "internal"),
)
JOB_FAILS = ("cancelled", "deadline")
RECIPE_FAILS = (
    *("bad_recipe", "other_weights", "unknown_model", "bad_seed", "bad_control", "bad_point"),
    *("store_full", "missing", *JOB_FAILS),
)

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
            Field("inbox", "s", "folder for the sound and MIDI files that the client will name"),
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
        items=MODEL,
        returns=(COUNT,),
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
        repeats=TURNS,
        group="controls",
        returns=SOUND,
        fails=("unknown_model", "bad_seed", "bad_control", "store_full", "missing", *JOB_FAILS),
    ),
    Verb(
        "encode",
        "Make the sound of a model that is nearest to a WAV file, at a point of the model's latent "
        "space. Takes seconds, during which other sounds are made.",
        takes=(
            Field("path", "s", "a sound file in the inbox or the store; its first 3 s are heard"),
            Field("model", "s", "a name from models"),
        ),
        returns=SOUND,
        fails=(
            *("unknown_model", "no_latent", "bad_point", "bad_path", "bad_file", "silent"),
            *("store_full", "missing", *JOB_FAILS),
        ),
    ),
    Verb(
        "vary",
        "Make neighbours of a sound in the latent space, with the same knobs and noise. Each is an "
        "item as soon as it is made; the same seed gives the same ones, and a larger count the "
        "same ones first. Those of a texture go on from its end, or from none of it with amount 1. "
        "The client holds them.",
        takes=(
            RECIPE,
            Field("amount", "f", "how far: 0 the same sound, 1 any other of its class"),
            Field("count", "i", "how many, 1..32"),
            Field("seed", "i", "of the directions, 0..2147483647"),
        ),
        items=SOUND,
        returns=(COUNT,),
        fails=(*RECIPE_FAILS, "no_latent"),
    ),
    Verb(
        "morph",
        "Make the sound between two of one model. Its noise is the first one's.",
        takes=(
            RECIPE,
            Field("other", "s", "the recipe of the second sound; both must fit into a datagram"),
            Field("x", "f", "0..1: how far its point is from the first's to the second's"),
            Field("y", "f", "0..1: the same for the knobs; a choice is the nearer one's"),
        ),
        returns=SOUND,
        fails=(*RECIPE_FAILS, "no_latent"),
    ),
    Verb(
        "turn",
        "Turn knobs of a sound; everything else stays as it was.",
        takes=(RECIPE,),
        repeats=TURNS,
        group="controls",
        returns=SOUND,
        fails=(*RECIPE_FAILS, "no_latent"),
    ),
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
    Verb(
        "composers",
        "List the composers: the models that write music for the sound chip of the NES. Their "
        "controls are those of the model and those of the chip that plays it.",
        items=MODEL,
        returns=(COUNT,),
        fails=JOB_FAILS,
    ),
    Verb(
        "compose",
        "Write music for the four voices of the chip, and play it. The same request gives the same "
        "bytes. The prompt, if there is one, comes first, filled up to a whole bar by what is "
        "written, then the bars that are wanted. It begins with a bar; a rest before its first "
        "note is a part of it. Beside the sound lie the notes as a MIDI file at the tempo, with "
        "the tracks p1, p2, tr and noise (keys 36..51, low to high), and as a VGM file. The "
        "client holds all three with the sound.",
        takes=MUSIC,
        repeats=TURNS,
        group="controls",
        returns=PIECE,
        fails=(
            *("unknown_model", "bad_seed", "bad_control", "bad_path", "bad_file", "bad_prompt"),
            *("store_full", "missing", *JOB_FAILS),
        ),
    ),
    Verb(
        "search",
        "Find the presets that sound nearest to a WAV file in the inbox.",
        takes=(SOUND_FILE, HITS, FILTER),
        items=HIT,
        returns=(COUNT,),
        fails=("bad_path", "bad_file", "silent", "empty_library", *JOB_FAILS),
    ),
    Verb(
        "similar",
        "Find the presets that sound nearest to a preset.",
        takes=(PRESET, HITS, FILTER),
        items=HIT,
        returns=(COUNT,),
        fails=("unknown_preset", "empty_library", *JOB_FAILS),
    ),
    Verb(
        "find",
        "Find presets by words, tag:, synth:, bank:, author: and is:favourite.",
        takes=(Field("text", "s", "what to look for"), HITS),
        items=HIT,
        returns=(COUNT,),
        fails=("empty_library", *JOB_FAILS),
    ),
    Verb(
        "facets",
        "List what a filter can ask for: synths, banks and tags; the commonest first, at most 100 "
        "of each.",
        items=(
            Field("field", "s", "synth, bank or tag"),
            Field("value", "s", "what to write behind the field and a colon, in quotes"),
            Field("count", "i", "how many presets have it"),
        ),
        returns=(COUNT,),
        fails=JOB_FAILS,
    ),
    Verb(
        "favourite",
        "Mark a preset as a favourite, or no longer. The mark outlives scans.",
        takes=(PRESET, Field("on", "i", "1 to mark it, 0 to take the mark away")),
        fails=("unknown_preset", "store_full", *JOB_FAILS),
    ),
    Verb(
        "audition",
        "Render one note of a preset and hand it back as a sound.",
        takes=(
            PRESET,
            Field("note", "i", "MIDI note, 0..127"),
            Field("velocity", "i", "1..127"),
            Field("seconds", "f", "length of the render, 0.1..30"),
        ),
        returns=SOUND,
        fails=("unknown_preset", "plugin_failed", "store_full", "missing", *JOB_FAILS),
    ),
    Verb(
        "export",
        "Write a preset as a file that its synth loads, where that looks for it.",
        takes=(PRESET,),
        returns=(Field("path", "s", "the file written"),),
        fails=("unknown_preset", "plugin_failed", "store_full", "missing", *JOB_FAILS),
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
        "match",
        "Tune presets of a synth until one sounds like the first note of a WAV file. While it "
        "searches, an item with preset 0 comes whenever a better variant was found, at most four "
        "a second; at the end one for each final variant, the best first, which is then a preset "
        "of the library, in the bank Matches. The client holds the sounds. Cancelled, it stores "
        "nothing.",
        takes=(
            SOUND_FILE,
            Field("synth", "s", 'the synth to tune; "" for that of the nearest preset'),
            Field("budget", "i", "how many presets are tried, 100..5000"),
        ),
        items=(
            *HIT,
            Field("loss", "f", "how far it is from the target in dB; 0 is the same sound"),
            Field("sound", "s", "id of its sound, played as the target was"),
            Field("sound_path", "s", "absolute path of that sound, a 32-bit float WAV file"),
        ),
        returns=(
            Field("start", "f", "loss of the library's nearest preset, in dB"),
            Field("loss", "f", "loss of the best variant, in dB; never above start"),
            Field("evaluations", "i", "presets tried"),
            Field("count", "i", "number of items sent, previews among them"),
        ),
        fails=(
            *("bad_path", "bad_file", "silent", "empty_library"),
            *("plugin_failed", "missing", "store_full", *JOB_FAILS),
        ),
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
