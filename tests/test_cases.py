"""Small files that version 0.1.0 got wrong, made up, each with its right outcome: one table.

The files lie in `cases/`; searches by sound files are in `presets/search/test_recordings.py`.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import mido
import numpy as np
import pytest
from click.testing import CliRunner

from starling.engine.cli.main import main
from starling.engine.songs.notes import MAIN
from starling.engine.songs.pitch import Pitch
from starling.engine.songs.song import Song, read_song
from starling.models.dsp.files import sound_file
from starling.models.midi.channel import ChannelState
from starling.models.midi.controllers import EXPRESSION, VOLUME
from starling.presets.formats.table import read_bank
from starling.presets.library import sources, writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.sources import NewPreset, SourceFile
from starling.presets.library.writer import ScannedPreset
from starling.presets.scan.preset_files import read_source
from starling.presets.scan.update import scan
from starling.presets.scan.walk import find_files

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "cases"
ORIGINALS = ROOT.parent / "shared" / "cases"
OWN = {  # tested where what reads them is, or made here
    *("README.md", "state/hang.bin", "presets/dc.wav", "presets/query_lead_hiss_-60.wav"),
}
RATE = 1_000  # of curves of pitch, a second
TWO = [(0.0, 0.5, 69), (0.5, 1.0, 72)]
Check = Callable[[Path, Path], None]  # the file, and a folder to work in


def cartridge(path: Path, _: Path, remark: str = "") -> None:
    """The control's 32 voices, and a remark on what was odd.

    Number n is TEST n: operator 3 is at 99 - n, operator 2 at 60 + n, all else at fixed values.
    """
    control, bank = read_bank(CASES / "presets" / "00_good.syx"), read_bank(path)
    assert [preset.name for preset in bank.presets] == [f"TEST {n:02}" for n in range(32)]
    levels = [(p.values["op3_output_level"], p.values["op2_output_level"]) for p in bank.presets]
    assert levels == [(99 - n, 60 + n) for n in range(32)]
    assert bank.presets == control.presets
    assert [remark in each for each in bank.remarks] == ([True] if remark else [])


def presets(
    path: Path, _: Path, synth: str, names: Sequence[str], remark: str = "", cut: str = ""
) -> None:
    """All presets by name, whole but for the one that was cut."""
    bank = read_bank(path)
    assert (bank.synth, [preset.name for preset in bank.presets]) == (synth, list(names))
    assert [preset.name for preset in bank.presets if preset.problem] == ([cut] if cut else [])
    assert all(preset.values or preset.problem for preset in bank.presets)
    assert [remark in each for each in bank.remarks] == ([True] if remark else [])


def any_count(path: Path, folder: Path) -> None:
    """The count beside a chunk means nothing."""
    data = bytearray(path.read_bytes())
    data[24:28] = (41).to_bytes(4)
    (folder / path.name).write_bytes(data)
    assert read_bank(path).presets == read_bank(folder / path.name).presets
    presets(path, folder, "amsynth", ["Fxp count"])


def passed_over(path: Path, folder: Path) -> None:
    """Named in one line as not read."""
    (folder / path.name).write_bytes(path.read_bytes())
    found = find_files([folder])
    kind = f"1 file of a kind that Starling does not read: {path.suffix}"
    assert (found.files, found.kinds_remark()) == ([], kind)


def of_one_plugin(path: Path, _: Path) -> None:
    """For the plugin that it names, which is not here: given to no other."""
    bank = read_source(path, ())
    assert (bank.plugin, bank.synth) == ("MdaP", "unknown")
    assert [preset.problem for preset in bank.presets] == ["no scanned plugin takes its 16 values"]


def shown(path: Path, folder: Path) -> None:
    """Names that look like markup, as they are."""
    bank = read_bank(path)
    library = LibraryDatabase.open(folder / "data" / "library")
    new = [
        NewPreset(p.name, bank.name, "", (), "dexed", p.values, "s", p.name) for p in bank.presets
    ]
    sources.put_source(library, SourceFile(str(path), "h", 1, 1, "stamp"), new)
    same = np.ones(library.embedder.size, np.float32)
    writer.commit_scanned(library, [ScannedPreset(p.id, same) for p in writer.waiting(library)])
    library.close()
    listed = CliRunner(env={"STARLING_HOME": str(folder)}).invoke(main, ["presets", "list"])
    assert listed.exit_code == 0, listed.output
    assert all(name in listed.output for name in ("[murphy's]", "Pad [/b]", "[red]Bass"))


def favourite_stays(path: Path, folder: Path) -> None:
    """A preset of the same name comes before it; the mark stays with its sound."""
    pytest.importorskip("dexed")
    after = json.loads(path.read_text())
    library = LibraryDatabase.open(folder / "library")
    banks = library.folder / "banks"
    banks.mkdir()
    before = {**after, "presets": after["presets"][1:]}
    (banks / path.name).write_text(json.dumps(before))
    scan(library, synths=(), jobs=1)
    [marked] = [p for p in library.select("name = 'INIT'") if p.values["algorithm"] == 7]
    library.favourite(marked.id, True)
    (banks / path.name).write_text(json.dumps(after))
    scan(library, synths=(), jobs=1)
    found = [(hit.name, library.preset(hit.preset)) for hit in library.find("is:favourite", 9)]
    assert [(name, p.values["algorithm"]) for name, p in found] == [("INIT", 7)]
    assert len(library.select("name = 'INIT'")) == 4
    library.close()


def notes(song: Song) -> list[list[tuple[float, float, int]]]:
    """(start, end, key) of every note, by part."""
    return [
        [(round(n.start, 6), round(n.end, 6), n.key) for n in track.notes]
        for track in song.tracks.values()
    ]


def whole(
    path: Path, _: Path, remark: str = "", more: Sequence[tuple[float, float, int]] = ()
) -> None:
    """Every note there is, and a remark where something was skipped."""
    song = read_song(path)
    assert notes(song) == [TWO, *([list(more)] if more else [])]
    assert remark in song.remark and bool(remark) == bool(song.remark)


def bent(path: Path, _: Path, *semitones: float) -> None:
    """How far each note is from its key, in its middle."""
    song = read_song(path)
    [part] = song.tracks.values()
    pitch = Pitch(part.controls, RATE, round(song.seconds * RATE))
    middles = [round((note.start + note.end) / 2 * RATE) for note in part.notes]
    found = [
        pitch.over(note.channel, note.key, at, 1)
        for note, at in zip(part.notes, middles, strict=True)
    ]
    assert [0.0 if each is None else float(each[0]) for each in found] == pytest.approx(
        semitones, abs=0.006
    )


def zone(path: Path, folder: Path) -> None:
    """One instrument, each note with its own bend."""
    bent(path, folder, 12, 24, 36)
    [part] = read_song(path).tracks.values()
    channels = [note.channel for note in part.notes]
    assert channels == [2, 3, 4] and MAIN not in channels


def reset(path: Path, folder: Path) -> None:
    """After controller 121 the bend is 0, and expression 127."""
    bent(path, folder, 0)
    [part] = read_song(path).tracks.values()
    state = ChannelState()
    for control in part.controls:
        state.control(control.number, control.value)
    assert (state.controls[EXPRESSION], state.controls[VOLUME]) == (127, 20)


def parts(path: Path, _: Path, *expected: tuple[str, int, int]) -> None:
    """Name, port and program of each part."""
    found = read_song(path).tracks.values()
    assert [(t.name, t.port, t.program) for t in found] == list(expected)


def timed(path: Path, _: Path, *expected: Sequence[tuple[float, float, int]]) -> None:
    """Start, end and key of each part's notes."""
    assert notes(read_song(path)) == [list(each) for each in expected]


