"""Offline render: a song and what plays it, to stems and their mix. The same input, the same bytes.

notes -> tapes -> voices (Faust) -> placed -> the preset's effects ┐
notes -> MIDI -> plugin (DawDreamer, a process of its own) --------┼-> controllers -> inserts
notes -> model -> one-shots, placed -------------------------------┘
                                        -> sum (DawDreamer) -> master inserts (pedalboard)
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.engine import render_kit
from starling.engine.effects import Effects, apply
from starling.engine.generate import Generators
from starling.engine.render_controls import bend_curve, mix_controls
from starling.engine.render_parts import Kit, Part, Patch
from starling.engine.render_plugin import write_track
from starling.engine.render_voices import Tape, tapes
from starling.engine.render_workers import Workers
from starling.engine.song import Song
from starling.models.errors import InputError, PluginError
from starling.presets.formats import STARLING
from starling.presets.pipe import NO_SAMPLES

SAMPLE_RATES = range(22_050, 96_001)  # Hz; below, the synth's filters have nothing left to shape
MAX_TAIL = 60.0  # seconds
BLOCK = 512  # frames of the summing graph
SILENT_PEAK = 1e-5  # -100 dB
PLUGIN_START_S = 60.0  # a plugin may take this long to load
PLUGIN_SLOWEST = 4.0  # and this many seconds for a second of sound
Array = NDArray[np.float32]
Progress = Callable[[float, str], None]
Reel = list[tuple[Tape, Future[Array]]]  # a track's tapes and what becomes of them


@dataclass(frozen=True, slots=True)
class Options:
    """How to render: `sample_rate` in Hz, `tail` in seconds after the last note."""

    sample_rate: int = 44_100
    tail: float = 2.0
    effects: Effects = field(default_factory=Effects)

    def __post_init__(self) -> None:
        if self.sample_rate not in SAMPLE_RATES:
            legal = f"{SAMPLE_RATES.start}..{SAMPLE_RATES.stop - 1}"
            raise InputError(f"rate must be {legal} Hz, got {self.sample_rate}")
        if not 0 <= self.tail <= MAX_TAIL:
            raise InputError(f"tail must be 0..{MAX_TAIL:g} s, got {self.tail:g}")


@dataclass(frozen=True, slots=True)
class Mix:
    """What came out, (2, frames) float32 each: `stems` by channel, before the master inserts."""

    master: Array
    stems: Mapping[int, Array]
    sample_rate: int


class Renderer:
    """Renders songs with `jobs` processes, which stay warm from one song to the next.

    Use it as a context. Ctrl-C, or an exception raised by `progress`, ends a render; leaving the
    context ends the processes.
    """

    def __init__(self, generators: Generators, jobs: int) -> None:
        self.generators = generators
        self.workers = Workers(jobs)

    def render(
        self,
        song: Song,
        parts: Sequence[Part],
        options: Options,
        progress: Progress = lambda fraction, text: None,
    ) -> Mix:
        """Render the parts of a song; `progress(fraction, text)` runs in the caller's thread.

        Raises InputError, MissingError, and PluginError for a synth that fails or stays silent.
        """
        _check_tracks(options.effects, song)
        frames = round((song.seconds + options.tail) * options.sample_rate)
        with tempfile.TemporaryDirectory(prefix="starling-render-") as folder:
            stems = _Session(self, parts, options, frames, Path(folder), progress).stems()
        progress(0.95, "mixing")
        master = add(list(stems.values()), options.sample_rate)
        return Mix(
            apply(options.effects.master, master, options.sample_rate), stems, options.sample_rate
        )

    def close(self) -> None:
        """End the processes."""
        self.workers.close()

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Session:
    """One render: everything is handed out first, then collected in a fixed order."""

    def __init__(
        self,
        renderer: Renderer,
        parts: Sequence[Part],
        options: Options,
        frames: int,
        folder: Path,
        progress: Progress,
    ) -> None:
        self._renderer = renderer
        self._parts = {part.track.channel: part for part in parts}
        self._options = options
        self._rate = options.sample_rate
        self._frames = frames
        self._folder = folder
        self._progress = progress
        self._done = self._total = 0

    def stems(self) -> dict[int, Array]:
        """Every track, after its inserts."""
        reels = {n: self._submit_tapes(p) for n, p in self._parts.items() if _is_starling(p)}
        whole = {n: self._submit_plugin(p) for n, p in self._parts.items() if _is_plugin(p)}
        kits = {n: self._kit(p) for n, p in self._parts.items() if isinstance(p.source, Kit)}
        for channel, reel in reels.items():
            whole[channel] = self._submit_effects(self._parts[channel], reel)
        return {
            channel: self._finished(part, kits.pop(channel, None), whole.get(channel))
            for channel, part in self._parts.items()
        }

    def _submit_tapes(self, part: Part) -> Reel:
        assert isinstance(part.source, Patch)
        from starling.presets.faust_synth import read_schema

        values = read_schema().validate(part.source.values or {})
        bend = bend_curve(part.track.controls, self._rate, self._frames)
        reel = tapes(part.track.notes, values["amp_release"], self._rate, self._frames)
        header = {"job": "voices", "values": values, "rate": self._rate}
        self._total += len(reel) + 1
        return [(tape, self._submit_tape(tape, header, bend)) for tape in reel]

    def _submit_tape(
        self, tape: Tape, header: Mapping[str, object], bend: Array | None
    ) -> Future[Array]:
        bent = NO_SAMPLES if bend is None else tape.cut(bend)
        full = {**header, "slots": tape.json(), "frames": tape.frames}
        return self._renderer.workers.submit(full, bent)

    def _submit_effects(self, part: Part, reel: Reel) -> Future[Array]:
        assert isinstance(part.source, Patch)
        song = np.zeros((2, self._frames), np.float32)
        for tape, future in reel:
            tape.place(self._await(future, part.title), song)
        header = {"job": "effects", "values": dict(part.source.values or {}), "rate": self._rate}
        return self._renderer.workers.submit(header, song)

    def _submit_plugin(self, part: Part) -> Future[Array]:
        assert isinstance(part.source, Patch)
        midi = self._folder / f"{part.track.channel}.mid"
        write_track(part.track, midi)
        header = {
            "job": "plugin",
            "plugin": part.source.synth,
            "values": None if part.source.values is None else dict(part.source.values),
            "midi": str(midi),
            "frames": self._frames,
            "rate": self._rate,
        }
        self._total += 1
        slowest = PLUGIN_START_S + PLUGIN_SLOWEST * self._frames / self._rate
        return self._renderer.workers.submit_alone(header, slowest)

    def _kit(self, part: Part) -> Array:
        assert isinstance(part.source, Kit)
        self._progress(0.0, f"generating {part.title}")
        generators = self._renderer.generators
        return render_kit.play(part.source, part.track.notes, generators, self._rate, self._frames)

    def _finished(self, part: Part, ready: Array | None, future: Future[Array] | None) -> Array:
        if future is not None:
            ready = self._await(future, part.title)
        assert ready is not None
        channel = part.track.channel
        if _is_plugin(part) and float(np.abs(ready).max(initial=0.0)) < SILENT_PEAK:
            raise PluginError(f"{part.title} made no sound for channel {channel}")
        mixed = mix_controls(ready, part.track.controls, self._rate)
        return apply(self._options.effects.tracks.get(channel, ()), mixed, self._rate)

    def _await(self, future: Future[Array], text: str) -> Array:
        result = future.result()
        self._done += 1
        self._progress(0.9 * self._done / self._total, text)
        return result


def add(stems: Sequence[Array], sample_rate: int) -> Array:
    """The sum of stems (2, frames) of one length, through a DawDreamer graph."""
    import dawdreamer

    engine = dawdreamer.RenderEngine(sample_rate, BLOCK)
    names = [f"stem{at}" for at in range(len(stems))]
    nodes: list[tuple[Any, list[str]]] = [
        (engine.make_playback_processor(name, np.ascontiguousarray(stem)), [])
        for name, stem in zip(names, stems, strict=True)
    ]
    nodes.append((engine.make_add_processor("mix", [1.0] * len(stems)), names))
    engine.load_graph(nodes)
    frames = stems[0].shape[1]
    engine.render((frames + 0.5) / sample_rate)  # it rounds down to whole frames
    return np.array(engine.get_audio()[:, :frames], np.float32)


def _is_starling(part: Part) -> bool:
    return isinstance(part.source, Patch) and part.source.synth == STARLING


def _is_plugin(part: Part) -> bool:
    return isinstance(part.source, Patch) and part.source.synth != STARLING


def _check_tracks(effects: Effects, song: Song) -> None:
    for channel in effects.tracks:
        if channel not in song.tracks:
            there = ", ".join(map(str, song.tracks))
            raise InputError(
                f"effects: track {channel} of {song.name} has no notes; those with notes: {there}"
            )
