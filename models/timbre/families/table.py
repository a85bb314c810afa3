"""Which family of instruments a sound belongs to, by its name, its tags or its program: a table.

The weak labels of the timbre network's second part, and of the words that a search takes. Names
are cut at capitals and digits; a word of four letters and more also counts within a longer one
(`JUNOBRASS`), and of several words the last one tells: `Brass Pad` is a pad.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["FAMILIES", "Family", "family_of", "family_of_program", "names"]


@dataclass(frozen=True, slots=True)
class Family:
    """Words of presets' names in the slang of several synths and languages.

    `kept` are words that no training sees: what is measured must not be learnt by heart. A word
    that ends in `$` counts only as a whole word. `programs` are those of General MIDI, from 0.
    """

    name: str
    title: str
    words: tuple[str, ...]
    kept: tuple[str, ...]
    programs: tuple[int, ...]


FAMILIES: tuple[Family, ...] = (
    Family(
        "piano", "piano",
        ("piano", "pno$", "pian$", "grand$", "honky", "klavier", "pf$", "pianoforte", "tack$",
         "upright", "flugel"),
        ("steinway", "bosendorf", "yamaha grd"),
        (0, 1, 2, 3),
    ),
    Family(
        "electric_piano", "electric piano",
        ("epiano", "e piano", "e pno", "elec piano", "elec pno", "electric piano", "el piano",
         "elpiano", "elecpiano", "electricpiano", "fm piano", "fmpiano", "digi piano",
         "ep$", "rhodes", "rhds$", "rhodos", "wurl", "tine$", "tines$", "dyno", "suitcase",
         "stage piano",
         "fm rhodes", "fmrhodes", "pianet"),
        ("fender", "mkii$", "road$"),
        (4, 5),
    ),
    Family(
        "clavinet", "clavinet, harpsichord",
        ("clav$", "clavi$", "clavinet", "clavecin", "clavichord", "harpsi", "harpsy", "hrpsi",
         "cembalo", "spinet", "virginal"),
        ("hohner", "clvnt", "harpsc"),
        (6, 7),
    ),
    Family(
        "organ", "organ",
        ("organ", "org$", "orgn$", "orgue", "orgel", "hammond", "leslie", "drawbar", "church",
         "b3$", "farfisa", "pipes$", "pipe organ", "accord", "accordion", "accordeon", "harmonium",
         "bandoneon", "musette", "principal", "principale"),
        ("portative", "rotary", "tonewheel"),
        (16, 17, 18, 19, 20, 21, 23),
    ),
    Family(
        "plucked", "guitar, plucked strings",
        ("guitar", "guit$", "gtr$", "gitar", "guitare", "gitarre", "chitarra", "guitarra", "strat$",
         "banjo", "mandolin", "lute$", "sitar", "koto$", "shamisen", "harp$", "harps$", "arpa$",
         "pluck", "pluk$", "plk$", "pizz", "zither", "dulcimer", "oud$", "balalaika", "nylon",
         "strum", "muted", "ukulele", "cimbalom", "santur"),
        ("telecaster", "bouzouki", "plick", "pickin"),
        (15, 24, 25, 26, 27, 28, 29, 30, 31, 45, 46, 104, 105, 106, 107),
    ),
    Family(
        "bass", "bass",
        ("bass", "bas$", "bs$", "basso$", "basse$", "baixo", "bajo$", "acid$", "303$", "reese",
         "fretless", "slap$"),
        ("sub$", "taurus", "wobble"),
        (32, 33, 34, 35, 36, 37, 38, 39),
    ),
    Family(
        "strings", "strings",
        ("string", "strings", "strg$", "strgs$", "strng", "stg$", "stgs$", "str$", "violin",
         "viola$", "cello", "fiddle", "orchestra", "orch$", "solina",
         "archi$", "cordes", "streicher", "cuerdas", "cordas", "violon", "bowed", "mellotron"),
        ("geige", "symphon", "quartet", "arco$"),
        (40, 41, 42, 43, 44, 48, 49, 50, 51, 110),
    ),
    Family(
        "voice", "voice, choir",
        ("voice", "voices", "voic$", "vce$", "vox$", "choir", "chorale", "choral", "choeur",
         "coro$", "chor$", "vocal", "vocoder", "aah$", "aahs$", "ooh$", "oohs$", "human",
         "sing$", "singer", "formant", "female", "monk$", "monks$"),
        ("chant", "soprano", "voix", "stimme", "gregorian"),
        (52, 53, 54, 85, 91),
    ),
    Family(
        "brass", "brass",
        ("brass", "brs$", "horn", "horns", "hrn$", "hrns$", "trump", "trumpet", "tpt$", "trombone",
         "tromb", "tuba$", "cornet", "flugelhorn", "bugle", "ottoni", "cuivre", "blech", "metales"),
        ("fanfare", "bone$", "bones$", "euphonium"),
        (56, 57, 58, 59, 60, 61, 62, 63),
    ),
    Family(
        "reed", "reed",
        ("sax$", "saxo", "saxophone", "sxphn", "oboe", "clarinet", "bassoon", "reed$", "reeds$",
         "harmonica", "bagpipe", "shanai", "shenai", "english horn", "melodica", "duduk"),
        ("fagott", "hautbois", "kazoo"),
        (22, 64, 65, 66, 67, 68, 69, 70, 71, 109, 111),
    ),
    Family(
        "flute", "flute",
        ("flute", "flt$", "flutes", "flauto", "whistle", "piccolo", "recorder", "ocarina", "pipe$",
         "panpipe", "pan flute", "panflute", "shakuhachi", "calliope", "woodwind", "wdwind"),
        ("flote", "fife$", "syrinx"),
        (72, 73, 74, 75, 76, 77, 78, 79, 82),
    ),
    Family(
        "bell", "bell, mallet",
        ("bell", "bells", "bel$", "glock", "chime", "chimes", "celest", "vibra", "vibes$", "vibe$",
         "marimba", "xylo", "xylophone", "kalimba", "karimba", "gamelan", "music box", "musicbox",
         "steel drum", "steeldrum", "tubular", "tubul", "tub bells", "gong", "mallet", "glocken",
         "cloche", "campan", "carillon"),
        ("balafon", "crotale", "tinkle", "metallophone"),
        (8, 9, 10, 11, 12, 13, 14, 98, 108, 112, 114),
    ),
    Family(
        "lead", "lead",
        ("lead", "leads", "ld$", "solo$", "sololead", "synlead", "hoover", "syncro", "sync$"),
        ("screamer", "shred$", "wailing"),
        (80, 81, 83, 84, 86, 87),
    ),
    Family(
        "pad", "pad",
        ("pad$", "pads$", "synpad", "ambient", "ambien", "atmos", "atmosphere", "drone", "sweep",
         "swp$", "swell", "dream", "dreamy", "nappe", "soundscape", "halo$", "warm pad"),
        ("ethereal", "texture", "evolving", "floating"),
        (88, 89, 90, 92, 93, 94, 95, 99),
    ),
    Family(
        "percussion", "drums",
        ("drum", "drums", "drm$", "drms$", "kick", "snare", "hihat", "hi hat", "hat$", "tom$",
         "toms$", "clap$", "cymbal", "conga", "bongo", "tabla", "timpani", "timp$", "perc$",
         "percussion", "block$", "woodblock", "clave$", "claves", "shaker", "maracas", "cowbell",
         "tambourine", "taiko", "agogo", "castanet", "rimshot", "bd$", "sd$", "hh$", "ketl$"),
        ("djembe", "crash$", "batterie", "tamburo"),
        (47, 113, 115, 116, 117, 118, 119),
    ),
    Family(
        "effects", "effects",
        ("fx$", "efx$", "sfx$", "effect", "noise", "siren", "laser", "ufo$", "zap$", "alarm",
         "thunder", "rain$", "explo", "bomb$", "helicopter", "gunshot", "telephone", "seashore",
         "ocean", "storm", "cricket", "bird", "birds", "train$", "applause", "wind$", "waves$",
         "surf$"),
        ("hurricane", "geiger", "spaceship", "dentist"),
        (96, 97, 100, 101, 102, 103, 120, 121, 122, 123, 124, 125, 126, 127),
    ),
)  # fmt: skip

WITHIN = 4  # letters of a word that may be part of a longer one


def names() -> tuple[str, ...]:
    """The families' names, in the order of the table."""
    return tuple(family.name for family in FAMILIES)