def two_programs(path: Path, _: Path) -> None:
    """The second program is that of the second note."""
    [part] = read_song(path).tracks.values()
    assert [(note.start, note.program) for note in part.notes] == [(0.0, 0), (0.5, 48)]


def drop_frames(path: Path, _: Path) -> None:
    """The second note at tick 2997 of 2997.003 a second; frames of 29 a second would say 1.033."""
    [part] = read_song(path).tracks.values()
    assert [note.start for note in part.notes] == pytest.approx([0, 1.0], abs=0.0011)


def clicks(path: Path, _: Path) -> None:
    """The onsets of its tempo map, to the frame at 48 kHz; mido adds up what it passes."""
    [part] = read_song(path).tracks.values()
    now, expected = 0.0, []
    for message in mido.MidiFile(path):
        now += message.time
        expected += [now] if message.type == "note_on" and message.velocity else []
    assert [round(note.start * 48_000) for note in part.notes] == [
        round(each * 48_000) for each in expected
    ]
    assert len(expected) == 20


def read_whole(path: Path, _: Path) -> None:
    """.4 s of sound, all of it."""
    facts = sound_file.probe(path)
    frames, rate = sound_file.read_sound(path)
    assert (facts.seconds, facts.present, rate, frames.shape) == (0.4, 1.0, 44_100, (17_640, 1))
    assert 0.05 < np.sqrt(np.mean(np.square(frames))) < 0.5
    if path.suffix == ".wav":  # whose sound is all that follows the last header
        samples = np.frombuffer(path.read_bytes()[-2 * len(frames) :], "<i2")
        assert np.array_equal(frames[:, 0], samples.astype(np.float32) / 2**15)


