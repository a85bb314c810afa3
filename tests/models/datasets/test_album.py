"""Albums: long recordings as a training set for texture models."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.datasets import album
from starling.models.datasets.album import load
from starling.models.datasets.albums import reading
from starling.models.datasets.import_records import ImportRequest
from starling.models.datasets.importer import run
from starling.models.errors import InputError, MissingError

RATE = 8_000
SHARED = Path(__file__).parents[4] / "shared" / "data"


def noise(seconds: float, rate: int = RATE, seed: int = 0, level: float = 0.1) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.uniform(-level, level, int(seconds * rate)).astype(np.float32)


def put(path: Path, sound: np.ndarray, rate: int = RATE, **words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, **words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two artists, of two rates and widths, one of them quieter."""
    root = tmp_path / "Two Artists"
    put(root / "quiet" / "one.flac", noise(40, level=0.02))
    put(root / "loud" / "disc 1" / "two.wav", np.stack([noise(90, 44_100)] * 2, axis=1), 44_100)
    return root


def test_an_album_of_two_classes(folder: Path) -> None:
    found = load(folder, RATE)
    assert found.name == "Two Artists" and found.sample_rate == RATE
    assert found.labels == ("loud", "quiet") and found.conditions.tolist() == [0, 1]
    assert [len(each) for each in found.recordings] == [90 * RATE, 40 * RATE]
    assert found.chunk == 8 * RATE and found.minutes == pytest.approx(130 / 60)
    assert found.skipped == found.warnings == ()
    assert np.abs(found.recordings[0]).max() == pytest.approx(0.9, abs=1e-3)
    assert found.recordings[1].std() == pytest.approx(0.02 / np.sqrt(3) * found.gain, rel=0.02)
    for each in found.recordings:
        assert each.dtype == np.float32 and abs(each.mean()) < 1e-3
    for table in (found.training, found.validation):
        assert table.dtype == np.int64 and set(table[:, 0].tolist()) == {0, 1}
        for recording, first in table:
            assert first + found.chunk <= len(found.recordings[recording])
    assert len(found.manifest) == 64 and found.origin[0]["licence"] == "not stated"


def test_files_without_folders_are_one_class(tmp_path: Path) -> None:
    put(tmp_path / "Rain" / "a.flac", noise(30))
    put(tmp_path / "Rain" / "b.flac", noise(30, seed=1))
    assert load(tmp_path / "Rain", RATE).labels == ("Rain",)


def test_the_manifest_follows_content_and_settings(folder: Path) -> None:
    first = load(folder, RATE).manifest
    assert load(folder, RATE).manifest == first
    assert load(folder, RATE, held_out=0.2).manifest != first
    assert load(folder, 16_000).manifest != first
    put(folder / "quiet" / "one.flac", noise(40, level=0.03))
    assert load(folder, RATE).manifest != first


def test_what_cannot_be_used_is_said(folder: Path) -> None:
    (folder / "text.wav").write_text("no sound")
    (folder / "new.m4a").write_bytes(b"")
    put(folder / "silence.wav", np.zeros(20 * RATE))
    bad = noise(20, seed=3)
    bad[77_777] = np.inf
    put(folder / "nan.wav", bad, subtype="FLOAT")
    (folder / "quiet" / "copy.flac").write_bytes((folder / "quiet" / "one.flac").read_bytes())
    found = load(folder, RATE)
    assert found.labels == ("loud", "quiet")
    text = "\n".join(found.skipped)
    for said in (
        "new.m4a is empty (0 bytes)",
        "text.wav is not a sound file",
        "silence.wav is silent: its peak is -120 dB, below -72",
        "nan.wav holds samples that are not finite",
        "quiet/one.flac is a copy of quiet/copy.flac",
    ):
        assert said in text
    assert len(found.skipped) == 5


