"""Textures from the command line and from Python: a real small model, installed as a user's."""

import json
import shutil
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from tiny import card as tiny_card

import starling
from starling.engine.cli.main import main
from starling.engine.config import folders
from starling.models.artifacts.catalogue import load_generator, read
from starling.models.dsp.signal import resample

RATE = 8_000


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card that allows short sounds: without the compiled kernel a second takes seconds.

    Its recordings were raised by 6 dB.
    """
    path = tiny_card(tmp_path_factory.mktemp("models")).path
    text = json.loads(path.read_text())
    for control in text["controls"]:
        control |= {"minimum": 0.1, "default": 0.1} if control["name"] == "seconds" else {}
    path.write_text(json.dumps(text | {"data": {"gain": 2.0}}))
    return path


@pytest.fixture(autouse=True)
def at_home(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    folders().models.mkdir(parents=True)
    for each in card.parent.iterdir():
        shutil.copy(each, folders().models)


def run(*words: object, code: int = 0) -> Result:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done


def rows(*words: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(*words, "--json").stdout)
    return found


def written(path: str, seconds: float = 0.2, rate: int = RATE) -> Path:
    tone = 0.4 * np.sin(np.arange(round(seconds * rate)) / 9)
    soundfile.write(path, tone, rate, subtype="FLOAT")
    return Path(path)


def test_takes_in_a_batch_are_what_each_is_alone_and_what_python_makes() -> None:
    options = ("--seconds", 0.2, "--control", "temperature=0.8")
    made = rows("generate", "tiny", "--seed", 4, "--count", 2, *options, "-o", "takes")
    assert [(row["seed"], row["seconds"], row["rate"]) for row in made] == [
        (4, 0.2, RATE),
        (5, 0.2, RATE),
    ]
    [alone] = rows("generate", "tiny", "--seed", 5, *options, "-o", "alone.wav")
    assert alone["sound"] == made[1]["sound"]
    assert Path("alone.wav").read_bytes() == Path(str(made[1]["path"])).read_bytes()
    sound = starling.generate("tiny", seed=5, seconds=0.2, temperature=0.8)
    sound.save("python.wav")
    assert Path("python.wav").read_bytes() == Path("alone.wav").read_bytes()
    player = load_generator(read(folders().models / "tiny.json"))
    assert np.array_equal(player.generate(5, {"seconds": 0.2, "temperature": 0.8}), sound.audio)


def test_a_prime_is_kept_so_that_its_sounds_can_be_made_again() -> None:
    prime = written("p.wav", 0.05, 11_025)
    [row] = rows("generate", "tiny", "--seed", 1, "--seconds", 0.2, "--prime", prime, "-o", "a.wav")
    [bare] = rows("generate", "tiny", "--seed", 1, "--seconds", 0.2, "-o", "b.wav")
    assert row["sound"] != bare["sound"]
    stored = list(folders().store.glob("*.wav"))
    assert [soundfile.info(path).samplerate for path in stored] == [RATE]
    for given in (prime, stored[0]):
        assert starling.generate("tiny", seed=1, seconds=0.2, prime=given).id == row["sound"]
    tone, rate = soundfile.read(prime, dtype="float32")
    kept = soundfile.read(stored[0], dtype="float32")[0]
    assert np.array_equal(kept, np.clip(2 * resample(tone, rate, RATE), -1, 1))
    held = starling.Sound(tone[None], rate, 60, "", "")
    sound = starling.generate("tiny", seed=1, seconds=0.2, prime=held)
    assert sound.id == row["sound"]


def test_a_texture_is_varied_by_takes_that_go_on_from_it() -> None:
    [whole] = rows("generate", "tiny", "--seed", 1, "--seconds", 0.2, "-o", "a.wav")
    made = rows("sounds", "vary", "a.wav", "--count", 2, "--seed", 3, "-o", "near")
    sound = soundfile.read("a.wav", dtype="float32")[0]
    recipe = soundfile.SoundFile("a.wav").comment
    held = starling.Sound(sound[None, -1120:], RATE, 60, "", recipe)  # amount .3: the last 70 %
    for row in made:
        assert row["seconds"] == whole["seconds"] and row["sound"] != whole["sound"]
        again = starling.generate("tiny", seed=int(str(row["seed"])), seconds=0.2, prime=held)
        taken = soundfile.read(str(row["path"]), dtype="float32")[0]
        assert np.array_equal(taken[80:-80], again.audio[0, 80:-80])  # it has no fades
    [first, _] = rows("sounds", "vary", "a.wav", "--count", 2, "--seed", 3, "-o", "again")
    assert first["sound"] == made[0]["sound"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("tiny", "--seconds", "99"), "seconds must be 0.1..60"),
        (("tiny", "--seconds", "2", "--control", "seconds=3"), "'seconds' is given twice"),
        (("drums", "--seconds", "2"), "control must be NAME=VALUE"),
        (("tiny", "--prime", "absent.wav"), "no sound file at absent.wav"),
        (("tiny", "--prime", "silent.wav"), "silent.wav is empty or silent"),
        (("drums", "--prime", "p.wav"), "makes one-shots, not textures; textures are: "),
    ],
)
def test_mistakes_are_answered_with_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    written("p.wav")
    soundfile.write("silent.wav", np.zeros(99), RATE)
    assert sentence in run("generate", *words, code=1).stderr


def test_models_says_which_make_textures() -> None:
    found = {each["name"]: each["makes"] for each in rows("models")}
    assert found["tiny"] == "textures" and found["drums"] == "one-shots"
    assert "textures" in run("models").stdout
    kinds = {each.name: each.kind for each in starling.models()}
    assert kinds["tiny"] == "samplernn"


def test_a_song_plays_a_texture_the_same_each_time() -> None:
    song = mido.MidiFile()
    song.tracks.append(mido.MidiTrack())
    for key in (60, 63):
        song.tracks[0].append(mido.Message("note_on", channel=2, note=key, velocity=99))
    for key, ticks in ((60, 120), (63, 0)):
        song.tracks[0].append(mido.Message("note_off", channel=2, note=key, time=ticks))
    song.save("song.mid")
    words = ("--track", "3=texture:tiny:seed=2", "--tail", 0.5, "--jobs", 1)
    run("render", "song.mid", *words, "-o", "one.wav")
    run("render", "song.mid", *words, "-o", "two.wav")
    assert Path("one.wav").read_bytes() == Path("two.wav").read_bytes()
    sound, rate = soundfile.read("one.wav", dtype="float32")
    assert np.abs(sound[: rate // 8]).max() > 0.001
    assert not sound[round(0.4 * rate) :].any()


def test_temperature_over_time_is_heard_kept_and_the_same_from_python() -> None:
    """Up to the first breakpoint's step the two takes are one; from there on they differ."""
    common = ("generate", "tiny", "--seed", 6, "--seconds", 0.4)
    [steady] = rows(*common, "--control", "temperature=0.6", "-o", "steady.wav")
    [moved] = rows(*common, "--automate", "temperature=0.2:0.6,0.3:1.5", "-o", "moved.wav")
    assert moved["sound"] != steady["sound"]
    first, second = (soundfile.read(name)[0] for name in ("steady.wav", "moved.wav"))
    same = first == second
    assert same[: int(0.25 * RATE)].all() and not same[int(0.25 * RATE) :].all()
    automation = {"temperature": [(0.2, 0.6), (0.3, 1.5)]}
    starling.generate("tiny", seed=6, seconds=0.4, automation=automation).save("python.wav")
    assert Path("python.wav").read_bytes() == Path("moved.wav").read_bytes()


def test_automation_of_one_shots_and_of_what_is_set_already_is_refused() -> None:
    refused = run("generate", "drums", "--automate", "brightness=0:0.1,1:0.9", code=1)
    assert "drums makes one-shots, not textures" in refused.output
    both = ("--control", "temperature=1", "--automate", "temperature=0:1")
    assert "given twice" in run("generate", "tiny", *both, code=1).output
