"""Dexed, the DX7 in software, as a Synth, through the optional package dexed-py.

It is a library and no plugin: nothing is shared between instances but tables that depend on the
sample rate, and each render sets those again. So every note gets an instance of its own, which
takes a tenth of a millisecond, and needs no fork.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import util
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, PluginError
from starling.presets.formats import dx7
from starling.presets.synths.voicing import NoteEvent, check_length

__all__ = ["DexedSynth", "library_file"]

SAMPLE_RATES = range(8_000, 192_001)
MAX_SECONDS = 600.0  # 200 MB of audio
_PLAYING = Lock()  # dexed-py refuses to play at two sample rates at once in a process
MISSING = "Dexed is not installed; run: pip install -e '.[dexed]'"


def library_file() -> Path:
    """The compiled library of dexed-py, which is not loaded. Raises MissingError."""
    spec = util.find_spec("dexed")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    found = sorted(folder.glob("_dexed*")) if folder else []
    if not found:
        raise MissingError(MISSING)
    return found[0]


class DexedSynth:
    """Plays one note of a DX7 voice: mono, on both channels. Raises MissingError when absent."""

    def __init__(self) -> None:
        library_file()
        self.name = dx7.NAME
        self.schema = dx7.SCHEMA

    def render(
        self,
        values: Mapping[str, float],
        note: int,
        velocity: int,
        note_seconds: float,
        seconds: float,
        sample_rate: int,
    ) -> NDArray[np.float32]:
        """One note, float32 (2, round(seconds * sample_rate)). See `Synth.render`.

        Some 2 ms for a second at 44.1 kHz.
        """
        voice = dx7.voice_bytes("", values)
        NoteEvent(0.0, note_seconds, note, velocity)  # refuses what is out of range
        check_length(seconds, sample_rate, MAX_SECONDS, SAMPLE_RATES)
        from dexed import DexedSynth as Engine
        from dexed import Patch

        frames = round(seconds * sample_rate)
        longer = (frames + 0.5) / sample_rate  # it rounds frames down
        with _PLAYING:
            engine = Engine(float(sample_rate))
            engine.load_patch(Patch.from_sysex(voice))
            mono = np.asarray(engine.render(note, velocity, note_seconds, longer), np.float32)
        if len(mono) < frames:
            raise PluginError(f"Dexed made {len(mono)} of {frames} frames")
        return np.repeat(mono[None, :frames], 2, axis=0)
