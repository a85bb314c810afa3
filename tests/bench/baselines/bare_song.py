"""A song rendered by a plain DawDreamer script: one graph in one process, pedalboard, a WAV file.

As a script: JOB.json OUT.wav. The presets' notes are played by Starling's synth in the fastest form
that a graph can have it, one Faust processor a voice (`FaustSynth.track`): DawDreamer's own
polyphony takes 2.5 times as long. The drums are given as WAV files and placed; the effects are
pedalboard's with the same settings. Compiled Faust programs are taken from the same folder as ours.
Nothing of `engine/render` takes part.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import dawdreamer
import numpy as np
import pedalboard
import soundfile
from numpy.typing import NDArray

from starling.presets.synths.faust import FaustSynth
from starling.presets.synths.voicing import NoteEvent

BLOCK = 512
Array = NDArray[np.float32]
Job = dict[str, Any]


def tracks(job: Job) -> list[Array]:
    """The sound of each preset's track, (2, frames), from one graph."""
    rate, seconds = job["rate"], job["frames"] / job["rate"]
    engine, synth = dawdreamer.RenderEngine(rate, BLOCK), FaustSynth()
    nodes: list[Any] = []
    ends = []
    for number, track in enumerate(job["tracks"]):
        notes = [NoteEvent(*note) for note in track["notes"]]
        nodes += synth.track(engine, f"track{number}", track["values"], notes, seconds, rate)
        ends.append(nodes[-1][0])
        ends[-1].record = True
    engine.load_graph(nodes)
    engine.render((job["frames"] + 0.5) / rate)  # it rounds down to whole frames
    return [np.array(end.get_audio()[:, : job["frames"]], np.float32) for end in ends]


def drums(job: Job) -> Array:
    """The ready-made one-shots at their places, (2, frames)."""
    song = np.zeros((2, job["frames"]), np.float32)
    sounds = {name: soundfile.read(name, dtype="float32")[0].T for name in job["sounds"]}
    for name, start, length, fade, gain in job["hits"]:
        sound = sounds[name][:, : min(length, job["frames"] - start)] * np.float32(gain)
        if sound.shape[1] < sounds[name].shape[1]:
            sound[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[-sound.shape[1] :]
        song[:, start : start + sound.shape[1]] += sound
    return song


def inserted(audio: Array, inserts: list[Any], rate: int) -> Array:
    """The sound (2, frames) after its effects."""
    for name, settings in inserts:
        if name == "Pan":  # pedalboard has none: balance with constant power
            angle = (settings["position"] + 1) * math.pi / 4
            gains = np.array([math.cos(angle), math.sin(angle)], np.float32) * math.sqrt(2)
            audio = audio * gains[:, None].astype(np.float32)
        else:
            audio = getattr(pedalboard, name)(**settings)(audio, rate)
    return audio


def main(job_file: str, output: str) -> None:
    """Render the job into a file."""
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    rate = job["rate"]
    stems = [
        inserted(audio, track["inserts"], rate)
        for audio, track in zip(tracks(job), job["tracks"], strict=True)
    ]
    stems.append(inserted(drums(job), job["drum_inserts"], rate))
    master = inserted(np.sum(stems, axis=0), job["master"], rate)
    soundfile.write(output, master.T, rate, subtype="FLOAT")


if __name__ == "__main__":
    main(*sys.argv[1:])
