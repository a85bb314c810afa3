"""A voice of the NES's sound chip as an instrument: pulse, triangle or noise, from the keys.

Each note has a chip of its own, so that chords sound as they are played: on one chip a new note
would cut off the last, and a console has two pulses in all. A line without overlaps sounds as on
one chip. The triangle has no volume and plays every velocity alike. A bent note is one that is read
faster or slower: the chip's own steps of pitch are coarse.

A track of a score in nesmdb's MIDI is played on one chip, with the volumes and the duty or mode of
each moment; a duty or mode that is named holds for all of it, and an envelope is refused.

2=chip:pulse   3=chip:pulse:duty=25,decay=.3,sustain=4   4=chip:triangle   10=chip:noise:mode=short
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from starling.engine.render.playing.warp import seconds_read, warped
from starling.engine.songs.curves import Room, blocks
from starling.engine.songs.notes import SongNote
from starling.engine.songs.pitch import Pitch
from starling.engine.songs.song import Track
from starling.models.errors import InputError
from starling.models.nes.chip import live
from starling.models.nes.chip.live import LONGEST_S, Patch
from starling.models.nes.chip.play import FULL, Voicing, play_changes
from starling.models.nes.chip.render import Stream, frames_of
from starling.models.nes.scores import voice_line
from starling.models.nes.scores.score import VOICES as CHIP
from starling.models.nes.scores.voice_line import Line

SETTLED_SECONDS = 0.05  # 4.5 periods of the lowest filter: a millionth is left
SLOWEST = 4  # a release that is bent down lasts so many times as long at most
KEPT = 256  # notes that are kept to be played again
Array = NDArray[np.float32]
VOICES = {"pulse": "p1", "triangle": "tr", "noise": "no"}
DUTIES = {"12.5": 0, "25": 1, "50": 2, "75": 3}  # per cent
MODES = {"long": 0, "short": 1}
TIMBRES = {"pulse": ("duty", DUTIES), "noise": ("mode", MODES)}
LOWER = {"pulse": ", or give it to chip:triangle, which reaches an octave lower"}
ENVELOPE = ("level", "attack", "decay", "sustain", "release")  # as in `Patch`
GAIN = 2.0  # a pulse alone has a peak of .15, since five voices share the chip's range


@dataclass(frozen=True, slots=True)
class ChipVoice:
    """What plays a track: `name` is pulse, triangle or noise."""

    name: str
    patch: Patch

    def check(self, track: Track) -> None:
        """Raise InputError for a key that the voice does not have, or an envelope over a score's.

        The chip's own level and timbre are for both.
        """
        own = replace(Patch(), duty=self.patch.duty, level=self.patch.level)
        if track.line is not None and self.patch != own:
            raise InputError(
                f"channel {track.channel} is a voice of a score, whose volumes are its envelope: "
                "leave out attack, decay, sustain and release"
            )
        for key in sorted({note.key for note in track.notes}):
            try:
                live.check_key(VOICES[self.name], key)
            except InputError as error:
                _, _, sentence = str(error).partition(" ")  # without the chip's own name of it
                raise InputError(
                    f"chip:{self.name} {sentence}; transpose the track{LOWER.get(self.name, '')}"
                ) from error


def chip_voice(name: str, options: Mapping[str, str]) -> ChipVoice:
    """A voice by its name and options as text. Raises InputError that says what is allowed."""
    if name not in VOICES:
        raise InputError(f"chip must be one of {', '.join(VOICES)}, got {name!r}")
    timbre, choices = TIMBRES.get(name, ("", {}))
    allowed = (*filter(None, (timbre,)), *ENVELOPE)
    for option in options:
        if option not in allowed:
            raise InputError(f"chip:{name} has {', '.join(allowed)}; got {option!r}")
    patch = Patch(
        _choice(timbre, choices, options[timbre]) if timbre in options else None,
        level=_whole("level", options),
        attack_s=_seconds("attack", options),
        decay_s=_seconds("decay", options),
        sustain=_whole("sustain", options),
        release_s=_seconds("release", options),
    )
    patch.check(VOICES[name])
    return ChipVoice(name, patch)


def play(
    source: ChipVoice,
    track: Track,
    sample_rate: int,
    frames: int,
    pitch: Pitch | None = None,
    room: Room = np.zeros,
) -> Array:
    """A track (2, frames). The same track gives the same bytes; a note ends after a minute.

    `pitch` is how far the notes are from their keys; a score has no bends. The track lies in an
    array of `room`. Raises InputError for a rate that the chip is not played at.
    """
    song = np.asarray(room((2, frames)), np.float32)
    if track.line is not None:
        _scored(source, track.line, sample_rate, song)
    else:
        _notes(source, track.notes, sample_rate, song, pitch)
    return song


def _scored(source: ChipVoice, line: Line, sample_rate: int, song: Array) -> None:
    """Add a voice of a score to a song (2, frames), on one chip."""
    voice, patch = VOICES[source.name], source.patch
    own = voice_line.alike(line.voice, voice)
    duty = patch.duty if own else patch.timbre(voice)
    states = np.zeros((len(line.samples) + 1, len(CHIP), 3), np.uint8)  # the last is silence
    states[:-1, CHIP.index(voice)] = voice_line.cast(line, voice)
    changes = zip((*line.samples.tolist(), line.end), states, strict=True)
    writes = play_changes(changes, line.end, {voice: Voicing(duty, patch.level)})
    stream = Stream(writes, sample_rate)
    for start, end in blocks(song.shape[1]):
        song[:, start:end] += np.float32(GAIN) * stream.render(end - start)


def _notes(
    source: ChipVoice,
    notes: Sequence[SongNote],
    sample_rate: int,
    song: Array,
    pitch: Pitch | None,
) -> None:
    """Add notes to a song (2, frames), each on a chip of its own."""
    frames = song.shape[1]
    sound = lru_cache(KEPT)(partial(_sound, source, sample_rate=sample_rate))
    for note in notes:
        start = round(note.start * sample_rate)
        curve = _curve(source, note, pitch, sample_rate, frames - start) if pitch else None
        held = round(note.seconds, 6)
        if curve is not None:
            held = seconds_read(curve, round(note.seconds * sample_rate), sample_rate)
        part = sound(note.key, min(held, LONGEST_S), note.velocity)
        if curve is not None:
            part = warped(part[None], curve)[0]
        part = part[: max(0, frames - start)]
        song[:, start : start + len(part)] += part


def _curve(
    source: ChipVoice, note: SongNote, pitch: Pitch, sample_rate: int, most: int
) -> Array | None:
    """The pitch of a note while it is held and dies away; None where it is its key's."""
    seconds = note.seconds + SLOWEST * (source.patch.release_s + SETTLED_SECONDS)
    start, count = round(note.start * sample_rate), min(round(seconds * sample_rate), most)
    return pitch.over(note.channel, note.key, start, count) if count > 0 else None


def _sound(source: ChipVoice, key: int, held: float, velocity: int, sample_rate: int) -> Array:
    """One note (frames,), its release included, and what the chip's filters give after it."""
    writes = live.note(VOICES[source.name], key, held, source.patch, velocity)
    frames = frames_of(writes, sample_rate) + round(SETTLED_SECONDS * sample_rate)
    return np.float32(GAIN) * Stream(writes, sample_rate).render(frames)


def _choice(name: str, choices: Mapping[str, int], text: str) -> int:
    found = choices.get(text.lower().removesuffix("%").strip())
    if found is None:
        raise InputError(f"{name} must be one of {', '.join(choices)}, got {text!r}")
    return found


def _whole(name: str, options: Mapping[str, str]) -> int:
    """A step of sixteen; the highest where none is named."""
    text = options.get(name, str(FULL))
    if not text.isdecimal():
        raise InputError(f"{name} must be a whole number 0..{FULL}, got {text!r}")
    return int(text)


def _seconds(name: str, options: Mapping[str, str]) -> float:
    """A time; none where it is not named."""
    text = options.get(name, "0")
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{name} must be seconds 0..{LONGEST_S:g}, got {text!r}") from error
