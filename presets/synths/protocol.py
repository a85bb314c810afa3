"""The seam between presets and whatever makes the sound: one Protocol and the table of hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from starling.presets.formats.schema import Schema

__all__ = ["HOSTS", "NOTE_BY_NOTE", "Synth", "open_synth"]


class Synth(Protocol):
    """A synth that plays one note of one preset. Values are in the synth's own units, by name."""

    name: str
    schema: Schema

    def render(
        self,
        values: Mapping[str, float],
        note: int,
        velocity: int,
        note_seconds: float,
        seconds: float,
        sample_rate: int,
    ) -> NDArray[np.float32]:
        """Render `seconds` of audio (2, frames); the key is held for `note_seconds`.

        Deterministic: the same arguments give the same bytes, whatever was rendered before.
        Raises InputError for values the schema refuses, PluginError when the synth fails.
        """
        ...


def _starling() -> Synth:
    from starling.presets.synths.faust import FaustSynth  # loads DawDreamer

    return FaustSynth()


def _amsynth() -> Synth:
    from starling.presets.synths.plugin import AMSYNTH, open_plugin

    return open_plugin(AMSYNTH)


def _dexed() -> Synth:
    from starling.presets.synths.dexed import DexedSynth

    return DexedSynth()


HOSTS: dict[str, Callable[[], Synth]] = {
    "starling": _starling,
    "amsynth": _amsynth,
    "dexed": _dexed,
}


NOTE_BY_NOTE = frozenset({"dexed"})  # these are no plugins: a track is the sum of its notes


def open_synth(name: str) -> Synth:
    """Open a synth IN THIS PROCESS: a name in HOSTS, else a plugin by path or identifier.

    Raises MissingError when it is not installed. Third-party plugins belong in a sandbox.
    """
    if name in HOSTS:
        return HOSTS[name]()
    from starling.presets.synths.plugin import open_plugin

    return open_plugin(name)
