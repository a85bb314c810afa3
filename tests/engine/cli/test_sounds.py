"""`starling sounds`: files that carry their recipes, recordings encoded, mistakes named."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from starling.engine.cli.main import main
from starling.engine.sounds import wav
from starling.engine.sounds.latent_edits import carried
from starling.engine.sounds.recipe import parse_recipe

RATE = 44_100


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A kick and a snare that Starling made."""
    folder = tmp_path_factory.mktemp("made")
    for kind in ("kick", "snare"):
        words = ("generate", "drums", "--seed", "7", "--control", f"kind={kind}")
        CliRunner().invoke(main, [*words, "-o", str(folder / f"{kind}.wav")])
    return {path.stem: path for path in folder.iterdir()}


def run(*words: object, code: int = 0) -> Result:
    found = CliRunner().invoke(main, ["sounds", *map(str, words)])
    assert found.exit_code == code, found.output
    assert "Traceback" not in found.output
    return found


def rows(*words: object) -> list[dict[str, Any]]:
    found = json.loads(run(*words, "--json").stdout)
    assert isinstance(found, list)
    return found


def test_variations_carry_their_recipes_and_come_again(made: dict[str, Path]) -> None:
    words = ("vary", made["kick"], "--count", 3, "--seed", 1)
    first = rows(*words, "--out", "a")
    assert [row["path"] for row in first] == [f"a/kick-0{at}.wav" for at in (1, 2, 3)]
    assert {row["class"] for row in first} == {"kick 100%"}
    for row in first:
        assert json.loads(carried(Path(row["path"]))) == row["recipe"]
        assert parse_recipe(carried(Path(row["path"]))).id == row["sound"]
    run(*words, "--out", "b")
    assert all(Path("a", name).read_bytes() == Path("b", name).read_bytes() for name in NAMES)
    text = carried(Path("a/kick-02.wav"))
    [on] = rows("vary", text, "--count", 1, "--amount", 0)
    assert Path(on["path"]) == Path("drums-7 variations/drums-7-01.wav")
    assert on["sound"] == first[1]["sound"]


NAMES = ("kick-01.wav", "kick-02.wav", "kick-03.wav")


def test_a_new_seed_is_taken_and_said(made: dict[str, Path]) -> None:
    found = [rows("vary", made["kick"], "--count", 1)[0] for _ in range(2)]
    assert found[0]["variation_seed"] != found[1]["variation_seed"]


def test_a_morph_goes_from_one_to_the_other(made: dict[str, Path]) -> None:
    found = rows("morph", made["kick"], made["snare"], "--steps", 3, "--out", "between")
    assert [row["class"] for row in found] == ["kick 100%", "kick 50%, snare 50%", "snare 100%"]
    assert Path(found[1]["path"]) == Path("between/morph-x050-y050.wav")
    ends = (Path(row["path"]) for row in (found[0], found[2]))
    for end, kind in zip(ends, ("kick", "snare"), strict=True):
        same = (soundfile.read(each)[0] for each in (end, made[kind]))
        assert np.array_equal(*same), "one seed, hence one noise"
    [one] = rows("morph", made["kick"], made["snare"], "--x", 0.25, "--out", ".")
    assert (one["x"], one["y"], one["class"]) == (0.25, 0.5, "kick 75%, snare 25%")


def remarks(found: Result) -> str:
    """What a command says on standard error beside its lines of progress, which slow work has."""
    lines = found.stderr.splitlines(keepends=True)
    return "".join(line for line in lines if not re.match(r"\w+ \d+%", line))


def test_a_recording_is_encoded_and_that_is_said(made: dict[str, Path]) -> None:
    signal = soundfile.read(made["kick"], dtype="float32")[0]
    soundfile.write("mine.flac", np.stack([signal, signal], 1) / 4, RATE)
    told = run("encode", "mine.flac", "--out", "mine.wav", "--json")
    assert remarks(told) == "mine.flac: no recipe to go by; encoding it with the model drums\n"
    [row] = json.loads(told.stdout)
    assert row["class"] == "kick 100%" and row["recipe"]["point"]["kinds"] == {"kick": 1.0}
    assert remarks(run("vary", "mine.wav", "--count", 1)) == ""


def test_a_sound_of_starlings_keeps_its_recipe(made: dict[str, Path]) -> None:
    told = run("encode", made["snare"], "--model", "drums", "--out", "new/snare.wav")
    assert remarks(told) == ""
    assert Path("new/snare.wav").read_bytes() == made["snare"].read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("vary", "absent.wav"), "no sound file at absent.wav"),
        (("vary", "."), "no sound file at ."),
        (("vary", "text.wav"), "text.wav is not a sound file"),
        (("vary", "silence.wav"), "silence.wav is silent"),
        (("vary", "silence.wav", "--model", "nobody"), "no model 'nobody'"),
        (("vary", "{"), "a recipe must be JSON"),
        (("vary", "{}"), "a recipe must be of kind 'model'"),
        (("vary", "{" + " " * 9000), "a recipe may take 6500 bytes at most; got 9001"),
        (("encode", "silence.wav", "--out", "a.flac"), "--out must end in .wav, got a.flac"),
        (("encode", "text.wav", "--out", "text.wav"), "--out is the file to be encoded"),
        (("morph", "{}", "{}", "--steps", 3, "--x", 0.5, "--out", "."), "leave out --x and --y"),
    ],
)
def test_mistakes_are_one_sentence(words: tuple[object, ...], sentence: str) -> None:
    Path("text.wav").write_text("no sound")
    soundfile.write("silence.wav", np.zeros(RATE), RATE)
    assert sentence in run(*words, code=1).output
    assert sorted(path.name for path in Path().glob("*.*")) == ["silence.wav", "text.wav"]


@pytest.mark.parametrize(
    "words",
    [
        ("vary", "a", "--amount", 2),
        ("vary", "a", "--amount", "nan"),
        ("vary", "a", "--count", 0),
        ("vary", "a", "--count", 33),
        ("vary", "a", "--seed", -1),
        ("morph", "a", "b", "--y", 1.5, "--out", "."),
        ("morph", "a", "b", "--steps", 1, "--out", "."),
        ("morph", "a", "b"),
        ("encode", "a"),
    ],
)
def test_options_have_ranges(words: tuple[object, ...]) -> None:
    assert run(*words, code=2 if "nan" not in words else 1).output


def test_a_sound_of_other_weights_is_a_recording_like_others(made: dict[str, Path]) -> None:
    audio = soundfile.read(made["kick"], dtype="float32", always_2d=True)[0].T.copy()
    recipe = json.loads(carried(made["kick"]))
    old = json.dumps({**recipe, "weights": "00" * 32})
    Path("old.wav").write_bytes(wav.encode(audio * 0, RATE, recipe=old))
    told = run("vary", "old.wav", code=1)
    assert "old.wav: the sound was made by the weights '000000000000'" in told.stderr
    assert "old.wav: no recipe to go by; encoding it with the model drums" in told.stderr
    assert "old.wav is silent" in told.stderr, "what was kept silent here to save the time"
