"""What the demo does, step by step; what it prints stands in `__main__`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.engine.config import folders
from starling.engine.render.assignments import DRUM_CHANNEL
from starling.engine.render.bounce import HEADROOM_DB, BounceOptions, Renderer
from starling.engine.render.effects import Effects, apply, read_effects
from starling.engine.render.mixing import add, keep_headroom
from starling.engine.render.parts import Kit, Part, Patch, find_preset
from starling.engine.render.playing.plugin_track import write_track
from starling.engine.songs.song import Song
from starling.engine.sounds import wav
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.whole_files import write_whole
from starling.engine.wire.client import Client, Row, connect
from starling.engine.wire.tables.host_parameters import PARAMETERS
from starling.models.artifacts.catalogue import catalogue
from starling.models.errors import MissingError, PluginError, StarlingError
from starling.presets.library.database import LibraryDatabase

ROOT = Path.cwd()  # the checkout: build.py runs the demo there
RATE = 44_100
TAIL = 2.0  # seconds after the last note
START_S = 30.0  # an engine is there within 2; a busy machine takes longer
HOST_S = 180.0
QUIET_PEAK, QUIET_RMS = 0.05, 0.003  # below, something went wrong even if it is not silent
LEVELS = {1: -21.0, 2: -25.0, 3: -22.0, 10: -20.0}  # dB RMS of bass, chords, melody, drums
MODEL = "drums"
BASS_CHANNEL, BASS = 1, "Basement Tenant"
VARIATIONS = next(each.maximum for each in PARAMETERS if each.id == "variation")
Array = NDArray[np.float32]
Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Bounce:
    """What the plugin played: (2, frames), and how many sounds the engine made for it.

    None when the store had them from an earlier run; some more than keys when the plugin, as it
    starts, requests its current sound too.
    """

    audio: Array
    made: int


@dataclass(frozen=True, slots=True)
class FoundSong:
    """The song as the best preset plays it."""

    audio: Array
    patch: Patch
    seconds: float  # that the render took


@contextmanager
def running_engine() -> Iterator[Client]:
    """An engine of this checkout, ended at the end unless it was running before.

    Raises MissingError when it does not come up.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        client = connect(name="demo")
    except StarlingError:
        process = _started()
        client = _connected(process)
    try:
        with client:
            yield client
    finally:
        if process:
            process.terminate()
            process.wait()


def _started() -> subprocess.Popen[bytes]:
    command = shutil.which("starling", path=str(Path(sys.executable).parent))
    if command is None:
        raise MissingError("the command starling is missing; `python3 build.py setup` installs it")
    line = [command, "engine", "--idle-minutes", "5"]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL)


