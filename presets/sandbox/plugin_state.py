"""Preset files that only a plugin itself understands, through the plugin in a disposable process.

    with PluginStates() as states:
        loaded = states.of(path).load(data, ".vstpreset")

A state may hold more than parameters (samples, wavetables), which is found out by playing both.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starling.models.closing import Closing
from starling.models.errors import PluginError, StarlingError
from starling.presets.sandbox.pipe import Message
from starling.presets.sandbox.process import WorkerProcess
from starling.presets.sandbox.worker import HUNG

__all__ = ["LoadedState", "PluginState", "PluginStates", "SavedState"]

WORKER = "starling.presets.sandbox.plugin_state_worker"
TIMEOUT_S = 60.0  # a large plugin's first start


@dataclass(frozen=True, slots=True)
class SavedState:
    """A preset file's bytes, and the plugin's maker and name, which name the folder for it."""

    data: bytes
    vendor: str
    name: str


@dataclass(frozen=True, slots=True)
class LoadedState:
    """What a file makes of a plugin: the positions 0..1 of all parameters, and whether they are all
    of it: where not, only the file itself gives its sound.
    """

    positions: tuple[float, ...]
    is_whole: bool


class PluginState:
    """One plugin; its process starts at the first question and again after it died.

    All methods raise PluginError when the plugin refuses, crashes or hangs.
    """

    def __init__(self, path: Path, niceness: int = 0) -> None:
        self._path = path
        self._niceness = niceness
        self._process: WorkerProcess | None = None
        self._identity: str | PluginError | None = None
        self._hung: StarlingError | None = None

    def identity(self) -> str:
        """What its preset files are marked with: four letters (VST2) or a class id (VST3)."""
        if self._identity is None:
            try:
                self._identity = str(self._exchanged({"op": "identity"}).header["id"])
            except PluginError as exc:
                self._identity = exc  # a plugin that hangs is not waited for once for each file
        if isinstance(self._identity, PluginError):
            raise self._identity
        return self._identity

    def load(self, data: bytes, suffix: str) -> LoadedState:
        """The parameters after the plugin has read a file's bytes."""
        content = base64.b64encode(data).decode("ascii")
        reply = self._exchanged({"op": "load", "data": content, "suffix": suffix})
        positions = tuple(float(position) for position in reply.samples[0])
        return LoadedState(positions, bool(reply.header["whole"]))

    def save(self, positions: Sequence[float]) -> SavedState:
        """A .vstpreset of a VST3 plugin with these positions, one a parameter."""
        header = self._exchanged({"op": "save", "positions": list(positions)}).header
        return SavedState(base64.b64decode(header["data"]), header["vendor"], header["name"])

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            self._process = None

    def _exchanged(self, request: dict[str, Any]) -> Message:
        if self._hung:
            raise self._hung  # waited for once, not once for each file
        if self._process is None or not self._process.alive:
            self.close()
            arguments = (WORKER, str(self._path))
            self._process = WorkerProcess(
                self._path.name, arguments, synth=str(self._path), niceness=self._niceness
            )
        try:
            self._process.send(Message(request))
            return self._process.receive(TIMEOUT_S)
        except StarlingError as exc:
            if exc.code == HUNG:
                self._hung = exc
            if not self._process.alive:
                self._process = None  # it has cleaned up after itself
            raise


class PluginStates(Closing):
    """The plugins opened so far, each with its process until the end of the `with`.

    `niceness` is that of a `Sandbox`.
    """

    def __init__(self, niceness: int = 0) -> None:
        self._niceness = niceness
        self._plugins: dict[Path, PluginState] = {}

    def of(self, path: Path) -> PluginState:
        """A plugin by its path."""
        return self._plugins.setdefault(path, PluginState(path, self._niceness))

    def close(self) -> None:
        """End the processes of all plugins."""
        for plugin in self._plugins.values():
            plugin.close()
