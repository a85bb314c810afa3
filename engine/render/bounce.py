"""Offline render: a song and what plays it, to stems and their mix. The same input, the same bytes.

notes -> tapes -> voices (Faust) -> placed -> the preset's effects ┐
notes -> MIDI -> plugin (DawDreamer, a process of its own) --------┼-> controllers -> inserts
notes -> model -> one-shots, placed -------------------------------┤
notes -> model -> textures, held ----------------------------------┘
                                    -> sum -> master inserts (pedalboard) -> headroom

Whatever is as long as the song lies in `scratch.room` and is worked on in blocks: memory does not
grow with the song, but for third-party plugins, whose host holds what they play.
"""

from __future__ import annotations

import tempfile
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.engine.render.controllers import mix_controls
from starling.engine.render.effects import Effects, Insert, apply
from starling.engine.render.mixing import add, add_to, keep_headroom, peak
from starling.engine.render.parts import HeldTexture, Part, Patch
from starling.engine.render.playing import (
    chip_voices,
    held_textures,
    one_shots,
    synth_effects,
)
from starling.engine.render.playing.chip_voices import ChipVoice
from starling.engine.render.playing.plugin_track import write_track
from starling.engine.render.playing.voice_tapes import Tape, tapes
from starling.engine.render.scratch import room
from starling.engine.render.worker_pool import Workers
from starling.engine.songs.notes import ControlChange, SongNote, softened
from starling.engine.songs.pitch import Pitch
from starling.engine.songs.selectors import find, shown_part
from starling.engine.songs.song import Song
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.store import SoundStore
from starling.models.closing import Closing
from starling.models.errors import InputError, PluginError, StarlingError
from starling.models.midi.controllers import EXPRESSION
from starling.presets.formats.table import STARLING
from starling.presets.sandbox.pipe import NO_SAMPLES
from starling.presets.synths.faust import SAMPLE_RATES
from starling.presets.synths.protocol import NOTE_BY_NOTE

MAX_TAIL = 60.0  # seconds
MAX_HEADROOM = 60.0  # dB
HEADROOM_DB = 1.0  # the mix's peak is at most so far below full scale
IN_FLIGHT = 4  # tapes a process that a track may wait for: what is done waits in memory
SILENT_PEAK = 1e-5  # -100 dB
PLUGIN_START_S = 60.0  # a plugin may take this long to load
REPORT_S = 0.1
EFFECTS_RANK = -1e12  # before any voices, so that a track is mixed while others are played
PLUGIN_SLOWEST = 4.0  # and this many seconds for a second of sound
Array = NDArray[np.float32]
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class BounceOptions:
    """How to render: `sample_rate` in Hz, `tail` in seconds after the song's end.

    A mix whose peak comes nearer to full scale than `headroom` dB is lowered, with its stems; None
    leaves it.
    """

    sample_rate: int = 44_100
    tail: float = 2.0
    effects: Effects = field(default_factory=Effects)
    headroom: float | None = HEADROOM_DB

    def __post_init__(self) -> None:
        if self.sample_rate not in SAMPLE_RATES:
            legal = f"{SAMPLE_RATES.start}..{SAMPLE_RATES.stop - 1}"
            raise InputError(f"rate must be {legal} Hz, got {self.sample_rate}")
        if not 0 <= self.tail <= MAX_TAIL:
            raise InputError(f"tail must be 0..{MAX_TAIL:g} s, got {self.tail:g}")
        if self.headroom is not None and not 0 <= self.headroom <= MAX_HEADROOM:
            raise InputError(f"headroom must be 0..{MAX_HEADROOM:g} dB, got {self.headroom:g}")


@dataclass(frozen=True, slots=True)
class Mix:
    """What came out, (2, frames) float32 each: `stems` by part, before the master inserts.

    `lowered` is by how many dB all were lowered for the headroom.
    """

    master: Array
    stems: Mapping[int, Array]
    sample_rate: int
    lowered: float = 0.0


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
        inserts = _inserts(options.effects, song)
        frames = round((song.seconds + options.tail) * options.sample_rate)
        with tempfile.TemporaryDirectory(prefix="starling-render-") as folder:
            render = _Render(self, options, inserts, frames, Path(folder))
            stems = render.stems(parts, progress)
        progress(0.95, "mixing")
        master = apply(options.effects.master, add(list(stems.values())), options.sample_rate, room)
        lowered = keep_headroom(master, stems.values(), options.headroom)
        return Mix(master, stems, options.sample_rate, lowered)

    def close(self) -> None:
        """End the processes."""
        self.workers.close()