def _connected(process: subprocess.Popen[bytes]) -> Client:
    """A client of the engine that is starting; ends the process when there will be none."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return connect(name="demo")
        except StarlingError:
            time.sleep(0.1)
    process.kill()
    process.wait()
    raise MissingError(f"the engine did not start; its log is in {folders().logs}")


def find_plugin() -> Path:
    """The VST3 that `build.py plugin` built. Raises MissingError."""
    found = sorted((ROOT / "plugin" / "Builds").glob("*/**/Starling.vst3"))
    if not found:
        raise MissingError("the plugin is not built; `python3 build.py plugin` builds it")
    return found[0]


def bounce_plugin(plugin: Path, song: Song, seed: int, output: Path) -> Bounce:
    """Play the song's drums into the plugin, in a host of its own process, and write the bounce.

    Fresh mode: each key has a sound of its own, made from `seed` and the key.
    """
    before = _sounds()
    parameters = {"Mode": 1.0, "Round Robin": 0.0, "Release": 0.5, "Variation": seed / VARIATIONS}
    with tempfile.TemporaryDirectory(prefix="starling-demo-") as name:
        folder = Path(name)
        write_track(song.tracks[DRUM_CHANNEL], folder / "drums.mid")
        request = {
            "plugin": str(plugin),
            "midi": str(folder / "drums.mid"),
            "parameters": parameters,
            "rate": RATE,
            "seconds": song.seconds + TAIL,
            "output": str(folder / "bounce.npy"),
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run_host(folder / "request.json")
        audio = np.load(folder / "bounce.npy", allow_pickle=False)
    keep_headroom(audio, (), HEADROOM_DB)
    check_sound(audio, output)
    return Bounce(audio, len(_sounds() - before))


def _run_host(request: Path) -> None:
    line = [sys.executable, "-P", "-m", "starling.engine.demo.host", str(request)]
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    try:
        done = subprocess.run(
            line, env=environment, capture_output=True, text=True, timeout=HOST_S, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise PluginError(f"the plugin's host was not done after {HOST_S:g} s") from exc
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise PluginError(f"the plugin's host ended with {done.returncode}: {last[0]}")


def _sounds() -> set[str]:
    return {path.name for path in folders().store.glob("*.wav")}


def search(client: Client, recording: Path, k: int) -> list[Row]:
    """The presets that sound nearest to a recording, found by the engine as for the plugin."""
    inbox = Path(client.welcome["inbox"])
    inbox.mkdir(parents=True, exist_ok=True)
    copy = inbox / recording.name
    shutil.copyfile(recording, copy)
    return client.items("search", str(copy), k, "", "")


def render_found(
    song: Song, preset: int, seed: int, chain: Path, output: Path, report: Report
) -> FoundSong:
    """The song: a preset plays chords and melody, over Starling's bass and the model's drums.

    The bass keeps a sound of its own, since few sounds carry chords and low notes alike.
    """
    began = time.monotonic()
    library = LibraryDatabase.open(folders().library)
    try:
        held = library.preset(preset)
    finally:
        library.close()
    patch = Patch(held.synth, held.name, held.bank, held.id, held.values)
    others: dict[int, Patch | Kit] = {
        DRUM_CHANNEL: Kit(MODEL, seed),
        BASS_CHANNEL: find_preset(BASS),
    }
    parts = [Part(track, others.get(channel, patch)) for channel, track in song.tracks.items()]
    effects = read_effects(chain)
    options = BounceOptions(RATE, TAIL, Effects(effects.tracks), headroom=None)
    with Renderer(Generators(catalogue()), os.cpu_count() or 1) as renderer:
        mix = renderer.render(song, parts, options, report)
    master = add([_levelled(stem, LEVELS[n]) for n, stem in mix.stems.items()])
    audio = apply(effects.master, master, RATE)
    keep_headroom(audio, (), HEADROOM_DB)
    check_sound(audio, output)
    return FoundSong(audio, patch, time.monotonic() - began)


def _levelled(stem: Array, level_db: float) -> Array:
    """A stem at the level that the mix needs: presets of 28 banks differ by 30 dB."""
    rms = float(np.sqrt(np.mean(np.square(stem, dtype=np.float64))))
    return stem * np.float32(10 ** (level_db / 20) / max(rms, 1e-6))


def describe(audio: Array) -> str:
    """Length, peak and level of (2, frames), for people."""
    peak = 20 * np.log10(max(1e-6, float(np.abs(audio).max())))
    rms = 10 * np.log10(max(1e-12, float(np.mean(np.square(audio, dtype=np.float64)))))
    return f"{audio.shape[1] / RATE:.1f} s, peak {peak:.1f} dB, RMS {rms:.1f} dB"


def check_sound(audio: Array, output: Path) -> None:
    """Write a sound if it is finite and audible; raises PluginError for silence."""
    peak = float(np.abs(audio).max(initial=0.0))
    rms = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if audio.size else 0.0
    if not np.isfinite(audio).all():
        raise PluginError(f"{output.name} would hold samples that are not numbers")
    if peak < QUIET_PEAK or rms < QUIET_RMS:
        raise PluginError(f"{output.name} would be nearly silent: peak {peak:.4f}, RMS {rms:.5f}")
    write_whole(output, wav.encode(audio, RATE))
