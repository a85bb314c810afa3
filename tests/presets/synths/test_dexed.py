"""The real Dexed: all parameters, repeatable to the bit, in the sandbox and out of it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from starling.models.errors import InputError, MissingError
from starling.presets.formats import dx7, syx
from starling.presets.formats.table import read_bank
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.preset import Preset
from starling.presets.sandbox.client import Sandbox
from starling.presets.scan.export import Exporter
from starling.presets.scan.synth_facts import synth_facts
from starling.presets.scan.update import scan
from starling.presets.scan.walk import find_files
from starling.presets.search.by_sound import search_preset
from starling.presets.synths.dexed import DexedSynth, library_file
from starling.presets.synths.preset_folders import PLACES
from starling.presets.synths.render_stamp import render_stamp

pytest.importorskip("dexed", reason="dexed-py is not installed: pip install -e '.[dexed]'")
PLAY = (60, 100, 0.3, 0.5, 44_100)
BUSY = {
    "algorithm": 4.0, "feedback": 7.0, "lfo_wave": 5.0, "lfo_speed": 80.0, "lfo_pitch_depth": 90.0,
    "pitch_mod_sensitivity": 7.0, "lfo_sync": 0.0, "key_sync": 0.0, "op2_output_level": 88.0,
    "op1_velocity_sensitivity": 5.0, "op1_rate4": 40.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def synth() -> DexedSynth:
    return DexedSynth()


@pytest.fixture(scope="module")
def brass() -> Path:
    [path] = [p for p in find_files(PLACES["dexed"]()).files if p.name == "brass.syx"]
    return path


def test_the_same_note_is_the_same_bytes_whatever_came_before(synth: DexedSynth) -> None:
    first = synth.render(BUSY, *PLAY)
    synth.render({"op1_rate4": 10.0}, 40, 127, 0.4, 0.5, 22_050)  # rings on, and at another rate
    assert np.array_equal(synth.render(BUSY, *PLAY), first)
    assert first.shape == (2, 22_050) and first.dtype == np.float32
    assert np.array_equal(first[0], first[1]) and np.abs(first).max() > 0.1


def test_another_process_makes_the_same_bytes(synth: DexedSynth) -> None:
    with Sandbox("dexed") as box:
        assert box.schema == dx7.SCHEMA
        assert np.array_equal(box.render(BUSY, *PLAY), synth.render(BUSY, *PLAY))


def test_the_note_is_in_tune_at_any_rate(synth: DexedSynth) -> None:
    for rate in (22_050, 44_100, 48_000, 96_000):
        audio = synth.render({}, 69, 100, 1.0, 1.0, rate)[0]
        assert len(audio) == rate
        assert abs(int(np.argmax(np.abs(np.fft.rfft(audio)))) - 440) <= 1


def test_the_key_goes_up(synth: DexedSynth) -> None:
    held = synth.render({}, 60, 100, 0.5, 0.5, 44_100)
    short = synth.render({}, 60, 100, 0.1, 0.5, 44_100)
    assert np.abs(held[:, -1000:]).max() > 0.1 > np.abs(short[:, -1000:]).max()


def test_velocity_counts_where_the_voice_says_so(synth: DexedSynth) -> None:
    loud, soft = (synth.render(BUSY, 60, v, 0.3, 0.5, 44_100) for v in (127, 20))
    assert np.abs(loud).max() > 2 * np.abs(soft).max()


def test_lengths_are_whole_frames(synth: DexedSynth) -> None:
    for seconds in (0.3, 0.12345, 1e-3):
        assert synth.render({}, 60, 100, 0.1, seconds, 44_100).shape[1] == round(seconds * 44_100)


def test_every_parameter_reaches_the_engine() -> None:
    """The bytes that dexed-py hands to its engine are ours, for each parameter's extremes."""
    from dexed import Patch

    for extreme in ("minimum", "maximum"):
        values = {p.name: getattr(p, extreme) for p in dx7.PARAMETERS}
        ours = dx7.voice_bytes("X", values)
        assert bytes(Patch.from_sysex(ours).to_sysex())[:145] == ours[:145]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (({"warp": 1.0}, *PLAY), "no parameter 'warp'"),
        (({}, 128, 100, 0.3, 0.5, 44_100), r"note must be 0\.\.127"),
        (({}, 60, 0, 0.3, 0.5, 44_100), r"velocity must be 1\.\.127"),
        (({}, 60, 100, 0.3, 0.5, 7_000), r"sample rate must be 8000\.\.192000 Hz"),
        (({}, 60, 100, 0.3, 0.0, 44_100), "seconds must be"),
    ],
)
def test_what_cannot_be_played_is_a_sentence(
    synth: DexedSynth, arguments: tuple, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        synth.render(*arguments)


def test_facts_and_stamp_name_the_library() -> None:
    facts = synth_facts("dexed", Path("unused"))
    assert facts.schema == dx7.SCHEMA and len(render_stamp("dexed")) == 64
    assert library_file().name.startswith("_dexed")


def test_without_the_package_the_command_is_said() -> None:
    """In a process that cannot see dexed-py."""
    code = (
        "import sys\n"
        "from importlib import util\n"
        "real = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'dexed' else real(name, *rest)\n"
        "from starling.presets.synths.protocol import open_synth\n"
        "try:\n    open_synth('dexed')\n"
        "except Exception as exc:\n    print(type(exc).__name__, exc)\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.stdout == (
        f"{MissingError.__name__} Dexed is not installed; run: pip install -e '.[dexed]'\n"
    ), done.stderr


def test_a_cartridge_is_scanned_searched_and_exported(brass: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cartridges"
    folder.mkdir()
    data = bytearray(brass.read_bytes())
    data[-2] ^= 1
    (folder / "BRASS.SYX").write_bytes(data)
    library = LibraryDatabase.open(tmp_path / "library")
    report = scan(library, synths=(), folders=[folder], jobs=2)
    assert report.added == 23 and report.failed == []
    remarks = [remark for name, remark in report.remarks if name == "BRASS.SYX"]
    assert len(remarks) == 2 and "its checksum is" in remarks[0]
    horn = library.named("FRENCHHORN")
    assert (horn.synth, horn.bank) == ("dexed", "BRASS")
    assert len(search_preset(library, horn.id, 5)) == 5
    check_export(horn, tmp_path)
    library.close()


def check_export(preset: Preset, folder: Path) -> None:
    """The exported cartridge, read by dexed-py itself, plays what the library has."""
    from dexed import DexedSynth as Engine
    from dexed import Patch

    path = Exporter(folder, folder).export(preset, folder / "exports")
    assert path.name == "FRENCHHORN.syx" and path.stat().st_size == 4104
    [first] = read_bank(path).presets
    assert first.name == "FRENCHHORN" and first.values == preset.values
    engine = Engine(44_100.0)
    engine.load_patch(Patch.load_bank(str(path))[0])
    audio = engine.render(60, 100, 0.3, 0.5)
    ours = DexedSynth().render(preset.values, *PLAY)
    assert np.array_equal(audio, ours[0, : len(audio)]) and len(audio) >= 22_049


def test_the_examples_of_the_host_are_there(brass: Path) -> None:
    assert len(syx.read(brass.read_bytes()).voices) == 32