def test_telephone_clipping_and_missing_ends_are_said(folder: Path) -> None:
    put(folder / "phone" / "call.wav", noise(40, seed=5))
    put(folder / "phone" / "shout.wav", np.clip(noise(40, seed=6, level=1.2), -1, 1))
    cut = folder / "phone" / "cut.wav"
    put(cut, noise(40, seed=7))
    cut.write_bytes(cut.read_bytes()[: 20 * RATE])
    found = load(folder, 16_000)
    rate, short, clipped, spread = found.warnings
    assert rate.startswith("phone/call.wav, phone/cut.wav, phone/shout.wav and 1 more of 8000 Hz")
    assert "nothing above 4000 Hz" in rate
    assert clipped.startswith("phone/shout.wav is clipped: 1")
    assert "phone/cut.wav is cut short: 25%" in short
    assert spread.startswith("quiet/one.flac is 35 dB quieter than phone/shout.wav")


def test_192_khz_stereo(tmp_path: Path) -> None:
    time = np.arange(20 * 192_000) / 192_000
    put(tmp_path / "a" / "a.wav", np.stack([np.sin(2 * np.pi * 440 * time)] * 2, 1) / 4, 192_000)
    found = load(tmp_path / "a", 16_000)
    assert len(found.recordings[0]) == 20 * 16_000
    peak = np.argmax(np.abs(np.fft.rfft(found.recordings[0])))
    assert peak / 20 == pytest.approx(440, abs=0.1)


@pytest.mark.parametrize(
    ("rate", "words", "sentence"),
    [
        (0, {}, "rate must be 8000..192000, got 0"),
        (400_000, {}, "rate must be 8000..192000, got 400000"),
        (RATE, {"seconds": 0.1}, "seconds must be 1..60, got 0.1"),
    ],
)
def test_mistakes_are_sentences(
    folder: Path, rate: int, words: dict[str, float], sentence: str
) -> None:
    with pytest.raises(InputError) as caught:
        load(folder, rate, **words)
    assert str(caught.value) == sentence


def test_folders_without_sound(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no folder at"):
        load(tmp_path / "none", RATE)
    with pytest.raises(InputError, match="holds no sound files"):
        load(tmp_path, RATE)
    put(tmp_path / "a.wav", np.zeros(RATE))
    with pytest.raises(InputError, match=r"none of the 1 recordings .* a\.wav is silent"):
        load(tmp_path, RATE)
    put(tmp_path / "a.wav", noise(1))
    with pytest.raises(InputError, match=r"needs 2 s .* there are 1\.0 s"):
        load(tmp_path, RATE)


def test_more_than_memory_is_refused_before_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_FRAMES", 100 * RATE)
    with pytest.raises(InputError, match=r"last 0\.04 hours; at 8000 Hz up to") as caught:
        load(folder, RATE)
    assert caught.value.code == "too_long"


def test_few_minutes_are_said(tmp_path: Path) -> None:
    put(tmp_path / "a" / "a.wav", noise(60))
    assert load(tmp_path / "a", RATE).warnings == (
        f"1.0 minutes of sound are few: below {album.FEW_MINUTES:g} a model repeats them",
    )


def test_progress_rises_to_the_end(folder: Path) -> None:
    steps: list[float] = []
    load(folder, RATE, progress=steps.append)
    assert steps == sorted(steps) and steps[-1] == pytest.approx(1.0) and len(steps) > 10


def test_one_shots_are_joined_at_their_rate(tmp_path: Path) -> None:
    for index in range(20):
        put(tmp_path / "hits" / f"{index}.wav", noise(1, seed=index, level=0.3))
    place, _ = run(ImportRequest(tmp_path / "hits", rate=RATE), tmp_path / "home")
    found = load(place, 0)
    assert found.sample_rate == RATE and len(found.recordings) == 1
    assert "20 recordings of class hits are shorter than 8 s and are joined" in found.warnings[0]
    assert load(place, 16_000).sample_rate == 16_000


@pytest.mark.skipif(not (SHARED / "textures").is_dir(), reason="../shared/data is not here")
def test_shared_metal_guitar() -> None:
    found = load(SHARED / "textures" / "metal_guitar", 16_000)
    assert found.labels == ("metal_guitar",) and len(found.recordings) == 3
    assert found.minutes == pytest.approx(8.2, abs=0.1)
    share = len(found.validation) * found.chunk / sum(map(len, found.recordings))
    assert 0.07 < share < 0.13
