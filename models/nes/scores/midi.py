"""Scores as MIDI files in nesmdb's conventions, exactly and back. Any other MIDI: `arrange`.

time      22,050 ticks a beat at 120 a minute: a tick is a sample at 44.1 kHz
tracks    p1, p2, tr, no, each on a channel of its own; `no` is a drum track, notes 1..16
velocity  1..15 of a note; while it sounds by controller 11; 1 where the triangle has none
timbre    controller 12, at any time
end       a time signature 1/1
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

from starling.models.errors import ParseError
from starling.models.nes.scores import midi_file
from starling.models.nes.scores.midi_file import Message, MidiFile, Track
from starling.models.nes.scores.score import (
    CHIP,
    MAX_FRAMES,
    RATE,
    SAMPLE_RATE,
    VOICES,
    Frames,
    Score,
    samples_of,
)

TICKS_PER_BEAT = 22_050
TEMPO = 500_000  # microseconds per beat
VELOCITY, TIMBRE = 11, 12  # controllers
TRIANGLE = 2
CHANNELS = (0, 1, 2, 9)  # 9: drums
PROGRAMS = (80, 81, 38, 121)  # square lead, saw lead, synth bass 1, breath noise
OFF, ON, CONTROL = range(3)  # the order of messages at one tick
State = tuple[int, int, int]  # note, velocity, timbre
Timed = tuple[int, int, Message]  # tick, order, message


def to_midi(score: Score) -> MidiFile:
    """A score as a file of five tracks: the tempo and the end, then the voices."""
    file: MidiFile = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")  # type: ignore[no-untyped-call]
    starts = [samples_of(frame, score.rate) for frame in range(len(score))]
    begin, end = ((4, 4), (1, 1))
    conductor: list[Timed] = [
        (0, 0, _meta("set_tempo", tempo=TEMPO)),
        (0, 1, _meta("time_signature", numerator=begin[0], denominator=begin[1])),
        (score.samples, 0, _meta("time_signature", numerator=end[0], denominator=end[1])),
    ]
    file.tracks.append(_track(score.name, conductor))
    for voice, name in enumerate(VOICES):
        messages = [*_program(voice), *_messages(score.frames[:, voice], voice, starts, score)]
        file.tracks.append(_track(name, messages))
    return file


def _meta(kind: str, **fields: int | str) -> Message:
    return mido.MetaMessage(kind, **fields)  # type: ignore[no-untyped-call]


def _message(kind: str, voice: int, **fields: int) -> Message:
    return mido.Message(kind, channel=CHANNELS[voice], **fields)  # type: ignore[no-untyped-call]


def _program(voice: int) -> Iterator[Timed]:
    yield 0, OFF, _message("program_change", voice, program=PROGRAMS[voice])


def _track(name: str, messages: list[Timed]) -> Track:
    """A track by its name, its messages in the order of their ticks, with the times between."""
    track: Track = mido.MidiTrack()
    track.append(_meta("track_name", name=name))
    now = 0
    for tick, _, message in sorted(messages, key=lambda each: each[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def _messages(frames: Frames, voice: int, starts: list[int], score: Score) -> Iterator[Timed]:
    """The messages of one voice (N, 3), at the first sample of each frame that changes."""
    before: State = (0, 0, 0)
    for frame in _changes(frames):
        now: State = tuple(frames[frame].tolist())
        for order, message in _change(before, now, voice):
            yield starts[frame], order, message
        before = now
    if before[0]:
        yield score.samples, OFF, _message("note_off", voice, note=before[0])


def _changes(frames: Frames) -> list[int]:
    """The frames of a voice (N, 3) that differ from the one before; silence comes before all."""
    before = np.concatenate([np.zeros((1, 3), np.uint8), frames[:-1]])
    found: list[int] = np.flatnonzero((frames != before).any(axis=1)).tolist()
    return found


def _change(before: State, now: State, voice: int) -> Iterator[tuple[int, Message]]:
    """What ends, begins and changes from one frame to the next."""
    if now[0] != before[0]:
        if before[0]:
            yield OFF, _message("note_off", voice, note=before[0])
        if now[0]:
            yield ON, _message("note_on", voice, note=now[0], velocity=max(now[1], 1))
    elif now[1] != before[1]:
        yield CONTROL, _message("control_change", voice, control=VELOCITY, value=now[1])
    if now[2] != before[2]:
        yield CONTROL, _message("control_change", voice, control=TIMBRE, value=now[2])


def is_score(file: MidiFile) -> bool:
    """Whether a file is in nesmdb's conventions: its resolution, its tracks and its end."""
    names = {track.name for track in file.tracks if any(_is_note(each) for each in track)}
    return file.ticks_per_beat == TICKS_PER_BEAT and names <= set(VOICES) and _end(file) is not None


