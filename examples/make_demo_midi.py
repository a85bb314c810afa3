"""Compose demo.mid: six bars in E minor for bass, electric piano, a melody and General MIDI drums.

    python examples/make_demo_midi.py        # writes examples/demo.mid, the same bytes each time

Sixteenths swing, velocities and timing breathe; all of it comes from one seeded generator.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido as untyped_mido

mido: Any = untyped_mido  # its types say nothing: the attributes are made at run time

TEMPO_BPM = 96
DIVISION = 480  # ticks a beat
SWING = 0.045  # beats by which every second sixteenth comes late
HUMAN_TICKS = 5  # notes come up to this early or late, some 6 ms
HUMAN_VELOCITY = 6
BASS, CHORDS, MELODY, DRUMS = 1, 2, 3, 10
PROGRAMS = {BASS: 33, CHORDS: 4, MELODY: 11}  # finger bass, electric piano, vibraphone
NAMES = {BASS: "Bass", CHORDS: "Chords", MELODY: "Melody", DRUMS: "Drums"}
KICK, RIM, SNARE, CLOSED, PEDAL, OPEN, CRASH, RIDE = 36, 37, 38, 42, 44, 46, 49, 51
LOW_TOM, MID_TOM, HIGH_TOM = 43, 47, 50


@dataclass(frozen=True, slots=True)
class Note:
    """A note in beats from the song's start."""

    beat: float
    length: float
    key: int
    velocity: int


# Bar, first beat in it, length in beats, root, voicing: each voice moves by a step or stays.
HARMONY = (
    (0, 0, 4, 33, (60, 64, 67, 71)),  # Am9
    (1, 0, 4, 38, (60, 64, 66, 71)),  # D13
    (2, 0, 4, 31, (59, 62, 66, 69)),  # Gmaj9
    (3, 0, 4, 36, (59, 62, 64, 67)),  # Cmaj9
    (4, 0, 2, 30, (57, 60, 64, 66)),  # F#m7b5
    (4, 2, 2, 35, (57, 60, 63, 66)),  # B7b9
    (5, 0, 4, 28, (55, 59, 62, 66)),  # Em9
)
COMPING = ((0, 1.2, 78), (1.5, 0.4, 66), (2.75, 1.0, 72))  # beat, length, velocity
HALF_COMPING = ((0, 0.7, 76), (0.75, 0.3, 62), (1.5, 0.45, 70))

TUNE = (  # beat from the start, length, key, velocity
    (0.5, 0.45, 71, 78), (1.0, 0.45, 72, 84), (1.5, 1.15, 76, 100), (2.75, 0.25, 74, 80),
    (3.0, 0.5, 72, 88), (3.5, 0.5, 71, 80), (4.0, 1.3, 69, 96), (5.5, 0.4, 66, 72),
    (6.0, 0.45, 69, 80), (6.5, 1.4, 71, 92),
    (8.5, 0.45, 69, 78), (9.0, 0.45, 71, 84), (9.5, 1.15, 74, 102), (10.75, 0.25, 72, 80),
    (11.0, 0.5, 71, 88), (11.5, 0.5, 69, 80), (12.0, 1.3, 67, 96), (13.5, 0.4, 64, 72),
    (14.0, 0.45, 67, 82), (14.5, 0.5, 71, 90), (15.0, 0.9, 74, 98),
    (16.5, 0.45, 72, 90), (17.0, 0.45, 76, 98), (17.5, 0.45, 79, 106), (18.0, 0.7, 78, 108),
    (18.75, 0.25, 75, 92), (19.0, 0.45, 72, 88), (19.5, 0.45, 69, 82),
    (20.0, 0.5, 66, 84), (20.5, 2.9, 67, 92), (21.5, 1.9, 74, 78),
)  # fmt: skip


def bass() -> Iterable[Note]:
    """Roots on the beat, a pushed fifth and octave, and a step into the next root."""
    for at, (bar, first, length, root, _) in enumerate(HARMONY):
        start = bar * 4 + first
        following = HARMONY[at + 1][3] if at + 1 < len(HARMONY) else None
        if following is None:
            yield Note(start, 3.2, root, 100)
            yield Note(start + 2.5, 0.8, root + 12, 70)
            return
        yield Note(start, 0.65, root, 104)
        yield Note(start + 0.75, 0.22, root, 74)
        if length == 4:
            yield Note(start + 1.5, 0.45, root + 7, 92)
            yield Note(start + 2.25, 0.22, root, 70)
            yield Note(start + 2.5, 0.6, root + 12, 98)
        step = 1 if following < root else -1
        yield Note(start + length - 0.5, 0.42, following + step, 88)


