"""The folder of data sets: names, lists, choices, damage."""

import json
from pathlib import Path

import pytest

from starling.models.datasets import store
from starling.models.errors import InputError, MissingError, ParseError, StarlingError

ABOUT = {
    "name": "kicks",
    "rate": 44100,
    "classes": {"kick": {"sounds": 1, "seconds": 0.5}},
    "sounds": [{"file": "kick/a.flac", "class": "kick", "group": "g7"}],
    "refused": [],
    "licence": [{"licence": "CC0-1.0"}],
}


def make(home: Path, name: str = "kicks") -> Path:
    part = home / f"{name}.part"
    store.write_whole(part / "kick" / "a.flac", b"sound")
    return store.publish(home, part, {**ABOUT, "name": name})


def test_a_published_set_is_found_listed_and_read(tmp_path: Path) -> None:
    assert store.names(tmp_path / "none") == store.unfinished(tmp_path / "none") == []
    folder = make(tmp_path)
    (tmp_path / "begun.part").mkdir()
    (tmp_path / "other").mkdir()
    assert store.names(tmp_path) == ["kicks"]
    assert store.unfinished(tmp_path) == ["begun"]
    assert store.find("kicks", tmp_path) == folder
    assert store.read(folder)["classes"] == ABOUT["classes"]
    assert store.groups(folder) == {"kick/a.flac": "g7"}
    assert store.origin(folder) == ({"licence": "CC0-1.0"},)


def test_a_folder_here_is_never_taken_for_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has a separator is a path, what has none is a name, whatever lies here."""
    folder = make(tmp_path / "home")
    (tmp_path / "kicks").mkdir()
    (tmp_path / "snares").mkdir()
    monkeypatch.chdir(tmp_path)
    assert store.find("kicks", tmp_path / "home") == folder
    assert store.find("./kicks", tmp_path / "home") == Path("kicks")
    assert store.find(".", tmp_path / "home") == Path()
    with pytest.raises(MissingError, match=r"no data set snares .*given as \./snares"):
        store.find("snares", tmp_path / "home")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store.find("~/kicks", tmp_path / "home") == tmp_path / "kicks"


@pytest.mark.parametrize("word", ["snares", "../kicks", "", "kicks.part"])
def test_what_is_not_there_is_said_with_what_is(tmp_path: Path, word: str) -> None:
    make(tmp_path / "home")
    if word:
        with pytest.raises(MissingError, match="data sets: kicks"):
            store.find(word, tmp_path / "home")


def test_a_folder_without_dataset_json_has_no_groups(tmp_path: Path) -> None:
    assert store.groups(tmp_path) == {} and store.origin(tmp_path) == ()


def test_a_rendered_set_of_presets_is_not_one_of_sounds(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text('{"format": 1, "synth": "amsynth", "count": 3}')
    assert not store.is_sound_set(tmp_path)
    assert store.groups(tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"format": 1, "kind": "sounds", ', "is damaged: it is not JSON"),
        (json.dumps({"format": 2, "kind": "sounds"}), "has the format 2; this is 1"),
        (json.dumps({"format": 1, "kind": "presets"}), "not of a data set of sounds"),
        (json.dumps({"format": 1, "kind": "sounds", "name": 3}), "field 'name' is not a str"),
        ("[" * 100_000, "is damaged"),
    ],
)
def test_damage_is_said(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(ParseError, match=sentence):
        store.read(tmp_path)


def test_remove_takes_a_set_and_what_was_begun(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "kicks.part").mkdir()
    store.remove("kicks", tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(MissingError, match="no data set kicks; there are: none"):
        store.remove("kicks", tmp_path)


def test_remove_never_takes_another_folder(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    with pytest.raises(InputError, match="is not a data set"):
        store.remove("precious", tmp_path)
    with pytest.raises(InputError, match="name must be"):
        store.remove("../precious", tmp_path)
    assert (tmp_path / "precious").is_dir()


def test_a_choice_that_is_not_kept_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(StarlingError, match="could not be kept"):
        store.choose(tmp_path / "datasets.json", default=3)  # which reads back as "3"


def test_choices_are_kept_and_damage_is_no_choice(tmp_path: Path) -> None:
    path = tmp_path / "datasets.json"
    nothing = {"default": "", "rendered": []}
    assert store.choices(path) == nothing
    store.choose(path, default="kicks")
    store.choose(path, rendered=["/a/b"])
    assert store.choices(path) == {"default": "kicks", "rendered": ["/a/b"]}
    for damaged in ("{", "[]", '{"format": 9}', ""):
        path.write_text(damaged)
        assert store.choices(path) == nothing


@pytest.mark.parametrize("name", ["a", "My Pack 2", "größe+1", "x" * 64])
def test_names_that_do(name: str) -> None:
    assert store.check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a.part", "x" * 65, " a", "a ", "-a"]
)
def test_names_that_do_not(name: str) -> None:
    with pytest.raises(InputError):
        store.check_name(name)
