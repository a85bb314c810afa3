"""The verbs of sounds that models make. Pure data."""

from __future__ import annotations

from starling.engine.wire.tables.verb import (
    COUNT,
    JOB_FAILS,
    MODEL,
    RECIPE,
    RECIPE_FAILS,
    SOUND,
    TURNS,
    Field,
    Verb,
)

SOUND_VERBS: tuple[Verb, ...] = (
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
        "release",
        "Say that the client no longer holds a sound; the store may evict it.",
        takes=(Field("sound", "s", "the sound's id"),),
    ),
)
