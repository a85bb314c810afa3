"""The verbs of the preset library: search, audition, match. Pure data."""

from __future__ import annotations

from starling.engine.wire.tables.verb import (
    COUNT,
    FILTER,
    HIT,
    HITS,
    JOB_FAILS,
    PRESET,
    SOUND,
    SOUND_FILE,
    Field,
    Verb,
)

QUERY_FILE = Field("path", "s", 'a sound file in the inbox or the store; "" for words alone')
WORDS = Field("words", "s", 'what the sound is like, e.g. `warm analog brass`, `darker`; "" if any')
SEARCH_OPTIONS = (
    Field("option", "s", "an option of the table `search options`"),
    Field("value", "f", "its value"),
)
SEARCH_FAILS = ("empty_library", "no_query", "bad_option", "bad_words", *JOB_FAILS)

PRESET_VERBS: tuple[Verb, ...] = (
    Verb(
        "search",
        "Find the presets that are nearest to a sound file in the inbox or the store, to words, or "
        "to both. Options say what part of the file is taken, what counts how much, and in which "
        "direction to look from it.",
        takes=(QUERY_FILE, HITS, FILTER, WORDS),
        repeats=SEARCH_OPTIONS,
        group="options",
        items=HIT,
        returns=(
            COUNT,
            Field("start", "f", "seconds in the file at which what was taken begins; 0 without"),
            Field("end", "f", "seconds at which it ends; 0 without a file"),
            Field("notes", "i", "how many windows of it were heard; 0 without a file"),
        ),
        fails=("bad_path", "bad_file", "silent", *SEARCH_FAILS),
    ),
    Verb(
        "similar",
        "Find the presets that sound nearest to a preset; words and options as for search, from "
        "and to excepted.",
        takes=(PRESET, HITS, FILTER, WORDS),
        repeats=SEARCH_OPTIONS,
        group="options",
        items=HIT,
        returns=(COUNT,),
        fails=("unknown_preset", *SEARCH_FAILS),
    ),
    Verb(
        "find",
        "Find presets by words, tag:, synth:, bank:, author: and is:favourite: first those whose "
        "name, bank, author or tags have the words, then those whose sound is what they mean.",
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
)
