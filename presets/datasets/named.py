"""Render sounds that have names: a synth's real presets, or the programs of a soundfont.

What is rendered is one split's presets, whole banks of them: what is measured by name must not
have been learnt by name. A preset that is its plugin's state is played as that.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import mel
from starling.models.dsp.files.sound_file import read_sound
from starling.models.dsp.mel import levelled, log_mel
from starling.models.dsp.signal import to_mono
from starling.models.errors import InputError, MissingError, StarlingError
from starling.models.timbre.families.named_sounds import NamedSound, NamedSounds, Note
from starling.models.timbre.families.table import family_of_program
from starling.presets.datasets.splits import centred, half_of, split_of
from starling.presets.library.sources import NewPreset
from starling.presets.sandbox.client import Sandbox
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.preset_files import files_to_scan, new_presets, read_source
from starling.presets.scan.synth_facts import SynthFacts, synth_facts
from starling.presets.search.audio_query import onset_of
from starling.presets.synths.plugin import SCHEMAS

Progress = Callable[[float, str], None]
FONTS = (".sf2", ".sf3")
NICENESS = 5
TIMEOUT_S = 30.0

NOTES: tuple[Note, ...] = (
    (60, 100, 0.65), (62, 90, 0.65), (57, 110, 0.65), (48, 100, 0.65),
    (67, 70, 0.4), (72, 120, 0.9), (40, 80, 0.5), (52, 50, 0.3),
)  # fmt: skip
FONT_NOTES: tuple[Note, ...] = (
    *((key, 100, 0.65) for key in (36, 40, 43, 48, 52, 55, 57, 60, 62, 64, 67, 72, 79, 84)),
    *((key, 60, 0.65) for key in (43, 55, 60, 67)),
    (48, 120, 0.3), (60, 100, 0.3), (60, 90, 1.0), (72, 80, 0.9),
)  # fmt: skip
PROGRAMS = 128
LEAD_S, GAP_S = 0.5, 2.5  # before a soundfont's first note, and between the beginnings of two
TICKS_S = 960  # of a MIDI file, a second: 480 a beat at 120 beats a minute
FONT_GAIN = 0.5
ALIKE = 0.98  # cosine of centred log-mels: one preset, or its author's next version


def is_learnt(synth: str, bank: str) -> bool:
    """Whether a bank may be learnt from by name; the others are kept for measures.

    amsynth's banks are split as for all that is trained on them. A few cartridges of a DX7 fall
    into that split's test, and so half of them are kept.
    """
    if synth == "amsynth":
        return split_of(bank) != "test"
    return synth != "dexed" or half_of(bank) == "first"


def presets(
    synth: str,
    folders: Sequence[Path],
    learnt: bool,
    licence: str,
    library: Path,
    notes: Sequence[Note] = NOTES,
    jobs: int | None = None,
    progress: Progress = lambda fraction, text: None,
    apart: Sequence[Path] = (),
) -> NamedSounds:
    """The presets of a synth's installed banks and of folders that sound, at some notes.

    With `learnt` only those of banks to learn from; none that sounds like a preset of the folders
    `apart`, which something is measured with. `library` is where schemas are kept. Raises
    MissingError where there are none, or no such synth.
    """
    facts = synth_facts(synth, library / SCHEMAS)
    found = [
        preset
        for preset in playable(facts, folders)
        if not learnt or is_learnt(facts.name, preset.bank)
    ]
    if not found:
        raise MissingError(f"{synth} has no presets here; give a folder with --banks")
    mels = rendered(found, facts.name, notes, library / SCHEMAS, jobs, progress)
    kept = np.flatnonzero(mels[:, 0].any(axis=(1, 2)))
    if apart:
        others = playable(facts, apart, installed=False)
        measured = rendered(others, facts.name, notes[:1], library / SCHEMAS, jobs, progress)
        kept = kept[~alike(mels[kept, 0], measured[:, 0])]
    sounds = tuple(NamedSound(p.name, p.bank, p.tags) for p in (found[int(row)] for row in kept))
    domain = Path(facts.name).stem  # of a plugin by path
    return NamedSounds(domain, "presets", licence, tuple(notes), sounds, mels[kept])


def alike(one: NDArray[np.float16], two: NDArray[np.float16]) -> NDArray[np.bool_]:
    """Which of some log-mels (n, 64, 51) sound like one of the others (m, 64, 51), (n,)."""
    return np.asarray((centred(one) @ centred(two).T).max(axis=1, initial=-1.0) > ALIKE)


def playable(facts: SynthFacts, folders: Sequence[Path], installed: bool = True) -> list[NewPreset]:
    """The presets of a synth's installed banks and of folders; of equal ones the first."""
    found: dict[str, NewPreset] = {}
    with PluginStates() as states:
        for path in files_to_scan([facts.name] if installed else [], folders).files:
            try:
                bank = read_source(path, [facts], states=states)
            except StarlingError:
                continue  # what a scan would report; here what can be read counts
            for preset in new_presets(bank, facts) if bank.synth == facts.name else ():
                if not preset.problem:
                    found.setdefault(preset.sound or preset.fingerprint, preset)
    return list(found.values())


