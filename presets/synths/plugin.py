"""Any VST2, VST3 or AU plugin as a Synth, through DawDreamer, IN THIS PROCESS.

A plugin may abort, hang or scribble over memory: everything but the offline renderer reaches it
through `sandbox`, in a process that can be thrown away.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, PluginError
from starling.presets.formats import amsynth, fxp
from starling.presets.formats.schema import Schema
from starling.presets.synths import introspect
from starling.presets.synths.plugin_files import file_hash, find_plugin, plugin_path

AMSYNTH = amsynth.NAME
BLOCK = 512  # frames; renders start at a block, so that control rates fall on the same frames
SETTLE_BLOCKS = 4  # silence after the values are set: plugins smooth their parameters
CACHE_VARIABLE = "STARLING_SCHEMA_CACHE"  # folder of introspected schemas; set for sandboxes
SCHEMAS = "schemas"  # folder of the library: plugins' parameters by the hash of their file


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that can be hosted: `apply(processor, values)` sets a preset."""

    name: str
    path: Path
    schema: Schema
    apply: Callable[[Any, Mapping[str, float]], None]


def find_amsynth() -> Path | None:
    """The VST2 file of amsynth, if it is installed."""
    return find_plugin("amsynth_vst.so", "amsynth_vst.dll", "amsynth.vst")


def require_amsynth() -> Path:
    """The VST2 file of amsynth. Raises MissingError with the command that installs it."""
    path = find_amsynth()
    if path is None:
        raise MissingError("amsynth is not installed; on Debian: apt install amsynth")
    return path


def open_plugin(identifier: str) -> PluginSynth:
    """Open a plugin by `amsynth`, a path, or a file name in the usual folders.

    Raises MissingError when it is not installed, PluginError when it will not load.
    """
    return PluginSynth(load_plugin(identifier))


def load_plugin(identifier: str) -> Plugin:
    """What is needed to host a plugin; introspects it when it was never met before."""
    special = _SPECIAL_CASES.get(identifier)
    if special:
        return special()
    path = plugin_path(identifier)
    found = _introspected(path)
    return Plugin(str(path), path, found.schema, partial(_set_parameters, found))


def make_processor(engine: Any, plugin: Plugin, name: str) -> Any:
    """A plugin processor of this DawDreamer engine. Raises PluginError when it will not load."""
    try:
        return engine.make_plugin_processor(name, str(plugin.path))
    except RuntimeError as exc:
        raise PluginError(f"{plugin.path.name} cannot be loaded as a plugin: {exc}") from exc


class PluginSynth:
    """A plugin that plays one note of one preset.

    One instance renders one note and is dropped, since plugins keep oscillator phases, tails and
    voices. What a plugin shares between instances (amsynth's noise generator) still carries over
    within a process; the sandbox forks before each render to remove that too.
    """

    def __init__(self, plugin: Plugin) -> None:
        self.name = plugin.name
        self.schema = plugin.schema
        self._plugin = plugin
        self._engines: dict[int, list[Any]] = {}  # engines without an instance, by sample rate
        self._ready: dict[int, list[tuple[Any, Any]]] = {}  # unused processors with their engines
        self._made = 0

    def prepare(self, sample_rate: int, instances: int = 1) -> None:
        """Load instances ahead of the next renders at this rate, until there are so many."""
        ready = self._ready.setdefault(sample_rate, [])
        while len(ready) < instances:
            engine = self._engine(sample_rate)
            self._made += 1
            processor = make_processor(engine, self._plugin, f"instance{self._made}")
            engine.load_graph([(processor, [])])
            ready.append((engine, processor))

    def _engine(self, sample_rate: int) -> Any:
        idle = self._engines.setdefault(sample_rate, [])
        if idle:
            return idle.pop()
        import dawdreamer  # slow to load, and not needed for a schema

        return dawdreamer.RenderEngine(sample_rate, BLOCK)

    def render(
        self,
        values: Mapping[str, float],
        note: int,
        velocity: int,
        note_seconds: float,
        seconds: float,
        sample_rate: int,
        state: bytes = b"",
    ) -> NDArray[np.float32]:
        """Render `seconds` of audio (2, frames), as `Synth.render` says.

        With a `state`, the bytes of a preset file of the plugin's kind, that is loaded and the
        values are not set. Raises PluginError when the plugin refuses it.
        """
        full = self.schema.validate(values)
        self.prepare(sample_rate)
        engine, processor = self._ready[sample_rate].pop()
        if state:
            load_state(processor, self._plugin.path, state)
        else:
            self._plugin.apply(processor, full)
        _play(engine, SETTLE_BLOCKS * BLOCK, sample_rate)
        processor.add_midi_note(note, velocity, 0.0, note_seconds)
        audio = _stereo(_play(engine, round(seconds * sample_rate), sample_rate))
        processor.clear_midi()
        engine.remove_processor(processor.get_name())
        self._engines[sample_rate].append(engine)
        return audio


