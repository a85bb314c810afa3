"""What plays which part of a song: the text of `--track`, and the choice made for the others. Pure.

A part is named by its number, its name, or its MIDI channel (`ch10`), which may mean several.

1=preset:Midnight Vibes      2=preset:412      3=plugin:/usr/lib/vst/amsynth_vst.so
ch10=model:drums             10=model:drums:seed=5,roundrobin=2,brightness=.7
Lead=preset:Mono Lisa
4=sound:/home/me/kick.wav    a WAV file of a model's sound, which carries its recipe
2=chip:pulse:duty=25         3=chip:triangle, 10=chip:noise: the NES's sound chip
3=texture:rain-sea           3=texture:rain-sea:seed=5,temperature=.8,prime=/home/me/rain.wav
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from starling.engine.songs.selectors import find, shown_part
from starling.engine.songs.song import Song, Track
from starling.models.errors import InputError

DRUM_CHANNEL = 10
KINDS = ("preset", "model", "texture", "plugin", "sound", "chip")
HAVE_OPTIONS = ("model", "texture", "chip")
ASSIGNMENT = re.compile(rf"(.+?)=({'|'.join(KINDS)}):(.+)", re.DOTALL)
EXAMPLE = '1=preset:"Midnight Vibes", ch10=model:drums:seed=5 or Bass=plugin:/path/to/plugin'

# General MIDI's sixteen families of eight programs, each with a factory preset that suits it.
FAMILIES = (
    "Suitcase Philosopher",  # pianos
    "Midnight Vibes",  # chromatic percussion
    "Church Mouse",  # organs
    "Paper Guitar",  # guitars
    "Basement Tenant",  # basses
    "Solo Complaint",  # strings
    "Rented Orchestra",  # ensembles
    "Eighties Overdraft",  # brass
    "Whistleblower",  # reeds
    "Whistleblower",  # pipes
    "Mono Lisa",  # leads
    "Slow Weather",  # pads
    "Rain on Tin",  # effects
    "Koto Motor",  # ethnic
    "Tom Foolery",  # percussive
    "Landing Gear",  # sound effects
)
DEFAULT_MODEL = "drums"


@dataclass(frozen=True, slots=True)
class Assignment:
    """A part and what plays it, with a model's `options`. `chosen`: a default.

    With `programs` it plays only the notes of these General MIDI programs.
    """

    part: int | str
    kind: str
    name: str
    options: tuple[tuple[str, str], ...] = ()
    chosen: bool = False
    programs: tuple[int, ...] = ()


def parse_track(text: str, source: str = "--track") -> Assignment:
    """The value of one `--track`, or what `source` names in complaints.

    Raises InputError that says what is allowed.
    """
    found = ASSIGNMENT.fullmatch(text.strip())
    part, kind, name = found.groups() if found else ("", "", "")
    part, name = _unquoted(part), _unquoted(name)
    if not (part and name):
        raise InputError(f"{source} must be PART=KIND:NAME such as {EXAMPLE}; got {text!r}")
    who = int(part) if part.isdecimal() else part
    if kind not in HAVE_OPTIONS:
        return Assignment(who, kind, name)
    model, _, options = name.partition(":")
    return Assignment(who, kind, model, tuple(_options(options, text, source)))


def assign(
    song: Song, requested: Iterable[Assignment], source: str = "--track"
) -> list[Assignment]:
    """What plays every part of the song, in order of their numbers; by default one for each
    family of programs that a part has.

    Raises InputError for a part assigned twice, or one that there is not.
    """
    by_number: dict[int, Assignment] = {}
    for assignment in requested:
        for track in find(song, assignment.part, source):
            if track.number in by_number:
                raise InputError(f"{source}: part {shown_part(track)} is assigned twice")
            by_number[track.number] = replace(assignment, part=track.number)
    return [
        each
        for number, track in song.tracks.items()
        for each in ([by_number[number]] if number in by_number else _defaults(track))
    ]


def _defaults(track: Track) -> list[Assignment]:
    if track.channel == DRUM_CHANNEL:
        return [Assignment(track.number, "model", DEFAULT_MODEL, chosen=True)]
    families: dict[str, list[int]] = {}
    for program in track.programs:
        families.setdefault(FAMILIES[program // 8], []).append(program)
    if len(families) == 1:
        return [Assignment(track.number, "preset", next(iter(families)), chosen=True)]
    return [
        Assignment(track.number, "preset", name, chosen=True, programs=tuple(programs))
        for name, programs in families.items()
    ]


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'")


def _options(text: str, whole: str, source: str) -> Iterable[tuple[str, str]]:
    for option in filter(None, text.split(",")):
        name, equals, value = option.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise InputError(f"{source}: options are NAME=VALUE, got {option!r} in {whole!r}")
        yield name.strip(), value.strip()
