"""`starling render`: what it writes, what it says, what it refuses before it works."""

import json
from pathlib import Path

import mido
import pytest
import soundfile
from click.testing import CliRunner

from starling.engine.cli.main import main
from starling.engine.render.effects_table import EFFECTS


@pytest.fixture
def song(tmp_path: Path) -> Path:
    file = mido.MidiFile()
    for channel, key in ((0, 60), (1, 67)):
        on = mido.Message("note_on", note=key, channel=channel)
        off = mido.Message("note_off", note=key, time=240, channel=channel)
        file.tracks.append(mido.MidiTrack([on, off]))
    file.save(tmp_path / "song.mid")
    return tmp_path / "song.mid"


def run(tmp_path: Path, *words: object, code: int = 0) -> str:
    runner = CliRunner(env={"STARLING_HOME": str(tmp_path / "home")})
    found = runner.invoke(main, ["render", *map(str, words)])
    assert found.exit_code == code, found.output
    assert "Traceback" not in found.output
    return found.stdout if "--json" in words else found.output


def test_a_song_becomes_a_mix_and_stems_twice_the_same(tmp_path: Path, song: Path) -> None:
    words = (
        song,
        "--jobs",
        1,
        "--track",
        '1=preset:"Solina Flare"',
        "--rate",
        22_050,
        "--tail",
        0.25,
    )
    places = ("-o", tmp_path / "mix.wav", "--stems", tmp_path / "stems", "--json")
    summary = json.loads(run(tmp_path, *words, *places))
    first = (tmp_path / "mix.wav").read_bytes()
    run(tmp_path, *words, "-o", tmp_path / "mix.wav")
    assert (tmp_path / "mix.wav").read_bytes() == first
    assert soundfile.info(tmp_path / "mix.wav").frames == summary["frames"] == 11_025
    assert [row["plays"] for row in summary["tracks"]] == [
        "Solina Flare (starling)",
        "Suitcase Philosopher (starling)",
    ]
    assert [row["chosen"] for row in summary["tracks"]] == [False, True]
    assert sorted(path.name for path in (tmp_path / "stems").iterdir()) == [
        "01-solina-flare.wav",
        "02-suitcase-philosopher.wav",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.mid"], "there is no MIDI file"),
        (["text.mid"], "text.mid is not a Standard MIDI File"),
        (["song.mid", "-o", "none/mix.wav"], "-o must be a file in a folder that exists"),
        (["song.mid", "-o", "mix.mp3"], "-o must end in .wav or .flac"),
        (["song.mid", "-o", "mix.flac", "--bits", "32"], "bits of a .flac file must be one of 16"),
        (["song.mid", "--headroom", "-1"], "headroom must be 0..60 dB, got -1"),
        (["song.mid", "--stems", "song.mid"], "--stems must be a folder"),
        (["song.mid", "--rate", "8000"], "rate must be 22050..192000 Hz, got 8000"),
        (["song.mid", "--tail", "-1"], "tail must be 0..60 s, got -1"),
        (["song.mid", "--track", "1=preset:Nonesuch"], "no preset 'Nonesuch'"),
        (["song.mid", "--track", "1=preset:12"], "no preset '12' among the factory presets"),
        (["song.mid", "--track", "5=preset:Solina"], "part 5 of song has no notes"),
        (["song.mid", "--track", "nonsense"], "--track must be PART=KIND:NAME"),
        (["song.mid", "--effects", "none.json"], "there is no effects file"),
        (["song.mid", "--effects", "text.mid"], "text.mid is not JSON"),
    ],
)
def test_mistakes_are_one_sentence_and_write_nothing(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.mid").write_text("some text")
    output = run(tmp_path, *words, code=1)
    assert output.startswith("Error: ")
    assert sentence in output
    assert not (tmp_path / "mix.wav").exists()


def test_flac_stdout_and_what_was_skipped(tmp_path: Path, song: Path) -> None:
    common = (song, "--jobs", 1, "--rate", 22_050, "--tail", 0, "--track", "1=chip:pulse")
    chip = (*common, "--track", "ch2=chip:triangle")
    song.write_bytes(song.read_bytes() + b"XFIH\0\0\0\0")
    flac = ("-o", tmp_path / "mix.flac", "--bits", 16, "--stems", tmp_path / "stems")
    output = run(tmp_path, *chip, *flac)
    assert "song.mid is not quite as it should be: an unknown chunk XFIH was skipped" in output
    info = soundfile.info(tmp_path / "mix.flac")
    assert (info.subtype, info.frames) == ("PCM_16", 5_512)
    assert {path.suffix for path in (tmp_path / "stems").iterdir()} == {".flac"}
    run(tmp_path, *chip, "-o", tmp_path / "mix.wav", "--bits", 24)
    runner = CliRunner(env={"STARLING_HOME": str(tmp_path / "home")})
    found = runner.invoke(main, ["render", *map(str, chip), "-o", "-", "--bits", "24"])
    assert found.exit_code == 0, found.output
    assert found.stdout_bytes == (tmp_path / "mix.wav").read_bytes()
    assert "pulse (chip)" in found.stderr


def test_help_lists_every_effect_with_its_parameters(tmp_path: Path) -> None:
    shown = run(tmp_path, "--help")
    assert all(f"{effect.name}: {effect.described}" in shown for effect in EFFECTS.values())