MADE_UP = [f"made up {number}" for number in range(3)]
CUT = "it has no end: presets after 'made up 1' are missing"
OUTCOMES: dict[str, Check] = {
    "presets/00_good.syx": cartridge,
    "presets/01_macbinary.syx": partial(cartridge, remark="128 other bytes came before"),
    "presets/02_leading_FE.syx": partial(cartridge, remark="2 other bytes came before"),
    "presets/03_leading_F7.syx": partial(cartridge, remark="1 other bytes came before"),
    "presets/04_leading_zeros.syx": partial(cartridge, remark="6 other bytes came before"),
    "presets/06_bare_vced155.syx": partial(
        presets, synth="dexed", names=["TEST 01"], remark="it has no header: taken for one voice"
    ),
    "presets/08_hextext.syx": partial(cartridge, remark="it is hexadecimal text"),
    "presets/09_realtime_inside.syx": partial(cartridge, remark="2 real-time bytes inside"),
    "presets/32_bank.mid": passed_over,
    "presets/33_bank.zip": passed_over,
    "presets/51_count_16777216.fxp": any_count,
    "presets/54_utf8name.fxp": partial(presets, synth="amsynth", names=["Glück ♥ é"]),
    "presets/59_truncated.fxb": partial(
        presets,
        synth="amsynth",
        names=[f"P{number}" for number in range(8)],
        cut="P7",
    ),
    "presets/70_comma.bank": partial(presets, synth="amsynth", names=MADE_UP),
    "presets/72_cr.bank": partial(presets, synth="amsynth", names=MADE_UP),
    "presets/77_truncated.bank": partial(presets, synth="amsynth", names=MADE_UP[:2], remark=CUT),
    "presets/86_leadingblank.bank": partial(presets, synth="amsynth", names=MADE_UP),
    "presets/mda_piano.fxp": of_one_plugin,
    "presets/markup_names.json": shown,
    "presets/favourite_jump.json": favourite_stays,
    "midi/nrpn_after_rpn.mid": lambda path, folder: bent(path, folder, 1),
    "midi/rpn_lsb50.mid": lambda path, folder: bent(path, folder, 0.5),
    "midi/fine_tune_up50.mid": lambda path, folder: bent(path, folder, 0.5),
    "midi/data_increment.mid": lambda path, folder: bent(path, folder, 2.01),  # RP-018: a cent
    "midi/rpn_after_bend.mid": lambda path, folder: bent(path, folder, 12),
    "midi/reset_all_ctrl.mid": reset,
    "midi/daw_ch1.mid": lambda path, folder: parts(
        path, folder, ("Bass", 0, 33), ("Lead", 0, 80), ("Pad", 0, 88)
    ),
    "midi/multiport.mid": lambda path, folder: parts(path, folder, ("", 0, 0), ("", 1, 48)),
    "midi/overlap_two_tracks.mid": lambda path, folder: timed(
        path, folder, [(0, 2.0, 60)], [(0.5, 0.75, 60)]
    ),
    "midi/program_change_mid.mid": two_programs,
    "midi/smpte_29x100.mid": drop_frames,
    "midi/clicks.mid": clicks,
    "midi/mpe.mid": zone,
    "midi/declared5_has1.mid": partial(whole, remark="counts 5 tracks where 1 are there"),
    "midi/declared1_has2.mid": partial(
        whole, remark="counts 1 tracks where 2 are there", more=[(0, 0.5, 48)]
    ),
    "midi/declared0.mid": partial(whole, remark="counts 0 tracks where 1 are there"),
    "midi/tracklen_long.mid": whole,
    "midi/truncated.mid": partial(whole, remark="it breaks off"),
    "midi/running_after_sysex.mid": whole,
    "midi/mac_binary_header.mid": partial(whole, remark="128 bytes before its header"),
    "midi/rmi.mid": whole,
    "midi/alien_chunk.mid": partial(whole, remark="an unknown chunk XFIH"),
    "midi/keysig_128flats.mid": whole,
    "midi/keysig_empty.mid": partial(whole, remark="a key signature of 0 bytes"),
    "midi/keysig_mode255.mid": whole,
    "midi/timesig_empty.mid": partial(whole, remark="a time signature of 0 bytes"),
    "midi/tempo_empty.mid": partial(whole, remark="a tempo of 0 bytes"),
    "midi/tempo_len2.mid": partial(whole, remark="a tempo of 2 bytes"),
    "midi/chanprefix_empty.mid": partial(whole, remark="a channel prefix of 0 bytes"),
    "midi/smpteoffset_empty.mid": partial(whole, remark="a SMPTE offset of 0 bytes"),
    "audio/flac_total0.flac": read_whole,
    "audio/sox_7ffff000.wav": read_whole,
    "audio/stream_zero.wav": read_whole,
    "audio/odd_list_nopad.wav": read_whole,
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_case_has_its_outcome(name: str, tmp_path: Path) -> None:
    OUTCOMES[name](CASES / name, tmp_path)


def test_every_file_has_a_row() -> None:
    held = {path.relative_to(CASES).as_posix() for path in CASES.rglob("*.*")}
    assert held == OUTCOMES.keys()


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="../shared/cases is not here")
def test_the_files_are_the_originals() -> None:
    originals = {path.relative_to(ORIGINALS).as_posix() for path in ORIGINALS.rglob("*.*")}
    assert originals - OWN == OUTCOMES.keys()
    for name in OUTCOMES:
        assert (ORIGINALS / name).read_bytes() == (CASES / name).read_bytes(), name
