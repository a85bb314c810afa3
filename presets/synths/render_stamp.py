"""What a synth's sound depends on beside its values, as one hash. Opens no plugin."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from starling.presets.formats import amsynth, dx7
from starling.presets.formats.table import STARLING
from starling.presets.synths.dexed import library_file
from starling.presets.synths.plugin import require_amsynth
from starling.presets.synths.plugin_files import file_hash, plugin_path

PLAY_VERSION = 1  # raise when presets, voicing or auditions play the same values otherwise
DSP = Path(__file__).with_name("starling.dsp")


def render_stamp(synth: str, state: bytes = b"") -> str:
    """A hash (hex) that changes when a synth may play the same note otherwise: its files changed,
    the host did, or our code that plays it (PLAY_VERSION); or the state that it is given.

    Raises MissingError when the synth is not installed, InputError for what is no synth.
    """
    parts = [str(PLAY_VERSION), metadata.version("dawdreamer"), file_hash(_file(synth))]
    parts += [hashlib.sha256(state).hexdigest()] if state else []
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _file(synth: str) -> Path:
    known = _FILES.get(synth)
    return known() if known else plugin_path(synth)


_FILES: dict[str, Callable[[], Path]] = {
    STARLING: lambda: DSP,
    amsynth.NAME: require_amsynth,
    dx7.NAME: library_file,
}
