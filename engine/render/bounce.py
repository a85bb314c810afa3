"""Offline render: a song and what plays it, to stems and their mix. The same input, the same bytes.

notes -> tapes -> voices (Faust) -> placed -> the preset's effects ┐
notes -> MIDI -> plugin (DawDreamer, a process of its own) --------┼-> controllers -> inserts
notes -> model -> one-shots, placed -------------------------------┤
notes -> model -> textures, held ----------------------------------┘
                                        -> sum (DawDreamer) -> master inserts (pedalboard)
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.engine.render import chip_voices, held_textures, one_shots
from starling.engine.render.chip_voices import ChipVoice
from starling.engine.render.controllers import EXPRESSION, bend_curve, mix_controls
from starling.engine.render.effects import Effects, apply
from starling.engine.render.notes import ControlChange
from starling.engine.render.parts import HeldTexture, Kit, Part, Patch
from starling.engine.render.plugin_track import write_track
from starling.engine.render.song import Song
from starling.engine.render.voice_tapes import Tape, tapes
from starling.engine.render.worker_pool import Workers
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.store import SoundStore
from starling.models.closing import Closing
from starling.models.errors import InputError, PluginError, StarlingError
from starling.presets.formats.table import STARLING
from starling.presets.sandbox.pipe import NO_SAMPLES
from starling.presets.synths.faust import SAMPLE_RATES
from starling.presets.synths.protocol import NOTE_BY_NOTE

MAX_TAIL = 60.0  # seconds
BLOCK = 512  # frames of the summing graph
SILENT_PEAK = 1e-5  # -100 dB
PLUGIN_START_S = 60.0  # a plugin may take this long to load
REPORT_S = 0.1
EFFECTS_RANK = -1e12  # before any voices, so that a track is mixed while others are played
PLUGIN_SLOWEST = 4.0  # and this many seconds for a second of sound
Array = NDArray[np.float32]
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class BounceOptions:
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


class Renderer(Closing):
    """Renders songs with `jobs` processes, which stay warm from one song to the next.

    Processes that were started before may be handed over instead of their number.

    Ctrl-C, or an exception raised by `progress`, ends a render; `close` ends the processes.
    """

    def __init__(
        self, generators: Generators, jobs: int | Workers, store: SoundStore | None = None
    ) -> None:
        self.generators = generators
        self.store = store  # of sounds that were made before; None makes all anew
        self.workers = Workers(jobs) if isinstance(jobs, int) else jobs

    def render(
        self,
        song: Song,
        parts: Sequence[Part],
        options: BounceOptions,
        progress: Progress = lambda fraction, text: None,
    ) -> Mix:
        """Render the parts of a song; `progress(fraction, text)` runs in the caller's thread.

        Raises InputError, MissingError, and PluginError for a synth that fails or stays silent.
        """
        _check_tracks(options.effects, song)
        frames = round((song.seconds + options.tail) * options.sample_rate)
        with tempfile.TemporaryDirectory(prefix="starling-render-") as folder:
            stems = _Render(self, options, frames, Path(folder)).stems(parts, progress)
        progress(0.95, "mixing")
        master = add(list(stems.values()), options.sample_rate)
        return Mix(
            apply(options.effects.master, master, options.sample_rate), stems, options.sample_rate
        )

    def close(self) -> None:
        """End the processes."""
        self.workers.close()


class _Render:
    """One render: a thread a track waits for the processes, then mixes what they made."""

    def __init__(
        self, renderer: Renderer, options: BounceOptions, frames: int, folder: Path
    ) -> None:
        self._workers = renderer.workers
        self._generators = renderer.generators
        self._store = renderer.store
        self._options = options
        self._rate = options.sample_rate
        self._frames = frames
        self._folder = folder
        self._futures: list[Future[Array]] = []
        self._stopped = threading.Event()

    def stems(self, parts: Sequence[Part], progress: Progress) -> dict[int, Array]:
        """Every track after its inserts, in the order of the parts."""
        with ThreadPoolExecutor(len(parts), thread_name_prefix="track") as threads:
            tracks = [threads.submit(self._stem, part) for part in parts]
            try:
                self._watch(tracks, progress)
                stems = [track.result() for track in tracks]
            except BaseException as exc:
                self._give_up(exc)
                raise
        return {part.track.channel: stem for part, stem in zip(parts, stems, strict=True)}

    def _watch(self, tracks: Sequence[Future[Array]], progress: Progress) -> None:
        """Report until all tracks are done, or one has failed."""
        waiting: Collection[Future[Array]] = tracks
        while waiting:
            done, waiting = wait(tracks, timeout=REPORT_S, return_when=FIRST_EXCEPTION)
            for track in done:
                track.result()
            jobs = [*self._futures, *tracks]
            ready = sum(job.done() for job in jobs)
            progress(0.9 * ready / len(jobs), f"{len(done)} of {len(tracks)} tracks are done")

    def _give_up(self, exc: BaseException) -> None:
        """End the tracks' threads: nothing more begins, and after Ctrl-C nothing goes on."""
        self._stopped.set()
        for future in self._futures:
            future.cancel()
        if not isinstance(exc, StarlingError):
            self._workers.close()

    def _stem(self, part: Part) -> Array:
        """One track, in its own thread."""
        if isinstance(part.source, Kit):
            notes = part.track.notes
            audio = one_shots.play(
                part.source, notes, self._generators, self._store, self._rate, self._frames
            )
        elif isinstance(part.source, HeldTexture):
            audio = held_textures.play(
                part.source,
                part.track.notes,
                self._generators,
                self._rate,
                self._frames,
                self._stopped.is_set,
            )
        elif isinstance(part.source, ChipVoice):
            audio = chip_voices.play(part.source, part.track, self._rate, self._frames)
        elif part.source.synth == STARLING:
            audio = self._starling(part, part.source)
        else:
            audio = self._plugin(part, part.source)
        mixed = mix_controls(audio, mixer_controls(part), self._rate)
        return apply(self._options.effects.tracks.get(part.track.channel, ()), mixed, self._rate)

    def _starling(self, part: Part, patch: Patch) -> Array:
        """A preset of Starling's synth: voices on tapes, their sum through the preset's effects."""
        from starling.presets.synths.faust import read_schema

        values = read_schema().validate(patch.values or {})
        bend = bend_curve(part.track.controls, self._rate, self._frames)
        reel = tapes(part.track.notes, values["amp_release"], self._rate, self._frames)
        header = {"values": values, "rate": self._rate}
        length = sum(tape.frames for tape in reel)
        futures = [self._submit_tape(tape, header, bend, -length) for tape in reel]
        song = np.zeros((2, self._frames), np.float32)
        for tape, future in zip(reel, futures, strict=True):
            tape.place(future.result(), song)
        job = {"job": "effects", **header}
        return self._kept(self._workers.submit(job, song, EFFECTS_RANK)).result()

    def _submit_tape(
        self, tape: Tape, header: Mapping[str, object], bend: Array | None, rank: float
    ) -> Future[Array]:
        """Long tracks have low ranks: what is left to the end should be short."""
        full = {"job": "voices", **header, "slots": tape.json(), "frames": tape.frames}
        bent = NO_SAMPLES if bend is None else tape.cut(bend)
        return self._kept(self._workers.submit(full, bent, rank))

    def _plugin(self, part: Part, patch: Patch) -> Array:
        """A third-party plugin: the whole track in a process of its own."""
        midi = self._folder / f"{part.track.channel}.mid"
        write_track(part.track, midi)
        notes = [(n.start, n.end - n.start, n.key, n.velocity) for n in part.track.notes]
        header = {
            "job": "notes" if patch.synth in NOTE_BY_NOTE else "plugin",
            "plugin": patch.synth,
            "values": None if patch.values is None else dict(patch.values),
            "midi": str(midi),
            "notes": notes if patch.synth in NOTE_BY_NOTE else [],
            "frames": self._frames,
            "rate": self._rate,
        }
        slowest = PLUGIN_START_S + PLUGIN_SLOWEST * self._frames / self._rate
        audio = self._kept(self._workers.submit_alone(header, slowest)).result()
        if float(np.abs(audio).max(initial=0.0)) < SILENT_PEAK:
            raise PluginError(f"{part.title} made no sound for channel {part.track.channel}")
        return audio

    def _kept(self, future: Future[Array]) -> Future[Array]:
        self._futures.append(future)
        return future


def mixer_controls(part: Part) -> Sequence[ControlChange]:
    """The controllers that the mixer applies: not the volumes that the chip itself has played."""
    controls = part.track.controls
    if isinstance(part.source, ChipVoice) and part.track.line is not None:
        return [each for each in controls if each.number != EXPRESSION]
    return controls


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


def _check_tracks(effects: Effects, song: Song) -> None:
    for channel in effects.tracks:
        if channel not in song.tracks:
            there = ", ".join(map(str, song.tracks))
            raise InputError(
                f"effects: track {channel} of {song.name} has no notes; those with notes: {there}"
            )
