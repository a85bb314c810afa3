"""A real host in a process of its own: loads the plugin and does what JSON lines on stdin say.

    python drive.py pedalboard|dawdreamer PLUGIN

Each line is one command, each answer one line. The tests talk to it through `conftest.Host`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

RATE = 44_100
BLOCK = 512
PATIENCE = 5.0  # seconds


class Pedalboard:
    """The plugin in pedalboard, which tells it that it renders offline."""

    def __init__(self, plugin: str) -> None:
        from pedalboard import load_plugin

        self.plugin = load_plugin(plugin)

    def set(self, title: str, value: float) -> None:
        """Set a parameter by its title to a normalised value."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                found = {each.name: each for each in self.plugin.parameters.values()}
                found[title].raw_value = value
                return
            except RuntimeError:  # names follow the model: new ones came while they were read
                if time.monotonic() > end:
                    raise

    def render(self, notes: list[list[float]], seconds: float) -> np.ndarray:
        """Notes are [key, velocity, start, seconds]."""
        import mido

        events = []
        for key, velocity, start, length in notes:
            events.append(mido.Message("note_on", note=key, velocity=velocity, time=start))
            events.append(mido.Message("note_off", note=key, velocity=0, time=start + length))
        events.sort(key=lambda event: event.time)
        return self.plugin(events, duration=seconds, sample_rate=RATE, buffer_size=BLOCK)

    def save(self, path: str) -> None:
        Path(path).write_bytes(self.plugin.raw_state)

    def load(self, path: str) -> None:
        self.plugin.raw_state = Path(path).read_bytes()


class DawDreamer:
    """The plugin in DawDreamer's render graph."""

    def __init__(self, plugin: str) -> None:
        import dawdreamer

        self.engine = dawdreamer.RenderEngine(RATE, BLOCK)
        self.plugin = self.engine.make_plugin_processor("starling", plugin)
        self.engine.load_graph([(self.plugin, [])])

    def set(self, title: str, value: float) -> None:
        """Set a parameter by its title to a normalised value."""
        for entry in self.plugin.get_parameters_description():
            if entry["name"] == title:
                self.plugin.set_parameter(entry["index"], value)
                return
        raise KeyError(title)

    def render(self, notes: list[list[float]], seconds: float) -> np.ndarray:
        """Notes are [key, velocity, start, seconds]."""
        self.plugin.clear_midi()
        for key, velocity, start, length in notes:
            self.plugin.add_midi_note(int(key), int(velocity), start, length)
        self.engine.render(seconds)
        return self.engine.get_audio()

    def save(self, path: str) -> None:
        self.plugin.save_state(path)

    def load(self, path: str) -> None:
        self.plugin.load_state(path)


def obey(host: Pedalboard | DawDreamer, command: dict[str, Any]) -> dict[str, Any]:
    """Carry out one command and answer what came of it."""
    began = time.perf_counter()
    match command:
        case {"set": values}:
            for title, value in values.items():
                host.set(title, value)
        case {"render": {"notes": notes, "seconds": seconds, "out": out}}:
            np.save(out, host.render(notes, seconds))
        case {"save": path}:
            host.save(path)
        case {"load": path}:
            host.load(path)
    return {"seconds": time.perf_counter() - began}


def main() -> None:
    """Load the plugin, say how long that took, and obey until stdin ends."""
    kind, plugin = sys.argv[1:3]
    began = time.perf_counter()
    host = {"pedalboard": Pedalboard, "dawdreamer": DawDreamer}[kind](plugin)
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(host, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
