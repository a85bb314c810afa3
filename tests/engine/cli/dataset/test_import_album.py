"""`starling dataset import --as album`: what a person types, in what words it answers."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

Run = Callable[..., str]


RATE = 8_000


@pytest.fixture
def rain(tmp_path: Path) -> Path:
    """Two recordings of telephone quality, and one that is silent."""
    folder = tmp_path / "Rain"
    folder.mkdir()
    for index, seconds in enumerate((50, 40)):
        noise = np.random.default_rng(index).uniform(-0.2, 0.2, seconds * RATE)
        soundfile.write(folder / f"{index}.wav", noise, RATE)
    soundfile.write(folder / "still.wav", np.zeros(9 * RATE), RATE)
    return folder


def test_import_list_info_use_remove(run: Run, rain: Path, tmp_path: Path) -> None:
    said = run("import", "--as", "album", str(rain))
    for each in (
        "still.wav: still.wav is silent",
        "1.5 minutes at 16000 Hz, 19 chunks of 8 s to learn from, 1 to validate; classes: Rain",
        "warning: 0.wav, 1.wav of 8000 Hz: nothing above 4000 Hz",
        "2 recordings in the data set Rain",
    ):
        assert each in said
    rows = json.loads(run("list", "--json"))
    assert [(row["name"], row["of"], row["count"]) for row in rows[:1]] == [("Rain", "album", 2)]
    assert "19 chunks of 8 s" in run("info", "Rain")
    assert json.loads(run("info", "Rain", "--json"))["labels"] == ["Rain"]
    assert "Rain is an album" in run("use", "Rain", code=1)
    assert "a data set Rain exists" in run("import", "--as", "album", str(rain), code=1)
    assert run("remove", "Rain") == "Rain is removed\n"


def test_notes_are_brought_to_one_pitch_class(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "Notes"
    folder.mkdir()
    time = np.arange(20 * RATE) / RATE
    for name, hertz in (("harp_A3", 220.0), ("harp_C4", 261.63), ("harp", 300.0)):
        soundfile.write(folder / f"{name}.wav", 0.3 * np.sin(2 * np.pi * hertz * time), RATE)
    words = ("import", "--as", "album", str(folder), "--rate", str(RATE))
    said = run(*words, "--tune", "c", "--name", "tuned")
    assert "harp.wav: harp.wav does not end with a note, as cello_As2.wav does" in said
    made = json.loads(run("info", "tuned", "--json"))
    assert made["tune"] == "C" and len(made["sounds"]) == 2
    for each in made["sounds"]:
        sound, _ = soundfile.read(Path(made["path"]) / each["file"])
        peak = np.argmax(np.abs(np.fft.rfft(sound * np.hanning(len(sound))))) / len(sound) * RATE
        assert peak == pytest.approx(261.63, abs=0.3)
    assert "'H' is none of C, Cs, D" in run(*words, "--tune", "H", code=2)
    assert "--tune is not for --as nes" in run(
        "import", "--as", "nes", str(folder), "--tune", "C", code=2
    )


def test_json_and_dry_run(run: Run, rain: Path, tmp_path: Path) -> None:
    words = ("import", "--as", "album", str(rain), "--rate", "8000", "--name", "wet", "--json")
    found = json.loads(run(*words, "--dry-run"))
    assert found["path"] is None and found["rate"] == 8000 and found["name"] == "wet"
    assert "dry run" in run(*words[:-1], "--dry-run")
    assert not (tmp_path / "data").exists()
    assert json.loads(run(*words))["path"].endswith("datasets/wet")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--seconds", "2"), 2, "--seconds is not for --as album: recordings keep their length"),
        (("--near", "drop"), 2, "--near is not for --as album: only exact copies are found"),
        (("--rate", "0"), 1, "rate must be 8000..192000, got 0"),
        (("--as", "song"), 2, "'song' is not one of 'oneshots', 'album'"),
    ],
)
def test_mistakes_are_sentences(
    run: Run, rain: Path, tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    assert sentence in run("import", str(rain), "--as", "album", *words, code=code)


def test_classes_by_folder_or_none(run: Run, rain: Path, tmp_path: Path) -> None:
    for name in ("0", "1"):
        (rain / name).mkdir()
        (rain / f"{name}.wav").rename(rain / name / "a.wav")
    words = ("import", "--as", "album", str(rain), "--json", "--dry-run")
    assert json.loads(run(*words))["labels"] == ["0", "1"]
    assert json.loads(run(*words, "--class-by", "none"))["labels"] == ["Rain"]
