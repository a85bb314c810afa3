"""The demo's DAW: the built VST3 in DawDreamer, a MIDI file in, audio out.

    python -m starling.engine.demo.host REQUEST.json

Runs in a process of its own, as a plugin does in a host. The request names the plugin, the MIDI
file, host parameters by title (0..1), the length, and the .npy file for what comes out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import dawdreamer
import numpy as np

BLOCK = 512  # frames, as a DAW would have it


def main(request_file: str) -> None:
    """Play the request and write its audio, (2, frames) float32."""
    request: dict[str, Any] = json.loads(Path(request_file).read_text(encoding="utf-8"))
    engine = dawdreamer.RenderEngine(request["rate"], BLOCK)
    plugin = engine.make_plugin_processor("starling", request["plugin"])
    titles = {each["name"]: each["index"] for each in plugin.get_parameters_description()}
    for title, value in request["parameters"].items():
        plugin.set_parameter(titles[title], value)
    plugin.load_midi(request["midi"], clear_previous=True, beats=False, all_events=True)
    engine.load_graph([(plugin, [])])
    engine.render(request["seconds"])
    np.save(request["output"], np.array(engine.get_audio(), np.float32)[:2])


if __name__ == "__main__":
    main(sys.argv[1])