def rendered(
    presets: Sequence[NewPreset],
    synth: str,
    notes: Sequence[Note],
    cache: Path,
    jobs: int | None = None,
    progress: Progress = lambda fraction, text: None,
) -> NDArray[np.float16]:
    """Log-mels (presets, notes, 64, 51); a note that is silent or fails is all zero.

    Raises MissingError where the synth is not installed.
    """
    found = np.zeros((len(presets), len(notes), mel.BANDS, mel.STEPS), np.float16)
    count = jobs or os.cpu_count() or 1
    done, stopping = itertools.count(1), threading.Event()

    def work(rows: range) -> None:
        with Sandbox(synth, timeout_s=TIMEOUT_S, cache=cache, niceness=NICENESS) as box:
            for row in rows:
                if stopping.is_set():
                    return
                found[row] = _played(box, presets[row], notes)
                at = next(done)  # of any thread: counting is one step
                progress(at / len(presets), f"{synth}: {at} of {len(presets)} presets")

    with ThreadPoolExecutor(count) as pool:
        try:
            list(pool.map(work, [range(job, len(presets), count) for job in range(count)]))
        finally:
            stopping.set()
    return found


def _played(box: Sandbox, preset: NewPreset, notes: Sequence[Note]) -> NDArray[np.float16]:
    """The notes (notes, 64, 51) of one preset; none where the first is silent or fails."""
    heard = np.zeros((len(notes), mel.BANDS, mel.STEPS), np.float16)
    for number, (key, velocity, held) in enumerate(notes):
        try:
            audio = box.render(
                preset.values, key, velocity, held, 1.0, mel.SAMPLE_RATE, state=preset.state
            )
            heard[number] = log_mel(levelled(audio.mean(axis=0, dtype=np.float32)))
        except MissingError:
            raise
        except StarlingError:
            if number == 0:
                break
    return heard


def soundfont(
    font: Path, licence: str, progress: Progress = lambda fraction, text: None
) -> NamedSounds:
    """The programs of a General MIDI soundfont, each at FONT_NOTES, dry, by fluidsynth.

    Raises MissingError without fluidsynth or the file, InputError where it plays nothing.
    """
    if not font.is_file():
        raise MissingError(f"no soundfont at {font}")
    found = np.zeros((PROGRAMS, len(FONT_NOTES), mel.BANDS, mel.STEPS), np.float16)
    with tempfile.TemporaryDirectory() as folder:
        for program in range(PROGRAMS):
            for number, sound in enumerate(_program(font, program, Path(folder))):
                if sound is not None:
                    found[program, number] = sound
            progress((program + 1) / PROGRAMS, f"{font.name}: program {program + 1}")
    if not found.any():
        raise InputError(f"{font.name} plays nothing", code="bad_data")
    sounds = tuple(
        NamedSound(f"program {program + 1}", font.stem, (), family_of_program(program) or "")
        for program in range(PROGRAMS)
    )
    return NamedSounds(font.stem, "soundfont", licence, FONT_NOTES, sounds, found)


def _program(font: Path, program: int, folder: Path) -> Iterator[NDArray[np.float16] | None]:
    """The log-mel of each of a program's notes, from its onset on; None where it is silent."""
    song, sound = folder / "notes.mid", folder / "notes.wav"
    _song(program).save(song)
    command = ["fluidsynth", "-ni", "-R", "0", "-C", "0", "-g", str(FONT_GAIN)]
    command += ["-r", str(mel.SAMPLE_RATE), "-F", str(sound), str(font), str(song)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except FileNotFoundError as error:
        raise MissingError("fluidsynth is not installed: apt-get install fluidsynth") from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise InputError(f"fluidsynth cannot play {font.name}", code="bad_data") from error
    audio, rate = read_sound(sound)
    mono = to_mono(audio)
    for number in range(len(FONT_NOTES)):
        first = round((LEAD_S + number * GAP_S) * rate)
        note = mono[first : first + round((GAP_S - LEAD_S) * rate), None]
        try:
            yield log_mel(levelled(onset_of(note, rate, 1.0).samples)).astype(np.float16)
        except InputError:
            yield None


def _song(program: int) -> Any:
    """FONT_NOTES one after the other, each GAP_S after the one before."""
    import mido

    mido_module: Any = mido  # it ships no types
    message, at = mido_module.Message, 0
    track = mido_module.MidiTrack([message("program_change", program=program)])
    for number, (key, velocity, held) in enumerate(FONT_NOTES):
        begin = round((LEAD_S + number * GAP_S) * TICKS_S)
        end = begin + round(held * TICKS_S)
        track.append(message("note_on", note=key, velocity=velocity, time=begin - at))
        track.append(message("note_off", note=key, time=end - begin))
        at = end
    track.append(mido_module.MetaMessage("end_of_track", time=round(GAP_S * TICKS_S)))
    return mido_module.MidiFile(ticks_per_beat=TICKS_S // 2, tracks=[track])
