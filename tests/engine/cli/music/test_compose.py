"""Music from the command line and from Python: a small composer, installed as a user's."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from song_data import toy_song
from tiny_composer import published

import starling
from starling.engine.cli.main import main
from starling.engine.config import folders
from starling.models.nes.scores import in_time, midi_file
from starling.models.nes.vgm import vgm


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    published(folders().models)


def run(*words: object, code: int = 0) -> Result:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done


def prompt() -> str:
    midi_file.write(Path("in.mid"), in_time.to_midi(toy_song(1, 48), in_time.Beats(120.0, 12)))
    return "in.mid"


def test_takes_are_written_and_are_what_python_makes() -> None:
    options = ("--prompt", prompt(), "--bars", 1, "--tempo", 120, "--temperature", 0.8)
    words = ("compose", "toy", *options, "--seed", 7, "--takes", 2, "--out", "song", "--json")
    rows = json.loads(run(*words).stdout)
    assert [row["seed"] for row in rows] == [7, 8]
    assert (rows[0]["seconds"], rows[0]["start"]) == (4.0, 2.0)
    assert rows[0]["controls"]["temperature"] == 0.8
    samples, rate = soundfile.read(rows[1]["wav"], dtype="float32")
    piece = starling.compose("toy", prompt="in.mid", bars=1, tempo=120, seed=8, temperature=0.8)
    assert rate == 44_100 and np.array_equal(piece.sound.audio[0], samples)
    assert Path(rows[1]["midi"]).read_bytes() == piece.midi
    assert Path(rows[1]["vgm"]).read_bytes() == piece.vgm
    assert vgm.parse(piece.vgm).writes.seconds == 4.0
    assert np.array_equal(piece.notes[:48], toy_song(1, 48)) and piece.notes.shape == (96, 4)
    assert (piece.frame_rate, piece.start, piece.remarks) == (24.0, 2.0, ())


def test_bars_are_of_the_metre_that_is_named_or_of_the_prompts() -> None:
    words = ("--bars", 2, "--tempo", 120, "--seed", 7, "--out", "song", "--json")
    [row] = json.loads(run("compose", "toy", *words, "--metre", "7/8").stdout)
    assert row["seconds"] == 3.5
    [longer] = json.loads(run("compose", "toy", *words, "--prompt", row["midi"]).stdout)
    assert (longer["seconds"], longer["start"]) == (7.0, 3.5)
    refused = run("compose", "toy", *words, "--metre", "7/7", code=1).output
    assert "a metre must be 1..64 over 1, 2, 4, 8 or 16, as 7/8, got 7/7" in refused


def test_voices_are_written_to_a_melody_and_the_chip_is_set() -> None:
    words = ("--voices", "p2 no", "--control", "p1_duty=12.5 %", "--control", "no_level=0")
    text = run("compose", "toy", "--prompt", prompt(), *words, "--seed", 1, "--out", "song").output
    assert "song/toy-1" in text.replace("\n", "") or "toy-1" in text
    made = starling.compose(
        "toy", prompt="in.mid", voices="p2 no", seed=1, p1_duty="12.5 %", no_level=0
    )
    assert Path("song/toy-1.wav").read_bytes() == made.sound.save("again.wav").read_bytes()
    assert np.array_equal(made.notes[:, (0, 2)], toy_song(1, 48)[:, (0, 2)])


def test_composers_are_listed_as_making_music() -> None:
    rows = json.loads(run("models", "--json").stdout)
    [row] = [row for row in rows if row["name"] == "toy"]
    assert row["makes"] == "music"
    assert {"repetition", "p2_duty", "tr_level"} <= {each["name"] for each in row["controls"]}
    assert [each.kind for each in starling.models() if each.name == "toy"] == ["composer"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("drums",), "no composer 'drums'"),
        (("--bars", 0), "bars must be 1..512, got 0"),
        (("--tempo", 20), "tempo must be 57..360"),
        (("--voices", "p7"), "voices must be some of p1 p2 tr no"),
        (("--voices", "p1"), "without a prompt"),
        (("--top-p", 0.1), "control top_p must be 0.5..1"),
        (("--control", "p1_duty=loud"), "control p1_duty must be one of"),
        (("--prompt", "absent.mid"), "there is no MIDI file absent.mid"),
    ],
)
def test_a_mistake_is_one_sentence(words: tuple[object, ...], sentence: str) -> None:
    output = run("compose", *words, "--out", "song", code=1).output
    assert sentence in output.replace("\n", " ") and "Traceback" not in output
    assert not Path("song").exists()
