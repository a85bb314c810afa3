"""Albums as data sets: what is written, what is read again, what an interruption leaves."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.datasets import album, store
from starling.models.datasets.albums import importing
from starling.models.datasets.import_records import ImportRequest
from starling.models.datasets.importer import JOURNAL, run
from starling.models.datasets.training_set import load_folder
from starling.models.dsp import recording
from starling.models.errors import InputError, ParseError

RATE = 8_000


def noise(seconds: float, seed: int, level: float = 0.1, rate: int = RATE) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.uniform(-level, level, int(seconds * rate)).astype(np.float32)


def put(path: Path, sound: np.ndarray, rate: int = RATE, **words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, **words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes, one recording louder than full scale, one much quieter, and a text."""
    root = tmp_path / "Mixed"
    put(root / "a" / "loud.wav", noise(60, 1, 3.0), subtype="FLOAT")
    put(root / "a" / "soft.wav", noise(30, 2, 0.01, 44_100), 44_100, subtype="PCM_24")
    put(root / "b" / "other.flac", noise(60, 3))
    put(root / "b" / "short.wav", noise(3, 4))
    (root / "b" / "text.wav").write_text("no sound")
    return root


def request(folder: Path, **words: str) -> ImportRequest:
    return ImportRequest(folder, rate=RATE, kind="album", **words)


def test_an_imported_album_is_what_the_folder_is(folder: Path, tmp_path: Path) -> None:
    place, about = run(request(folder, licence="CC0-1.0", attribution="A. B."), tmp_path / "home")
    assert about["as"] == "album" and store.read(place)["as"] == "album"
    assert [each["file"] for each in about["refused"]] == ["b/text.wav"]
    plain, found = album.load(folder, RATE), album.load(place, 0)
    assert found.name == "Mixed" and found.labels == plain.labels == ("a", "b")
    assert found.gain == pytest.approx(plain.gain, rel=1e-3)
    for mine, other in zip(found.recordings, plain.recordings, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-4)
    for table in ("training", "validation", "conditions"):
        np.testing.assert_array_equal(getattr(found, table), getattr(plain, table))
    assert found.origin[0]["licence"] == "CC0-1.0" and found.origin[0]["files"] == 4
    assert (about["training_chunks"], about["validation_chunks"]) == (
        len(found.training),
        len(found.validation),
    )


def test_a_quiet_recording_keeps_its_bits(folder: Path, tmp_path: Path) -> None:
    place, about = run(request(folder), tmp_path / "home")
    soft = next(each for each in about["sounds"] if each["file"] == "a/soft.flac")
    stored, _ = soundfile.read(place / "a" / "soft.flac", dtype="float32")
    exact = recording.read(folder / "a" / "soft.wav", RATE).signal
    assert np.abs(stored).max() == pytest.approx(0.9, abs=1e-3)
    assert np.abs(stored * soft["level"] - exact).max() < 1.1 * soft["level"] / 2**16
    assert soft["peak_db"] == pytest.approx(20 * np.log10(np.abs(exact).max()), abs=0.01)
    assert soundfile.info(place / "a" / "soft.flac").subtype == "PCM_16"


def test_warnings_of_the_sources_are_kept(folder: Path, tmp_path: Path) -> None:
    place, about = run(ImportRequest(folder, rate=16_000, kind="album"), tmp_path / "home")
    said = album.load(place, 16_000).warnings
    assert said[: len(about["warnings"])] == tuple(about["warnings"])
    assert any("of 8000 Hz: nothing above 4000 Hz" in each for each in said)
    assert any("quieter than a/loud" in each for each in said)


def test_another_rate_is_refused(folder: Path, tmp_path: Path) -> None:
    place, _ = run(request(folder), tmp_path / "home")
    assert album.load(place, RATE).sample_rate == RATE
    with pytest.raises(InputError, match=r"album Mixed has 8000 Hz, got 16000.*--rate 16000"):
        album.load(place, 16_000)


def test_one_shot_training_refuses_it(folder: Path, tmp_path: Path) -> None:
    place, _ = run(request(folder), tmp_path / "home")
    with pytest.raises(InputError, match="Mixed is an album"):
        load_folder(place, RATE, 1.0)


