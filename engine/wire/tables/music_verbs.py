"""The verbs of music for the chip of the NES. Pure data."""

from __future__ import annotations

from starling.engine.wire.tables.verb import COUNT, JOB_FAILS, MODEL, MUSIC, PIECE, TURNS, Verb

MUSIC_VERBS: tuple[Verb, ...] = (
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
)