def family_of(*texts: str, kept: bool = False) -> str | None:
    """The family that a preset's name tells, or else the first of its tags that does.

    With `kept`, words that no training sees count too, as a measure reads names.

    >>> family_of("FM-Rhodes 2"), family_of("Brass Pad"), family_of("SubZero"), family_of("xyz")
    ('electric_piano', 'pad', None, None)
    """
    for text in texts:
        found = _told(_normal(text), kept)
        if found:
            return found
    return None


def family_of_program(program: int) -> str | None:
    """The family of a General MIDI program 0..127; of 55, an orchestra's hit, none."""
    return next((family.name for family in FAMILIES if program in family.programs), None)


def _normal(text: str) -> str:
    """Words in lower case with blanks around them: `StringPad_2` is ` string pad 2 `."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", text)
    return f" {' '.join(part.lower() for part in parts)} "


def _told(text: str, kept: bool) -> str | None:
    """The family whose word ends last; of two that end there the longer word's."""
    best: tuple[int, int, str] | None = None
    for name, pattern in _patterns(kept):
        for match in pattern.finditer(text):
            at = (match.end(), match.end() - match.start(), name)
            best = at if best is None or at[:2] > best[:2] else best
    return None if best is None else best[2]


@lru_cache(maxsize=2)
def _patterns(kept: bool) -> Sequence[tuple[str, re.Pattern[str]]]:
    return [
        (family.name, re.compile(_pattern(word)))
        for family in FAMILIES
        for word in (*family.words, *(family.kept if kept else ()))
    ]


def _pattern(word: str) -> str:
    """Whole words for short ones and those marked, else anywhere."""
    bare = word.removesuffix("$")
    if word.endswith("$") or len(bare) < WITHIN:
        return f"(?<= ){re.escape(bare)}(?= )"
    return re.escape(bare)
