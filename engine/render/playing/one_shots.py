"""A model as a sampler: each key's generated one-shots placed at their notes, sample-accurate.

Seeds, round robin and velocity follow the plugin's Fresh mode, so a bounce there sounds the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from starling.engine.render.parts import Kit
from starling.engine.render.playing.warp import warped
from starling.engine.songs.curves import Room
from starling.engine.songs.notes import SongNote
from starling.engine.songs.pitch import Pitch
from starling.engine.sounds.control_text import with_key
from starling.engine.sounds.generate import Generators, samples
from starling.engine.sounds.recipe import fresh_seed
from starling.engine.sounds.store import SoundStore

RELEASE_SECONDS = 0.2  # of a pitched sound after its key went up, as in the plugin
CHOKE_SECONDS = 0.02  # a closing hi-hat takes about that long
CHOKES = {46: (42, 44)}  # General MIDI: the open hi-hat ends where a closed or a pedal one starts
SLOWEST = 4  # a sound that is bent down lasts so many times as long at most
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OneShotNote:
    """A note and the sound that it plays: its key's `step` of the round robin."""

    note: SongNote
    step: int
    end: float | None  # seconds: where the sound is released; None lets it ring out
    release: float = RELEASE_SECONDS


def hits(notes: Sequence[SongNote], round_robin: int, keyed: bool) -> list[OneShotNote]:
    """What each note plays. `keyed`: the model has a sound for each key, which rings out."""
    played: Counter[int] = Counter()
    found = []
    for at, note in enumerate(notes):
        step = played[note.key] % round_robin
        played[note.key] += 1
        if keyed:
            found.append(OneShotNote(note, step, _choked(notes, at), CHOKE_SECONDS))
        else:
            found.append(OneShotNote(note, step, note.end))
    return found


def play(
    kit: Kit,
    notes: Sequence[SongNote],
    generators: Generators,
    store: SoundStore | None,
    sample_rate: int,
    frames: int,
    pitch: Pitch | None = None,
    room: Room = np.zeros,
) -> Array:
    """A track (2, frames). The same kit and notes give the same bytes, with a store and without.

    `pitch` is how far the notes are from their keys; the track lies in an array of `room`.
    """
    card = generators.card(kit.model)
    keyed = kit.recipe is None and any(control.name == "key" for control in card.controls)
    song = np.asarray(room((2, frames)), np.float32)
    sounds: dict[tuple[int, int], Array] = {}
    for hit in hits(notes, kit.round_robin, keyed):
        which = (hit.note.key, hit.step)
        if which not in sounds:
            shift = 0 if keyed else hit.note.key - card.root
            sounds[which] = _sound(kit, which, shift, generators, store, sample_rate)
        sound = sounds[which]
        if pitch:
            sound = _bent(sound, hit.note, pitch, sample_rate, frames)
        _place(sound, hit, song, sample_rate)
    return song


def _sound(
    kit: Kit,
    which: tuple[int, int],
    shift: int,
    generators: Generators,
    store: SoundStore | None,
    sample_rate: int,
) -> Array:
    """The sound of a key and step at the song's rate, `shift` semitones up: (2, frames)."""
    key, step = which
    card = generators.card(kit.model)
    recipe = kit.recipe
    if recipe is None:
        controls = with_key(card, dict(kit.controls), key)
        recipe = generators.recipe(kit.model, fresh_seed(kit.seed, key, step), controls)
    audio = samples(store, generators, recipe)
    target = sample_rate / 2 ** (shift / 12)
    if target != card.sample_rate:
        audio = np.asarray(soxr.resample(audio.T, card.sample_rate, target, "VHQ").T, np.float32)
    return audio[:2] if len(audio) > 1 else np.repeat(audio, 2, axis=0)


def _bent(sound: Array, note: SongNote, pitch: Pitch, sample_rate: int, frames: int) -> Array:
    """A sound (2, n) at the pitch that its channel has while it sounds."""
    start = round(note.start * sample_rate)
    count = min(SLOWEST * sound.shape[1], frames - start)
    curve = pitch.over(note.channel, note.key, start, count) if count > 0 else None
    return sound if curve is None else warped(sound, curve)


def _place(sound: Array, hit: OneShotNote, song: Array, sample_rate: int) -> None:
    """Add a sound to the song (2, frames) where its note starts, scaled by velocity."""
    start = round(hit.note.start * sample_rate)
    length = min(sound.shape[1], song.shape[1] - start)
    if hit.end is not None:
        length = min(length, round((hit.end + hit.release) * sample_rate) - start)
    if length <= 0:
        return
    played = sound[:, :length] * np.float32((hit.note.velocity / 127) ** 2)
    if length < sound.shape[1]:
        fade = min(length, round(hit.release * sample_rate))
        played[:, length - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    song[:, start : start + length] += played


def _choked(notes: Sequence[SongNote], at: int) -> float | None:
    """When the note at this place is choked by a later one, in seconds."""
    chokers = CHOKES.get(notes[at].key, ())
    later = (note.start for note in notes[at + 1 :] if note.key in chokers)
    return next((start for start in later if start > notes[at].start), None)