def test_copies_are_left_out(folder: Path, tmp_path: Path) -> None:
    put(folder / "b" / "again.wav", soundfile.read(folder / "b" / "other.flac")[0])
    place, about = run(request(folder), tmp_path / "home")
    assert about["duplicates"] == [{"file": "b/other.flac", "of": "b/again.wav", "similarity": 1.0}]
    assert not (place / "b" / "other.flac").exists()
    assert len(about["sounds"]) == 4


def test_the_report_of_an_album(folder: Path, tmp_path: Path) -> None:
    place, _ = run(request(folder), tmp_path / "home")
    text = (place / "report.md").read_text()
    for said in (
        "An album: ",
        "chunks of 8 s to learn from",
        "`b/text.wav`",
        "less than a chunk of 8.0",
    ):
        assert said in text
    assert (place / "overview.png").read_bytes().startswith(b"\x89PNG")


def test_an_album_of_a_second_leaves_nothing(tmp_path: Path) -> None:
    put(tmp_path / "tiny" / "a.wav", noise(1, 1))
    with pytest.raises(InputError, match="needs 2 s of sound"):
        run(request(tmp_path / "tiny"), tmp_path / "home")
    assert store.names(tmp_path / "home") == store.unfinished(tmp_path / "home") == []


def test_a_damaged_list_is_a_sentence(folder: Path, tmp_path: Path) -> None:
    place, about = run(request(folder), tmp_path / "home")
    del about["sounds"][0]["level"]
    store.write_whole(
        place / "dataset.json",
        json.dumps({"format": store.FORMAT, "kind": store.KIND, **about}).encode(),
    )
    with pytest.raises(ParseError, match="a recording lacks class, file or level"):
        album.load(place, 0)


def test_a_recording_that_is_gone_is_named(folder: Path, tmp_path: Path) -> None:
    place, _ = run(request(folder), tmp_path / "home")
    (place / "a" / "soft.flac").unlink()
    found = album.load(place, 0)
    assert "no sound file at" in found.skipped[0] and "soft.flac" in found.skipped[0]


def test_a_stopped_import_goes_on_and_gives_the_same(folder: Path, tmp_path: Path) -> None:
    whole, _ = run(request(folder), tmp_path / "whole")

    def stop_at_the_third(share: float, text: str) -> None:
        if share > 0.4:
            raise KeyboardInterrupt

    home = tmp_path / "home"
    with pytest.raises(KeyboardInterrupt):
        run(request(folder), home, progress=stop_at_the_third)
    assert store.unfinished(home) == ["Mixed"] and store.names(home) == []
    written = sorted((home / "Mixed.part").rglob("*.flac"))
    stamps = [path.stat().st_mtime_ns for path in written]
    assert len((home / "Mixed.part" / JOURNAL).read_bytes().splitlines()) > 2
    place, _ = run(request(folder), home)
    kept = [home / "Mixed" / path.relative_to(home / "Mixed.part") for path in written]
    assert [path.stat().st_mtime_ns for path in kept[:2]] == stamps[:2]
    for path in whole.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (place / path.relative_to(whole)).read_bytes(), path


def test_another_kind_starts_afresh(folder: Path, tmp_path: Path) -> None:
    def stop(share: float, text: str) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(request(folder), tmp_path / "home", progress=stop)
    oneshots = ImportRequest(folder, rate=RATE)
    _, about = run(oneshots, tmp_path / "home")
    assert "as" not in about and {each["seconds"] for each in about["sounds"]} == {2.0}


def test_a_stop_does_not_wait_for_a_long_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "BLOCK_SECONDS", 0.05)
    put(tmp_path / "long" / "a.wav", noise(400, 1, rate=44_100), 44_100)

    def stop(share: float, text: str) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run(request(tmp_path / "long"), tmp_path / "home", progress=stop)
    assert threading.active_count() == before
    assert not list((tmp_path / "home").rglob("*.flac"))


def test_progress_rises_to_the_end(folder: Path, tmp_path: Path) -> None:
    steps: list[float] = []
    run(request(folder), tmp_path / "home", 2, lambda share, text: steps.append(share))
    assert steps == sorted(steps) and steps[-1] == pytest.approx(1.0)


def test_samples_are_encoded_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = noise(1, 1, 0.9)
    whole = importing.encode(signal, RATE)
    monkeypatch.setattr(importing, "BLOCK", 999)
    assert importing.encode(signal, RATE) == whole