def _play(engine: Any, frames: int, sample_rate: int) -> NDArray[np.float32]:
    """Render from DawDreamer's time 0, which every render starts at; (channels, frames)."""
    engine.render(frames / sample_rate)
    return np.array(engine.get_audio(), np.float32)


def _stereo(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first two channels; a mono plugin on both sides."""
    return audio[:2] if len(audio) > 1 else np.repeat(audio, 2, axis=0)


def _set_parameters(
    found: introspect.Introspection, processor: Any, values: Mapping[str, float]
) -> None:
    for index, name in enumerate(found.schema.names()):
        processor.set_parameter(index, found.normalised(index, values[name]))


def _introspected(path: Path) -> introspect.Introspection:
    """The plugin's parameters, from the cache when one is named; a sweep takes a second."""
    version = file_hash(path)
    folder = os.environ.get(CACHE_VARIABLE)
    cache = Path(folder) / f"{version}.json" if folder else None
    found = introspect.load(cache) if cache else None
    if found is None:
        import dawdreamer

        bare = Plugin(str(path), path, Schema(str(path), version, ()), lambda *_: None)
        engine = dawdreamer.RenderEngine(44100, BLOCK)  # owns the plugin: must outlive the sweep
        processor = make_processor(engine, bare, "probe")
        found = introspect.introspect(processor, path.stem, version)
        if cache:
            introspect.save(cache, found)
    return found


def _amsynth() -> Plugin:
    return Plugin(amsynth.NAME, require_amsynth(), amsynth.SCHEMA, _load_amsynth_preset)


def _load_amsynth_preset(processor: Any, values: Mapping[str, float]) -> None:
    """Through an .fxp, in amsynth's own units. DawDreamer's `load_state` would open a window."""
    chunk = amsynth.chunk("starling", values)
    program = fxp.Program(amsynth.VST2_ID, "starling", len(amsynth.PARAMETERS), chunk=chunk)
    load_state(processor, Path(amsynth.NAME), fxp.write(program))


def load_state(processor: Any, path: Path, state: bytes) -> None:
    """Let the plugin at a path load the bytes of a preset file. Raises PluginError."""
    suffix = state_suffix(path)
    read = processor.load_vst3_preset if suffix == ".vstpreset" else processor.load_preset
    handle, name = tempfile.mkstemp(suffix=suffix)  # in the sandbox's own folder
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(state)
        if not read(name):
            raise PluginError(f"{path.name} refused a preset")
    except RuntimeError as exc:
        raise PluginError(f"{path.name} refused a preset") from exc
    finally:
        os.unlink(name)


def state_suffix(path: Path) -> str:
    """How a preset file of the plugin at a path ends."""
    return ".vstpreset" if path.suffix.lower() == ".vst3" else ".fxp"


_SPECIAL_CASES: dict[str, Callable[[], Plugin]] = {AMSYNTH: _amsynth}
