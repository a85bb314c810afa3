"""How fast a song is rendered: four tracks, 60 s, presets and generated drums, with effects.

`python3 build.py bench render`. The headline is the whole of a `starling render`, from its start to
its end, as a user runs it again and again; the first one ever (`first_seconds`) compiles the synth
and makes the drums. `new_drums_realtime_factor` is the command with drums that were never made
before, and `warm_realtime_factor` a renderer that has rendered before and has no store.

Baseline, in turns with the command: a plain script, likewise from its start to its end, that
renders the same presets, notes and effects in one DawDreamer graph, with the drums' sounds given as
files (`baselines/bare_song.py`). `ratio_to_bare` is of seconds; `processor_ratio_to_bare` of what
both take of all processors, which does not depend on how many there are.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mido
from baselines.song_job import difference_db, render_bare, write_job
from baselines.timing import alternate, median, processor_seconds, ratio, say

from starling.engine.render.assignments import assign
from starling.engine.render.bounce import BounceOptions, Mix, Renderer
from starling.engine.render.effects import read_effects
from starling.engine.render.parts import resolve
from starling.engine.songs.song import read_song
from starling.engine.sounds import wav
from starling.engine.sounds.generate import Generators
from starling.models.artifacts.catalogue import catalogue
from starling.presets.synths.plugin import SCHEMAS

SECONDS = 60
RATE = 44_100
ROUNDS = 5
TICKS = 960  # a second, at 120 beats a minute
CHAIN = Path("examples/chain.json").resolve()
CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (55, 59, 62, 65), (52, 55, 59, 62))
PROGRAMS = {0: 33, 1: 4, 2: 80}  # finger bass, electric piano, lead
Note = tuple[float, float, int, int]  # start and length in seconds, key, velocity
START = "import sys; from starling.engine.cli.main import main; main()"


def bass(dice: random.Random) -> list[Note]:
    roots = (33, 33, 40, 29, 29, 36, 31, 28)
    return [(at / 2, 0.4, roots[at // 2 % 8], dice.randint(80, 110)) for at in range(SECONDS * 2)]


def chords(dice: random.Random) -> list[Note]:
    return [
        (bar * 2.0, 1.8, key, dice.randint(60, 90))
        for bar in range(SECONDS // 2)
        for key in CHORDS[bar % 4]
    ]


def melody(dice: random.Random) -> list[Note]:
    keys = (69, 72, 76, 74, 79, 81, 76, 72)
    return [(at / 2, 0.4, keys[at % 8], dice.randint(70, 110)) for at in range(SECONDS * 2)]


def drums(dice: random.Random) -> list[Note]:
    beats: list[Note] = []
    for at in range(SECONDS * 4):
        beats.append((at / 4, 0.1, 42 if at % 8 < 7 else 46, dice.randint(40, 80)))
        if at % 4 == 0:
            beats.append((at / 4, 0.2, 36 if at % 8 == 0 else 38, dice.randint(95, 120)))
    return beats


def write_song(path: Path) -> None:
    """A type 1 file of four tracks; the velocities differ from note to note, as in real playing."""
    dice = random.Random(1)
    file = mido.MidiFile(ticks_per_beat=TICKS // 2)
    parts = {0: bass, 1: chords, 2: melody, 9: drums}
    for channel, part in parts.items():
        events = []
        for start, length, key, velocity in part(dice):
            events.append((round(start * TICKS), 1, key, velocity))
            events.append((round((start + length) * TICKS), 0, key, 0))
        program = PROGRAMS.get(channel, 0)
        track = mido.MidiTrack([mido.Message("program_change", channel=channel, program=program)])
        before = 0
        for tick, starts, key, velocity in sorted(events):
            kind = "note_on" if starts else "note_off"
            fields = {"channel": channel, "note": key, "velocity": velocity, "time": tick - before}
            track.append(mido.Message(kind, **fields))
            before = tick
        file.tracks.append(track)
    file.save(path)


def command(song: Path, folder: Path, *more: str) -> tuple[float, bytes]:
    """Seconds of a cold `starling render`, and the file that it wrote."""
    output = folder / "mix.wav"
    words = ["render", str(song), "--effects", str(CHAIN), "-o", str(output), *more]
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-P", "-c", START, *words],
        env={**os.environ, "STARLING_HOME": str(folder / "home")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began, output.read_bytes()


def warm(song: Path) -> tuple[list[float], list[Mix]]:
    """Seconds and results of ROUNDS renders by a renderer that has rendered once before."""
    cards = catalogue()
    read = read_song(song)
    parts = resolve(read, assign(read, []), cards)
    options = BounceOptions(RATE, effects=read_effects(CHAIN))
    times, mixes = [], []
    with Renderer(Generators(cards), os.cpu_count() or 1) as renderer:
        for _ in range(ROUNDS + 1):
            began = time.perf_counter()
            mixes.append(renderer.render(read, parts, options))
            times.append(time.perf_counter() - began)
            print(f"  {times[-1]:.2f} s", flush=True)
    return times[1:], mixes


def compared(song: Path, folder: Path) -> tuple[list[tuple[float, bytes]], dict[str, object]]:
    """The command's first run and ROUNDS more, these in turns with the plain script."""
    job, output = write_job(song, CHAIN, folder), folder / "bare.wav"
    programs = folder / "home" / "data" / "library" / SCHEMAS  # those that the command compiled
    runs = [command(song, folder)]
    used: tuple[list[float], list[float]] = ([], [])

    def ours() -> float:
        before = processor_seconds()
        runs.append(command(song, folder))
        used[0].append(processor_seconds() - before)
        return runs[-1][0]

    def bare() -> float:
        before = processor_seconds()
        seconds = render_bare(job, output, programs)
        used[1].append(processor_seconds() - before)
        return seconds

    times, bare_times = alternate(ours, bare, ROUNDS)
    return runs, {
        "bare_seconds": round(median(bare_times), 3),
        "bare_threads": 1,
        "ratio_to_bare": ratio(times, bare_times),
        "processor_ratio_to_bare": ratio(*used),
        "bare_difference_db": difference_db(folder / "mix.wav", output),
    }


