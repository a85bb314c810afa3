"""How far a part's notes are from their keys, in semitones: bends, tuning, vibrato. Pure.

The wheel of a channel, and of an MPE zone that of the note's own channel too; vibrato by the
modulation wheel, by the pressure of a channel and of a key, as General MIDI 2 has it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from starling.engine.songs.curves import Array, Points, Room, curve, steps
from starling.engine.songs.notes import MAIN, ControlChange
from starling.models.midi.channel import ChannelState
from starling.models.midi.controllers import KEY_PRESSURE, MEMBER_RANGE, VIBRATO_HZ

Point = tuple[float, float]


class Pitch:
    """The pitch of a part over a song of so many frames."""

    def __init__(
        self,
        controls: Sequence[ControlChange],
        sample_rate: int,
        frames: int,
        room: Room = np.zeros,
    ) -> None:
        self._rate = sample_rate
        self._bends: dict[int, Array] = {}
        self._vibrato: dict[int, Points] = {}
        self._keys: dict[tuple[int, int], Points] = {}
        for channel in sorted({control.channel for control in controls}):
            own = [control for control in controls if control.channel == channel]
            bends, vibrato, keys = _points(own, channel)
            if any(value for _, value in bends):
                self._bends[channel] = curve(bends, 0.0, sample_rate, frames, room)
            if any(value for _, value in vibrato):
                self._vibrato[channel] = vibrato
            self._keys.update({(channel, key): points for key, points in keys.items()})

    def __bool__(self) -> bool:
        return bool(self._bends or self._vibrato or self._keys)

    def over(self, channel: int, key: int, start: int, count: int) -> Array | None:
        """The pitch of a note over `count` frames from `start` on; None where it is its key's.

        Past the song's end there are fewer values.
        """
        channels = dict.fromkeys((MAIN, channel))
        bends = [self._bends[each] for each in channels if each in self._bends]
        depths = [self._vibrato[each] for each in channels if each in self._vibrato]
        depths += [self._keys[channel, key]] if (channel, key) in self._keys else []
        found: Array | None = None
        for bend in bends:
            part = bend[start : start + count]
            found = part if found is None else found + part
        if depths:
            depth = sum(steps(each, self._rate, start, count) for each in depths)
            if np.any(depth):
                at = np.arange(start, start + count)
                wave = np.sin(2 * math.pi * VIBRATO_HZ / self._rate * at)
                vibrato = np.asarray(depth * wave, np.float32)
                found = vibrato if found is None else found + vibrato[: len(found)]
        return found if found is not None and np.any(found) else None


def _points(
    controls: Sequence[ControlChange], channel: int
) -> tuple[list[Point], list[Point], dict[int, list[Point]]]:
    """What one channel's controls change: its bend and tuning, its vibrato, and that of keys."""
    state = ChannelState()
    if channel != MAIN:
        state.set_bend_range(MEMBER_RANGE)
    bends, vibrato = [(0.0, 0.0)], [(0.0, 0.0)]
    keys: dict[int, list[Point]] = defaultdict(list)
    for control in controls:
        state.control(control.number, control.value)
        if state.pitch != bends[-1][1]:
            bends.append((control.time, state.pitch))
        if state.vibrato != vibrato[-1][1]:
            vibrato.append((control.time, state.vibrato))
        pressed = {control.number - KEY_PRESSURE} if control.number >= KEY_PRESSURE else set()
        for key in pressed | {each for each, points in keys.items() if points[-1][1]}:
            keys[key].append((control.time, state.key_vibrato(key)))
    return bends[1:], vibrato[1:], keys
