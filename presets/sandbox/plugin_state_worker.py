"""The process in which a plugin reads and writes preset files that only it understands.

    python -m starling.presets.sandbox.plugin_state_worker PLUGIN

Requests come on stdin, replies go to what was stdout, as in `sandbox_worker`. What only pedalboard
can do (a VST3 plugin's own .vstpreset) is done by pedalboard, the rest by DawDreamer.
"""

from __future__ import annotations

import base64
import ctypes
import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.sound_distance import is_silent
from starling.models.errors import PluginError
from starling.presets.features.spectral_loss import SAMPLE_RATE, SpectralTarget
from starling.presets.formats import vstpreset
from starling.presets.sandbox.pipe import Message, read_message, write_message
from starling.presets.sandbox.worker import failure, private_streams
from starling.presets.synths.plugin import BLOCK, SETTLE_BLOCKS, load_state

VST3 = ".vst3"
NOTE, HELD_S, NOTE_S = 60, 0.4, 0.8  # by which a state and its parameters are compared
SAME_DB = 1.0  # unrelated sounds are 10 dB apart and more
REPEATED = 2.0  # times what a plugin differs from itself is no difference
VST2_ENTRIES = ("VSTPluginMain", "main")
VST2_VERSION = 2400  # of the interface; a plugin queries it when it is loaded
VST2_MAGIC = int.from_bytes(b"VstP", "big")


class AEffect(ctypes.Structure):
    """The start of a VST2 plugin's AEffect, as far as its id."""

    _fields_ = [
        ("magic", ctypes.c_int32),
        ("functions", ctypes.c_void_p * 4),
        ("counts", ctypes.c_int32 * 5),
        ("reserved", ctypes.c_void_p * 2),
        ("delays", ctypes.c_int32 * 3),
        ("ratio", ctypes.c_float),
        ("objects", ctypes.c_void_p * 2),
        ("id", ctypes.c_int32),
    ]


Host = ctypes.CFUNCTYPE(
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_int32,
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_float,
)


def main() -> None:
    """Answer requests until stdin ends."""
    path = Path(sys.argv[1])
    requests, replies = private_streams()
    plugin = _Plugin(path)
    answers: dict[str, Callable[[Mapping[str, Any]], Message]] = {
        "identity": lambda _: Message({"id": _identity(path)}),
        "load": plugin.load,
        "save": lambda request: _save(path, request["positions"]),
    }
    while (request := read_message(requests)) is not None:
        try:
            reply = answers[request.header["op"]](request.header)
        except Exception as exc:  # whatever a plugin raises is its reply, not this process's end
            reply = failure(exc)
        write_message(replies, reply)


class _Plugin:
    """A plugin under DawDreamer; a new instance reads each file, since presets may be partial."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers = itertools.count()
        self._engine: Any = None

    def load(self, request: Mapping[str, Any]) -> Message:
        """All parameters' positions after a file was loaded: (1, parameters).

        `whole` says whether they are all that the file changed: whether a new instance that is set
        to them sounds the same.
        """
        loaded = self._instance()
        load_state(loaded, self._path, base64.b64decode(request["data"]))
        count = len(loaded.get_parameters_description())
        positions = [loaded.get_parameter(index) for index in range(count)]
        sound = self._played(loaded)
        by_positions, once_more = (self._played(self._instance(positions)) for _ in range(2))
        whole = is_same_sound(sound, by_positions, once_more)
        return Message({"whole": whole}, np.array([positions], np.float32))

    def _instance(self, positions: Sequence[float] = ()) -> Any:
        """A new instance, with its parameters at these positions."""
        import dawdreamer

        self._engine = self._engine or dawdreamer.RenderEngine(SAMPLE_RATE, BLOCK)
        name = f"plugin{next(self._numbers)}"
        processor = self._engine.make_plugin_processor(name, str(self._path))
        for index, position in enumerate(positions):
            processor.set_parameter(index, position)
        return processor

    def _played(self, processor: Any) -> NDArray[np.float32]:
        """One note of an instance, (channels, frames), which ends with it."""
        self._engine.load_graph([(processor, [])])
        self._engine.render(SETTLE_BLOCKS * BLOCK / SAMPLE_RATE)
        processor.add_midi_note(NOTE, 100, 0.0, HELD_S)
        self._engine.render(NOTE_S)
        audio = np.array(self._engine.get_audio(), np.float32)
        processor.clear_midi()
        self._engine.remove_processor(processor.get_name())
        return audio


def is_same_sound(
    sound: NDArray[np.float32], other: NDArray[np.float32], again: NDArray[np.float32]
) -> bool:
    """Whether two sounds (channels, frames) are one, as far as a plugin repeats itself.

    `again` is `other` once more: free phases and noise differ each time.
    """
    silent = [is_silent(each.mean(axis=0)) for each in (sound, other)]
    if any(silent):
        return all(silent)
    reference = SpectralTarget(other.mean(axis=0))
    return reference.loss(sound) <= SAME_DB + REPEATED * reference.loss(again)


def _identity(path: Path) -> str:
    """What the plugin's preset files are marked with: a class id, or four letters."""
    if _is_vst3(path):
        return vstpreset.read(_vst3(path).preset_data).class_id
    return _vst2_id(path)


def _save(path: Path, positions: list[float]) -> Message:
    """The .vstpreset of a VST3 plugin with these positions, and where such files belong."""
    plugin = _vst3(path)
    parameters = plugin._parameters  # by index; its public table is by name and leaves some out
    if len(parameters) != len(positions):
        counts = f"{len(parameters)} parameters, not {len(positions)}"
        raise PluginError(f"{path.name} has {counts}; scan it again")
    for parameter, position in zip(parameters, positions, strict=True):
        if abs(parameter.raw_value - position) > 1e-7:
            parameter.raw_value = position
    data = base64.b64encode(plugin.preset_data).decode("ascii")
    return Message({"data": data, "vendor": plugin.manufacturer_name, "name": plugin.name})


def _vst3(path: Path) -> Any:
    import pedalboard

    return pedalboard.VST3Plugin(str(path))


def _is_vst3(path: Path) -> bool:
    return path.suffix.lower() == VST3


def _vst2_id(path: Path) -> str:
    """The unique id in a VST2 plugin's own description of itself."""
    library = ctypes.CDLL(str(path))
    entry = next((getattr(library, n) for n in VST2_ENTRIES if hasattr(library, n)), None)
    if entry is None:
        raise PluginError(f"{path.name} is no VST2 plugin")
    entry.restype = ctypes.POINTER(AEffect)
    effect = entry(_HOST)
    if not effect or effect.contents.magic != VST2_MAGIC:
        raise PluginError(f"{path.name} did not open as a VST2 plugin")
    return int(effect.contents.id).to_bytes(4, "big", signed=True).decode("latin-1")


def _answer(effect: int, op: int, index: int, value: int, pointer: int, option: float) -> int:
    """The least that a host answers: which version of the interface it speaks."""
    return VST2_VERSION if op == 1 else 0


_HOST = Host(_answer)  # lives as long as a plugin may call it


if __name__ == "__main__":
    main()