def main() -> None:
    """Measure, say it in words, print the JSON."""
    with tempfile.TemporaryDirectory(prefix="starling-bench-") as name:
        folder = Path(name)
        write_song(folder / "song.mid")
        print("the command; the first run compiles the synth:", flush=True)
        runs, against_bare = compared(folder / "song.mid", folder)
        print("  " + ", ".join(f"{seconds:.2f} s" for seconds, _ in runs))
        print("the command with drums that were never made before:", flush=True)
        drum_kits = [("--track", f"10=model:drums:seed={seed}") for seed in range(1, ROUNDS + 1)]
        new = [command(folder / "song.mid", folder, *kit)[0] for kit in drum_kits]
        print("  " + ", ".join(f"{seconds:.2f} s" for seconds in new))
        print("a warm renderer:", flush=True)
        times, mixes = warm(folder / "song.mid")
    files = {data for _, data in runs} | {wav.encode(mix.master, RATE) for mix in mixes}
    length = mixes[0].master.shape[1] / RATE
    seconds = median([seconds for seconds, _ in runs[1:]])
    warm_seconds = median(times)
    print(
        f"{length:.0f} s of music in {seconds:.2f} s, {against_bare['ratio_to_bare']} times what "
        f"a bare graph takes; {len(files)} distinct result(s)"
    )
    result = {
        "realtime_factor": round(length / seconds, 1),
        "seconds": round(seconds, 3),
        "song_seconds": round(length, 3),
        "tracks": len(mixes[0].stems),
        "identical": len(files) == 1,
        "first_seconds": round(runs[0][0], 2),
        "new_drums_realtime_factor": round(length / median(new), 1),
        "warm_seconds": round(warm_seconds, 3),
        "warm_realtime_factor": round(length / warm_seconds, 1),
        "threads": os.cpu_count(),
        **against_bare,
    }
    say(result)


if __name__ == "__main__":
    main()