class _Render:
    """One render: a thread a track waits for the processes, then mixes what they made."""

    def __init__(
        self,
        renderer: Renderer,
        options: BounceOptions,
        inserts: Mapping[int, Sequence[Insert]],
        frames: int,
        folder: Path,
    ) -> None:
        self._workers = renderer.workers
        self._generators = renderer.generators
        self._store = renderer.store
        self._inserts = inserts
        self._rate = options.sample_rate
        self._frames = frames
        self._folder = folder
        self._waiting: set[Future[Array]] = set()  # a future that is done would hold its sound
        self._submitted = self._ready = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def stems(self, parts: Sequence[Part], progress: Progress) -> dict[int, Array]:
        """Every track after its inserts, by number, in the order of the parts."""
        groups: dict[int, list[Part]] = {}
        for part in parts:
            groups.setdefault(part.track.number, []).append(part)
        with ThreadPoolExecutor(len(groups), thread_name_prefix="track") as threads:
            tracks = [threads.submit(self._stem, group) for group in groups.values()]
            try:
                self._watch(tracks, progress)
                stems = [track.result() for track in tracks]
            except BaseException as exc:
                self._give_up(exc)
                raise
        return dict(zip(groups, stems, strict=True))

    def _watch(self, tracks: Sequence[Future[Array]], progress: Progress) -> None:
        """Report until all tracks are done, or one has failed."""
        waiting: Collection[Future[Array]] = tracks
        while waiting:
            done, waiting = wait(tracks, timeout=REPORT_S, return_when=FIRST_EXCEPTION)
            for track in done:
                track.result()
            with self._lock:
                ready, jobs = self._ready + len(done), self._submitted + len(tracks)
            progress(0.9 * ready / jobs, f"{len(done)} of {len(tracks)} tracks are done")

    def _give_up(self, exc: BaseException) -> None:
        """End the tracks' threads: nothing more begins, and after Ctrl-C nothing goes on."""
        self._stopped.set()
        with self._lock:
            waiting = list(self._waiting)
        for future in waiting:
            future.cancel()
        if not isinstance(exc, StarlingError):
            self._workers.close()

    def _stem(self, parts: Sequence[Part]) -> Array:
        """One track, in its own thread: what its parts play, through controllers and inserts."""
        first, *others = parts
        audio = self._play(first)
        for part in others:
            add_to(audio, self._play(part))
        mixed = mix_controls(audio, mixer_controls(first), self._rate)
        return apply(self._inserts.get(first.track.number, ()), mixed, self._rate, room)

    def _play(self, part: Part) -> Array:
        """What one part plays, (2, frames)."""
        source, track = part.source, part.track
        if isinstance(source, Patch) and source.synth != STARLING:
            return self._plugin(part, source)
        notes = softened(track.notes)
        pitch = Pitch(track.controls, self._rate, self._frames, room)
        if isinstance(source, Patch):
            return self._starling(notes, pitch, source)
        if isinstance(source, ChipVoice):
            soft = replace(track, notes=tuple(notes))
            return chip_voices.play(source, soft, self._rate, self._frames, pitch, room)
        if isinstance(source, HeldTexture):
            return held_textures.play(
                source,
                notes,
                self._generators,
                self._rate,
                self._frames,
                self._stopped.is_set,
                pitch,
                room,
            )
        return one_shots.play(
            source, notes, self._generators, self._store, self._rate, self._frames, pitch, room
        )

    def _starling(self, notes: Sequence[SongNote], pitch: Pitch, patch: Patch) -> Array:
        """A preset of Starling's synth: voices on tapes, their sum through the preset's effects."""
        from starling.presets.synths.faust import read_schema

        values = read_schema().validate(patch.values or {})
        reel = tapes(notes, values["amp_release"], self._rate, self._frames)
        header = {"values": values, "rate": self._rate}
        length = sum(tape.frames for tape in reel)
        dry = room((2, self._frames))
        waiting: deque[tuple[Tape, Future[Array]]] = deque()
        for tape in reel:
            waiting.append((tape, self._submit_tape(tape, header, pitch, -length)))
            if len(waiting) > IN_FLIGHT * self._workers.count:
                _place(*waiting.popleft(), dry)
        while waiting:
            _place(*waiting.popleft(), dry)

        def effects(piece: Array) -> Array:
            job = {"job": "effects", **header}
            return self._kept(self._workers.submit(job, piece, EFFECTS_RANK)).result()

        return synth_effects.play(dry, values, self._rate, effects, room(dry.shape))

    def _submit_tape(
        self, tape: Tape, header: Mapping[str, object], pitch: Pitch, rank: float
    ) -> Future[Array]:
        """Long tracks have low ranks: what is left to the end should be short."""
        full = {"job": "voices", **header, "slots": tape.json(), "frames": tape.frames}
        bent = tape.cut(pitch.over) if pitch else NO_SAMPLES
        return self._kept(self._workers.submit(full, bent, rank))

    def _plugin(self, part: Part, patch: Patch) -> Array:
        """A third-party plugin: the whole track in a process of its own."""
        name = f"{part.track.number}-{part.track.program}"
        midi, out = self._folder / f"{name}.mid", self._folder / f"{name}.f32"
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
            "out": str(out),
        }
        slowest = PLUGIN_START_S + PLUGIN_SLOWEST * self._frames / self._rate
        self._kept(self._workers.submit_alone(header, slowest)).result()
        audio = room((2, self._frames))
        add_to(audio, np.memmap(out, np.float32, "r", shape=audio.shape))
        out.unlink()
        if peak(audio) < SILENT_PEAK:
            raise PluginError(f"{part.title} made no sound for part {shown_part(part.track)}")
        return audio

    def _kept(self, future: Future[Array]) -> Future[Array]:
        with self._lock:
            self._submitted += 1
            self._waiting.add(future)
        future.add_done_callback(self._done)
        return future

    def _done(self, future: Future[Array]) -> None:
        with self._lock:
            self._ready += 1
            self._waiting.discard(future)


def mixer_controls(part: Part) -> Sequence[ControlChange]:
    """The controllers that the mixer applies: not the volumes that the chip itself has played."""
    controls = part.track.controls
    if isinstance(part.source, ChipVoice) and part.track.line is not None:
        return [each for each in controls if each.number != EXPRESSION]
    return controls


def _place(tape: Tape, future: Future[Array], song: Array) -> None:
    tape.place(future.result(), song)


def _inserts(effects: Effects, song: Song) -> dict[int, Sequence[Insert]]:
    """The inserts by the number of the part. Raises InputError for a part that there is not."""
    found: dict[int, Sequence[Insert]] = {}
    for name, chain in effects.tracks.items():
        for track in find(song, name, "effects"):
            if track.number in found:
                raise InputError(f"effects: part {shown_part(track)} has two chains")
            found[track.number] = chain
    return found