def chords() -> Iterable[Note]:
    """Rootless voicings, comped against the beat; the last one rings."""
    for bar, first, length, root, voicing in HARMONY:
        start = bar * 4 + first
        rhythm = COMPING if length == 4 else HALF_COMPING
        if root == HARMONY[-1][3]:
            rhythm = ((0, 3.4, 74),)
        for beat, held, velocity in rhythm:
            for voice, key in enumerate(voicing):
                yield Note(start + beat + 0.012 * voice, held, key, velocity - 3 * (voice < 3))


def melody() -> Iterable[Note]:
    """A motif, its answer a tone lower, a climb over the dominant, and home."""
    return (Note(*event) for event in TUNE)


def drums() -> Iterable[Note]:
    """A swung sixteenth groove with ghost notes, a fill into the last bar, and a stop."""
    for bar in range(5):
        yield from groove(bar * 4, fill=bar == 4)
    yield from (Note(20, 3, CRASH, 78), Note(20, 0.8, KICK, 116), Note(20.75, 0.5, KICK, 84))
    yield from (Note(21, 1, SNARE, 100), Note(21.5, 0.5, KICK, 96), Note(21.75, 0.4, RIM, 70))
    for step, velocity in enumerate((64, 40, 56, 36, 60, 42)):
        yield Note(20 + step / 2, 0.4, RIDE if step % 2 == 0 else PEDAL, velocity)
    yield from (Note(22.75, 0.5, LOW_TOM, 72), Note(23, 0.9, KICK, 104))


def groove(start: float, *, fill: bool) -> Iterable[Note]:
    """One bar from `start` in beats; with a fill its second half goes round the toms."""
    for beat, velocity in ((0, 114), (0.75, 84), (2.5, 108)):
        if not (fill and beat > 2):
            yield Note(start + beat, 0.6, KICK, velocity)
    yield Note(start + 1, 0.9, SNARE, 106)
    for beat, velocity in ((1.75, 36), (2.25, 42)):
        yield Note(start + beat, 0.4, SNARE, velocity)
    for step in range(8 if fill else 16):
        accent = (66, 34, 52, 38)[step % 4]
        opens = step == 14
        yield Note(start + step / 4, 0.45 if opens else 0.2, OPEN if opens else CLOSED, accent)
    if not fill:
        yield Note(start + 3, 0.9, SNARE, 104)
        return
    for step, key in enumerate((SNARE, HIGH_TOM, HIGH_TOM, MID_TOM, MID_TOM, LOW_TOM, LOW_TOM)):
        yield Note(start + 2.25 + step / 4, 0.6, key, 80 + 4 * step)


def ticks(note: Note, dice: random.Random) -> tuple[int, int, int, int]:
    """Start and end in ticks, key and velocity, swung and humanised."""
    sixteenth = round(note.beat * 4, 3)
    late = SWING if sixteenth % 2 == 1 else 0.0
    start = round((note.beat + late) * DIVISION) + dice.randint(-HUMAN_TICKS, HUMAN_TICKS)
    velocity = note.velocity + dice.randint(-HUMAN_VELOCITY, HUMAN_VELOCITY)
    start = max(0, start)
    return start, start + round(note.length * DIVISION), note.key, min(127, max(1, velocity))


def track(channel: int, notes: Iterable[Note], dice: random.Random) -> Any:
    """A MIDI track of one channel."""
    events = []
    for start, end, key, velocity in (ticks(note, dice) for note in notes):
        events.append((end, 0, key, 0))
        events.append((start, 1, key, velocity))
    messages = mido.MidiTrack([mido.MetaMessage("track_name", name=NAMES[channel])])
    if channel in PROGRAMS:
        messages.append(
            mido.Message("program_change", channel=channel - 1, program=PROGRAMS[channel])
        )
    before = 0
    for tick, starts, key, velocity in sorted(events):
        kind = "note_on" if starts else "note_off"
        messages.append(
            mido.Message(kind, channel=channel - 1, note=key, velocity=velocity, time=tick - before)
        )
        before = tick
    return messages


def compose() -> Any:
    """The whole song as a mido.MidiFile."""
    dice = random.Random(96)  # any number does; this one leaves the first beat on time
    song = mido.MidiFile(type=1, ticks_per_beat=DIVISION)
    tempo = mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(TEMPO_BPM))
    song.tracks.append(
        mido.MidiTrack([mido.MetaMessage("track_name", name="Starling demo"), tempo])
    )
    parts = ((BASS, bass()), (CHORDS, chords()), (MELODY, melody()), (DRUMS, drums()))
    song.tracks.extend(track(channel, notes, dice) for channel, notes in parts)
    return song


if __name__ == "__main__":
    compose().save(Path(__file__).with_name("demo.mid"))
