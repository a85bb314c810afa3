"""Presets of a plugin played by a plain DawDreamer script: no sandbox, no embedding, no library.

    seconds = render_bare(plugin, write_programs(presets, folder), jobs=2)

Each of `jobs` processes makes one instance of the plugin and plays its share of the presets, a note
each, one after the other. Preset files (.fxp) lie ready; Python's and the plugin's start counts. As
a script it is one of the processes: PLUGIN FOLDER NUMBER JOBS. It imports nothing of Starling.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

NOTE = (60, 100, 0.0, 0.65)  # key, velocity, start and length in seconds: as a library's presets
SECONDS = 1.0
RATE = 44_100
BLOCK = 512


def write_programs(presets: Iterable[Mapping[str, float]], folder: Path) -> int:
    """Write amsynth's presets as .fxp files into a folder; how many there are."""
    from starling.presets.formats import amsynth, fxp

    count = 0
    folder.mkdir(parents=True, exist_ok=True)
    for count, values in enumerate(presets, 1):
        chunk = amsynth.chunk("bare", amsynth.SCHEMA.validate(values))
        program = fxp.Program(amsynth.VST2_ID, "bare", len(amsynth.PARAMETERS), chunk=chunk)
        (folder / f"{count:06}.fxp").write_bytes(fxp.write(program))
    return count


def render_bare(plugin: Path, folder: Path, jobs: int) -> float:
    """Seconds until the processes have played all presets of a folder."""
    began = time.perf_counter()
    parts = [
        subprocess.Popen(
            [sys.executable, __file__, str(plugin), str(folder), str(part), str(jobs)],
            stderr=subprocess.DEVNULL,  # the plugin's chatter
        )
        for part in range(jobs)
    ]
    codes = [each.wait() for each in parts]
    assert not any(codes), f"the bare renders ended with {codes}"
    return time.perf_counter() - began


def play(plugin: str, files: Iterable[Path]) -> float:
    """Play the preset files; the highest peak, which shows that something sounded."""
    import dawdreamer
    import numpy as np

    engine = dawdreamer.RenderEngine(RATE, BLOCK)
    synth = engine.make_plugin_processor("synth", plugin)
    engine.load_graph([(synth, [])])
    peak = 0.0
    for file in files:
        synth.load_preset(str(file))
        synth.clear_midi()
        synth.add_midi_note(*NOTE)
        engine.render(SECONDS)
        peak = max(peak, float(np.abs(engine.get_audio()).max()))
    return peak


if __name__ == "__main__":
    whole = sorted(Path(sys.argv[2]).glob("*.fxp"))
    loudest = play(sys.argv[1], whole[int(sys.argv[3]) :: int(sys.argv[4])])
    sys.exit(not loudest > 0)
