"""Folders of sounds: what is read, how it is split, what its hash depends on."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from starling.models.datasets.training_set import (
    SoundSet,
    files_of,
    group_of,
    load_folder,
    manifest_hash,
)
from starling.models.errors import InputError, MissingError

DRUMS = Path(__file__).parents[4] / "shared" / "data" / "drums"


def test_load_folder_reads_classes_in_drum_order(sounds: SoundSet) -> None:
    assert sounds.classes == ("kick", "hat_closed")
    assert len(sounds.sounds) == 12
    assert all(np.abs(sound.signal).max() == pytest.approx(0.9) for sound in sounds.sounds)


def test_load_folder_names_what_it_skips(sounds: SoundSet) -> None:
    assert len(sounds.skipped) == 1
    assert "broken.wav" in sounds.skipped[0]


def test_hold_out_keeps_both_sides_of_each_class(sounds: SoundSet) -> None:
    for label in (0, 1):
        held = sounds.held_out[sounds.labels == label]
        assert 0 < held.sum() < len(held)


@pytest.mark.parametrize(
    ("stem", "group"),
    [
        ("gogodze_ks-vl1-rr4", "gogodze_ks"),
        ("gogodze_sc-vl6-rr1", "gogodze_sc"),
        ("tr808-fischer_bd0010", "tr808-fischer_bd0010"),
        ("snare_rr2", "snare"),
    ],
)
def test_group_joins_velocity_layers_and_round_robins(stem: str, group: str) -> None:
    assert group_of(stem) == group


def test_manifest_hash_follows_content_and_names(sound_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sound_folder, copy)
    assert manifest_hash(files_of(copy)) == manifest_hash(files_of(sound_folder))
    (copy / "kick" / "thump0.wav").rename(copy / "kick" / "other.wav")
    assert manifest_hash(files_of(copy)) != manifest_hash(files_of(sound_folder))


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        load_folder(tmp_path / "none", 44100, 1.0)


def test_folder_without_sounds(tmp_path: Path) -> None:
    (tmp_path / "kick").mkdir()
    with pytest.raises(InputError, match="no class folders"):
        load_folder(tmp_path, 44100, 1.0)


def test_sounds_without_class_folders_are_one_class(sound_folder: Path) -> None:
    found = load_folder(sound_folder / "kick", 44100, 0.4)
    assert found.classes == ("kick",)
    assert found.sounds[0].name == "kick/thump0"


def test_folder_of_broken_files(tmp_path: Path) -> None:
    (tmp_path / "kick").mkdir()
    (tmp_path / "kick" / "a.wav").write_text("no")
    with pytest.raises(InputError, match="none of the 1 files"):
        load_folder(tmp_path, 44100, 1.0)


def test_a_class_without_a_readable_file_is_named(sound_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(sound_folder, tmp_path / "set")
    (tmp_path / "set" / "gong").mkdir()
    (tmp_path / "set" / "gong" / "bad.wav").write_bytes(b"RIFF")
    with pytest.raises(InputError, match="no file in gong could be read"):
        load_folder(tmp_path / "set", 44_100, 0.5)


@pytest.mark.skipif(not DRUMS.is_dir(), reason="../shared/data/drums is not on this machine")
def test_shared_drums_split_by_group() -> None:
    files = files_of(DRUMS)
    assert len(files) == 605
    groups = {f"{label}/{group_of(path.stem)}" for label, path in files if "gogodze" in path.stem}
    assert len(groups) < 20