def _is_note(message: Message) -> bool:
    return bool(message.type == "note_on")


def _end(file: MidiFile) -> int | None:
    """The tick of the time signature 1/1."""
    for track in file.tracks:
        now: int = 0
        for message in track:
            now += message.time
            if message.type == "time_signature" and now and message.numerator == 1:
                return now
    return None


def end_of(file: MidiFile, name: str = "") -> int:
    """The sample at 44.1 kHz where a file's score ends. Raises ParseError."""
    end = _end(file)
    if end is None:
        raise ParseError(f"{name or 'the MIDI'} has no time signature 1/1, where a score ends")
    return end


def from_midi(file: MidiFile, *, rate: float = RATE, name: str = "") -> Score:
    """The score of a file in nesmdb's conventions, in frames of `rate` Hz.

    A frame takes the state that sounds in it for the longest time. Raises ParseError (no such
    file) and InputError (a note or value that the chip does not have).
    """
    end = end_of(file, name)
    count = int(end * rate / SAMPLE_RATE)
    if not 1 <= count <= MAX_FRAMES:
        raise ParseError(f"{name or 'the MIDI'} lasts {end} samples: 1..{MAX_FRAMES:,} frames fit")
    edges = np.array([samples_of(frame, rate) for frame in range(count + 1)])
    frames = np.zeros((count, 4, 3), np.uint8)
    for track in file.tracks:
        if track.name in VOICES:
            voice = VOICES.index(track.name)
            frames[:, voice] = _framed(states(track, voice), edges)
    return Score(frames, rate, end, name)


def states(track: Track, voice: int) -> list[tuple[int, State]]:
    """(tick, state from there on) of a voice's track, in order, from tick 0.

    Of those at one tick the last counts.
    """
    note = velocity = timbre = now = 0
    found = [(0, (0, 0, 0))]
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            note = message.note
            velocity = message.velocity if CHIP[voice].velocity else 0
        elif message.type in ("note_on", "note_off") and message.note == note:
            note = velocity = 0
        elif message.type == "control_change" and message.control == VELOCITY:
            velocity = message.value if note else 0
        elif message.type == "control_change" and message.control == TIMBRE:
            timbre = message.value
        found.append((now, (note, velocity, timbre)))
    return found


def _framed(found: list[tuple[int, State]], edges: NDArray[np.int64]) -> NDArray[np.uint8]:
    """States as frames (N, 3), the edges of which are (N + 1,) ticks."""
    found = [each for each in found if each[0] < edges[-1]]
    times = [*(time for time, _ in found[1:]), int(edges[-1])]
    first = np.searchsorted(edges, [time for time, _ in found], side="right") - 1
    last = np.searchsorted(edges, times, side="left")  # exclusive
    frames = np.zeros((len(edges) - 1, 3), np.uint8)
    shared: dict[int, dict[State, int]] = {}
    for (start, state), end, low, high in zip(found, times, first, last, strict=True):
        if start >= end:
            continue
        frames[low:high] = state
        for frame in {int(low), int(high) - 1}:
            inside = min(end, int(edges[frame + 1])) - max(start, int(edges[frame]))
            durations = shared.setdefault(frame, {})
            durations[state] = durations.get(state, 0) + inside
    for frame, durations in shared.items():
        frames[frame] = max(durations.items(), key=lambda each: (each[0][0] > 0, each[1]))[0]
    return frames


def write(path: Path, score: Score) -> None:
    """Write a score as a MIDI file in nesmdb's conventions."""
    midi_file.write(path, to_midi(score))
