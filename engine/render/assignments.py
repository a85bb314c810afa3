"""What plays which MIDI channel: the text of `--track`, and the choice made for the others. Pure.

1=preset:Midnight Vibes      2=preset:412      3=plugin:/usr/lib/vst/amsynth_vst.so
10=model:drums               10=model:drums:seed=5,roundrobin=2,brightness=.7
4=sound:/home/me/kick.wav    a WAV file of a model's sound, which carries its recipe
2=chip:pulse:duty=25         3=chip:triangle, 10=chip:noise: the NES's sound chip
3=texture:rain-sea           3=texture:rain-sea:seed=5,temperature=.8,prime=/home/me/rain.wav
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starling.engine.render.song import Song, Track
from starling.models.errors import InputError

DRUM_CHANNEL = 10
KINDS = ("preset", "model", "texture", "plugin", "sound", "chip")
HAVE_OPTIONS = ("model", "texture", "chip")
EXAMPLE = '1=preset:"Midnight Vibes", 10=model:drums:seed=5 or 2=plugin:/path/to/plugin'

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
    """A channel 1..16 and what plays it, with a model's `options`. `chosen`: a default."""

    channel: int
    kind: str
    name: str
    options: tuple[tuple[str, str], ...] = ()
    chosen: bool = False


def parse_track(text: str, source: str = "--track") -> Assignment:
    """The value of one `--track`, or what `source` names in complaints.

    Raises InputError that says what is allowed.
    """
    number, equals, rest = text.partition("=")
    kind, colon, name = rest.partition(":")
    name = name.strip().strip("\"'")
    if not (equals and colon and name) or kind not in KINDS:
        raise InputError(f"{source} must be CHANNEL=KIND:NAME such as {EXAMPLE}; got {text!r}")
    if not number.strip().isdecimal() or not 1 <= int(number) <= 16:
        raise InputError(f"{source}: the channel must be 1..16, got {number!r} in {text!r}")
    if kind not in HAVE_OPTIONS:
        return Assignment(int(number), kind, name)
    model, _, options = name.partition(":")
    return Assignment(int(number), kind, model, tuple(_options(options, text, source)))


def assign(
    song: Song, requested: Iterable[Assignment], source: str = "--track"
) -> list[Assignment]:
    """One assignment for every track of the song, in order of the channels.

    Raises InputError for a channel named twice, or one that has no notes.
    """
    by_channel: dict[int, Assignment] = {}
    for assignment in requested:
        channel = assignment.channel
        if channel in by_channel:
            raise InputError(f"{source}: channel {channel} is assigned twice")
        if channel not in song.tracks:
            there = ", ".join(map(str, song.tracks))
            raise InputError(
                f"{source}: channel {channel} of {song.name} has no notes; "
                f"those with notes: {there}"
            )
        by_channel[channel] = assignment
    return [by_channel.get(channel) or _default(track) for channel, track in song.tracks.items()]


def _default(track: Track) -> Assignment:
    if track.channel == DRUM_CHANNEL:
        return Assignment(track.channel, "model", DEFAULT_MODEL, chosen=True)
    return Assignment(track.channel, "preset", FAMILIES[track.program // 8], chosen=True)


def _options(text: str, whole: str, source: str) -> Iterable[tuple[str, str]]:
    for option in filter(None, text.split(",")):
        name, equals, value = option.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise InputError(f"{source}: options are NAME=VALUE, got {option!r} in {whole!r}")
        yield name.strip(), value.strip()
