"""Whole imports: what comes out, what is refused, and what an interruption leaves."""

import errno
import json
import os
import resource
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.datasets import store
from starling.models.datasets.import_records import ImportRequest
from starling.models.datasets.importer import JOURNAL, run
from starling.models.datasets.training_set import load_folder
from starling.models.errors import InputError, MissingError, StarlingError

RATE = 44100


def kick(hertz: float) -> np.ndarray:
    time = np.arange(RATE // 5) / RATE
    return (0.5 * np.sin(2 * np.pi * hertz * time) * np.exp(-time * 20)).astype(np.float32)


def hat(seed: int) -> np.ndarray:
    time = np.arange(RATE // 8) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(time))
    return (0.2 * noise * np.exp(-time * 40)).astype(np.float32)


def write(path: Path, sound: np.ndarray, **words: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE, **words)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A folder as people have them: two classes, copies, and things that are no sounds."""
    root = tmp_path / "My Pack"
    for index in range(5):
        write(root / "kick" / f"k{index}.wav", kick(50 + 8 * index), subtype="PCM_24")
        write(root / "hat" / f"h{index}.flac", hat(index))
    write(root / "kick" / "again.wav", kick(50), subtype="PCM_24")
    write(root / "hat" / "loud.wav", 3 * hat(1), subtype="FLOAT")
    write(root / "kick" / "is a hat.wav", hat(2), subtype="PCM_16")
    (root / "kick" / "bad.wav").write_text("no sound")
    (root / "licence.txt").write_text("do what you want")
    return root


def load(folder: Path) -> dict[str, object]:
    return json.loads((folder / "dataset.json").read_text())


def test_a_pack_becomes_a_data_set(pack: Path, tmp_path: Path) -> None:
    folder, about = run(ImportRequest(pack), tmp_path / "home")
    assert folder == tmp_path / "home" / "My Pack"
    assert about["classes"]["kick"]["sounds"] == 6 and about["classes"]["hat"]["sounds"] == 6
    assert [each["file"] for each in about["refused"]] == ["kick/bad.wav"]
    assert about["refused"][0]["reason"].startswith("bad.wav is not a sound file of a kind that")
    assert [(e["file"], e["of"]) for e in about["duplicates"]] == [
        ("kick/k0.wav", "kick/again.wav")
    ]
    assert [(e["file"], e["of"]) for e in about["near_duplicates"]] == [
        ("hat/loud.wav", "hat/h1.flac")
    ]
    assert about["conflicts"][0]["file"] == "kick/is a hat.wav"
    assert about["conflicts"][0]["classes"] == ["hat", "kick"]
    assert about["ignored"] == {".txt": 1}
    assert "too small to train on: it has 6, needed are 20" in about["warnings"][0]
    on_disk = {f"{path.parent.name}/{path.name}" for path in folder.glob("*/*")}
    assert on_disk == {sound["file"] for sound in about["sounds"]}
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "dataset.json",
        "overview.png",
        "report.md",
    ]
    assert not list((tmp_path / "home").glob("*.part"))


def test_the_report_names_every_refusal_and_duplicate(pack: Path, tmp_path: Path) -> None:
    folder, _ = run(ImportRequest(pack), tmp_path / "home")
    text = (folder / "report.md").read_text()
    for said in ("`kick/bad.wav`", "samples of `kick/again.wav`", "classes hat and kick", "1 .txt"):
        assert said in text
    assert (folder / "overview.png").read_bytes().startswith(b"\x89PNG")


def test_training_reads_it_and_keeps_near_duplicates_in_one_split(
    pack: Path, tmp_path: Path
) -> None:
    folder, about = run(
        ImportRequest(pack, licence="CC-BY-4.0", attribution="A. Nobody"), tmp_path / "home"
    )
    sounds = load_folder(folder, RATE, 0.5)
    assert len(sounds.sounds) == len(about["sounds"])
    groups = {sound.name: sound.group for sound in sounds.sounds}
    assert groups["hat/loud"] == groups["hat/h1"] != groups["hat/h2"]
    assert sounds.origin[0]["licence"] == "CC-BY-4.0"
    assert sounds.skipped == ()


def test_near_duplicates_can_be_dropped(pack: Path, tmp_path: Path) -> None:
    _, about = run(ImportRequest(pack, near="drop"), tmp_path / "home")
    assert [each["file"] for each in about["duplicates"]] == ["kick/k0.wav", "hat/loud.wav"]
    assert about["near_duplicates"] == []


def test_the_same_folder_gives_the_same_data_set_with_any_number_of_threads(
    pack: Path, tmp_path: Path
) -> None:
    one, three = (run(ImportRequest(pack), tmp_path / str(jobs), jobs)[0] for jobs in (1, 3))
    for path in one.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (three / path.relative_to(one)).read_bytes(), path


def test_progress_reaches_the_end(pack: Path, tmp_path: Path) -> None:
    steps: list[float] = []
    run(ImportRequest(pack), tmp_path / "home", progress=lambda share, text: steps.append(share))
    assert steps == sorted(steps) and steps[-1] == 1.0


def test_a_folder_of_one_file(tmp_path: Path) -> None:
    write(tmp_path / "one" / "a.wav", kick(50))
    _, about = run(ImportRequest(tmp_path / "one"), tmp_path / "home")
    assert about["classes"] == {"one": {"sounds": 1, "seconds": pytest.approx(0.2, abs=0.02)}}
    assert "class one is too small to train on: it has 1" in about["warnings"][0]


def test_a_class_of_two_sounds_is_imported_with_a_warning(tmp_path: Path) -> None:
    for index in range(2):
        write(tmp_path / "set" / "clap" / f"{index}.wav", hat(index))
    for index in range(20):
        write(tmp_path / "set" / "kick" / f"{index}.wav", kick(40 + 7 * index))
    _, about = run(ImportRequest(tmp_path / "set"), tmp_path / "home")
    assert about["classes"]["clap"]["sounds"] == 2
    assert [each.split()[1] for each in about["warnings"]] == ["clap"]


@pytest.mark.parametrize("content", ["silence", "text"])
def test_a_folder_with_nothing_usable_leaves_nothing(tmp_path: Path, content: str) -> None:
    for index in range(5):
        path = tmp_path / "set" / f"{index}.wav"
        write(path, np.zeros(5000, np.float32))
        if content == "text":
            path.write_text("words")
    with pytest.raises(InputError, match=r"none of the 5 sound files.*and 2 more"):
        run(ImportRequest(tmp_path / "set"), tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"rate": 1}, "rate must be 8000..192000, got 1"),
        ({"seconds": 3600.0}, r"seconds must be 0\.05\.\.30\.0, got 3600"),
        ({"seconds": float("nan")}, "seconds must be"),
        ({"name": "../up"}, "name must be 1..64 letters"),
        ({"name": "x.part"}, "name must be"),
    ],
)
def test_mistakes_name_field_and_range(pack: Path, tmp_path: Path, words, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        run(ImportRequest(pack, **words), tmp_path / "home")


def test_a_missing_folder_and_a_taken_name(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        run(ImportRequest(tmp_path / "none"), tmp_path / "home")
    run(ImportRequest(pack), tmp_path / "home")
    with pytest.raises(InputError, match="a data set My Pack exists"):
        run(ImportRequest(pack), tmp_path / "home")


def stop_after(count: int):
    seen: list[str] = []

    def progress(share: float, text: str) -> None:
        seen.append(text)
        if len(seen) == count:
            raise KeyboardInterrupt

    return progress


def test_an_interrupted_import_goes_on_where_it_was(pack: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(KeyboardInterrupt):
        run(ImportRequest(pack), home, progress=stop_after(6))
    part = home / "My Pack.part"
    assert store.names(home) == [] and store.unfinished(home) == ["My Pack"]
    before = {path: path.stat().st_mtime_ns for path in part.glob("*/*.flac")}
    assert len(before) >= 5
    journal = part / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-9])  # as a crash while writing would leave it
    stamps = {}

    def watch(share: float, text: str) -> None:
        if text == "compare" and not stamps:
            stamps.update({path: path.stat().st_mtime_ns for path in before if path.exists()})

    folder, about = run(ImportRequest(pack), home, progress=watch)
    kept = [path for path in before if stamps.get(path) == before[path]]
    assert len(kept) == len(before) - 1  # only the file of the torn line was made again
    whole, expected = run(ImportRequest(pack), tmp_path / "other")
    assert about == expected
    assert (folder / "report.md").read_text() == (whole / "report.md").read_text()


def test_two_imports_of_one_name_do_not_meet(pack: Path, tmp_path: Path) -> None:
    refused = []

    def second(fraction: float, text: str) -> None:
        if not refused:
            with pytest.raises(InputError, match="another process") as caught:
                run(ImportRequest(pack), tmp_path / "home")
            refused.append(caught.value.code)

    run(ImportRequest(pack), tmp_path / "home", progress=second)
    assert refused == ["busy"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["My Pack"]


def test_an_import_with_other_settings_begins_anew(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(ImportRequest(pack), tmp_path / "home", progress=stop_after(4))
    _, about = run(ImportRequest(pack, seconds=0.05), tmp_path / "home")
    assert max(sound["seconds"] for sound in about["sounds"]) == 0.05


def test_a_changed_source_is_read_again(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(ImportRequest(pack), tmp_path / "home", progress=stop_after(8))
    write(pack / "hat" / "h0.flac", hat(77))
    _, about = run(ImportRequest(pack), tmp_path / "home")
    _, expected = run(ImportRequest(pack), tmp_path / "other")
    assert about == expected


@pytest.mark.parametrize("limit", [3_000, 20_000])
def test_a_full_disk_is_said_and_nothing_half_written_is_listed(
    pack: Path, tmp_path: Path, limit: int
) -> None:
    """A file size limit stands for the full disk: the same code path, EFBIG for ENOSPC."""
    home = tmp_path / "home"
    rng = np.random.default_rng(0)
    write(pack / "hat" / "long.wav", 0.5 * rng.uniform(-1, 1, RATE).astype(np.float32))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(StarlingError, match=r"the disk is full.*same command again") as full:
            run(ImportRequest(pack), home)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert full.value.code == "store_full"
    assert isinstance(full.value.__cause__, OSError) or full.value.__cause__ is None
    assert store.names(home) == []
    assert not list((home / "My Pack.part").glob("*/*.part"))
    _, about = run(ImportRequest(pack), home)
    assert about == run(ImportRequest(pack), tmp_path / "other")[1]


def test_full_disk_codes_are_those_of_the_system() -> None:
    assert errno.ENOSPC in store.FULL_DISK


def test_names_that_are_not_utf8_travel_as_text(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "set") + b"/caf\xe9"
    os.makedirs(folder)
    for index in range(2):
        soundfile.write(folder + b"/k\xff%d.wav" % index, kick(50 + 20 * index), RATE)
    where, about = run(ImportRequest(tmp_path / "set"), tmp_path / "home")
    assert [each["source"] for each in about["sounds"]] == [
        "caf\\xe9/k\\xff0.wav",
        "caf\\xe9/k\\xff1.wav",
    ]
    assert load(where)["sounds"] == about["sounds"]
    (where / "report.md").read_text(encoding="utf-8")


def test_no_thread_outlives_an_import(pack: Path, tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run(ImportRequest(pack), tmp_path / "home", jobs=3, progress=stop_after(2))
    assert threading.active_count() == before
    shutil.rmtree(tmp_path / "home" / "My Pack.part")
