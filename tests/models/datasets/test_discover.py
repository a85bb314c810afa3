"""Which files are found below a folder, of which class, under which name."""

import os
import time
from pathlib import Path

import pytest

from starling.models.datasets.discover import clean, name_for, walk
from starling.models.datasets.store import check_name
from starling.models.errors import InputError, MissingError


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


NESTED = ("kick/808/a.wav", "kick/909/a.flac", "snare/b.aiff", "c.mp3")


@pytest.mark.parametrize(
    ("class_by", "classes"),
    [
        ("folder", {"kick", "snare", "pack"}),
        ("parent", {"808", "909", "snare", "pack"}),
        ("none", {"pack"}),
    ],
)
def test_classes_by_folder(tmp_path: Path, class_by, classes: set[str]) -> None:
    found = walk(touch(tmp_path / "pack", *NESTED), class_by)
    assert {each.label for each in found.files} == classes
    assert len({each.file.casefold() for each in found.files}) == 4


def test_a_flat_folder_is_one_class_of_its_name(tmp_path: Path) -> None:
    found = walk(touch(tmp_path / "my kicks", "a.wav", "b.ogg"))
    assert [each.file for each in found.files] == ["my kicks/a.flac", "my kicks/b.flac"]


def test_names_stay_apart_and_tell_the_inner_folders(tmp_path: Path) -> None:
    touch(tmp_path, "kick/808/a.wav", "kick/a.wav", "kick/a.flac", "kick/A.ogg", "kick/a-2.wav")
    files = [each.file for each in walk(tmp_path).files]
    assert "kick/808_a.flac" in files
    assert len({file.casefold() for file in files}) == 5


def test_what_is_no_sound_is_counted_by_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "k/a.wav", "k/a.txt", "k/b.TXT", "k/._a.wav", "k/README", "__MACOSX/k/a.wav")
    found = walk(tmp_path)
    assert len(found.files) == 1
    assert found.ignored == {".txt": 2, "hidden": 1, "no suffix": 1}


def test_sounds_of_every_kind_are_found(tmp_path: Path) -> None:
    """What cannot be read is refused with the reason when it is opened."""
    found = walk(touch(tmp_path, "k/a.wav", "k/b.m4a", "k/c.VOC", "k/d.sds", "k/e.raw"))
    assert [each.shown for each in found.files] == ["k/a.wav", "k/b.m4a", "k/c.VOC", "k/d.sds"]
    assert found.ignored == {".raw": 1}


def test_loops_of_links_end(tmp_path: Path) -> None:
    touch(tmp_path, "kick/a.wav")
    (tmp_path / "kick" / "again").symlink_to(tmp_path)
    (tmp_path / "kick" / "self.wav").symlink_to(tmp_path / "kick" / "self.wav")
    (tmp_path / "kick" / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    found = walk(tmp_path)
    assert [each.shown for each in found.files] == ["kick/a.wav", "kick/gone.wav", "kick/self.wav"]
    assert found.refused[0].file == "kick/again/"
    assert "read already" in found.refused[0].reason


def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere", "a.wav")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "kick").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "snare").symlink_to(tmp_path / "elsewhere")
    found = walk(tmp_path / "set")
    assert [each.shown for each in found.files] == ["kick/a.wav"]
    assert [each.file for each in found.refused] == ["snare/"]


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    Path(os.fsdecode(folder + b"/k\xff.wav")).touch()
    only = walk(tmp_path).files[0]
    assert only.shown == "caf\\xe9/k\\xff.wav"
    assert only.file == "caf_xe9/k_xff.flac"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be someone else")
def test_a_folder_that_may_not_be_opened_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "kick/a.wav", "shut/b.wav")
    (tmp_path / "shut").chmod(0o700)
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        found = walk(tmp_path)
    finally:
        os.seteuid(0)
    assert [each.shown for each in found.files] == ["kick/a.wav"]
    assert [(each.file, each.reason) for each in found.refused] == [
        ("shut/", "cannot be opened: Permission denied")
    ]


def test_folders_with_nothing_in_them(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no folder at"):
        walk(tmp_path / "none")
    with pytest.raises(InputError, match="holds no sound files"):
        walk(tmp_path)
    touch(tmp_path, "a.txt", "b.txt", "c.pdf")
    with pytest.raises(InputError, match=r"no sound files \(2 \.txt, 1 \.pdf\)"):
        walk(tmp_path)


def test_twenty_thousand_files(tmp_path: Path) -> None:
    for group in range(20):
        (tmp_path / f"class{group}").mkdir()
        for index in range(1000):
            os.close(os.open(tmp_path / f"class{group}" / f"{index}.wav", os.O_CREAT))
    began = time.monotonic()
    assert len(walk(tmp_path).files) == 20_000
    assert time.monotonic() - began < 30  # half a second on an idle machine


def test_clean_gives_names_for_every_file_system() -> None:
    assert clean('a/b\\c:d*e?"<>|') == "a_b_c_d_e_____"
    assert clean("..") == "sounds"
    assert clean("Größe 4 (hart)") == "Größe 4 (hart)"
    assert len(clean("x" * 300)) == 80


@pytest.mark.parametrize("name", ["Kicks & Snares (2)", "(a)", "..x", "ß", "a" * 200, "-"])
def test_every_folder_has_a_name_that_does(tmp_path: Path, name: str) -> None:
    assert check_name(name_for(tmp_path / name))
