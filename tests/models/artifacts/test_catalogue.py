"""The catalogue of models: what is shipped, what a user adds, and that it stays cheap."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from starling.models.artifacts import catalogue
from starling.models.errors import MissingError, ParseError

SHIPPED = {"drums", "engine-room", "meows", "rain-sea", "strings"}


def test_drums_are_shipped_with_their_controls_in_order() -> None:
    card = catalogue.catalogue()["drums"]
    names = [control.name for control in card.controls]
    assert names == ["kind", "brightness", "decay", "noisiness", "pitch", "key"]
    kind, *knobs, pitch, key = card.controls
    assert kind.labels[:3] == ("By key", "Kick", "Snare")
    assert (kind.minimum, kind.maximum, kind.default) == (0.0, len(kind.labels) - 1, 0.0)
    assert all((knob.minimum, knob.maximum, knob.default) == (0.0, 1.0, 0.5) for knob in knobs)
    assert (pitch.minimum, pitch.maximum, pitch.default) == (-12.0, 12.0, 0.0)
    assert (key.minimum, key.maximum, key.default) == (0.0, 127.0, 36.0)
    assert card.sample_rate == 44100
    assert len(card.weights_hash) == 64


def test_card_states_origin_and_licence() -> None:
    card = json.loads(catalogue.catalogue()["drums"].path.read_text())
    assert sum(entry["files"] for entry in card["data"]["sources"]) == card["data"]["sounds"]
    for entry in card["data"]["sources"]:
        assert entry["licence"].startswith(("CC0", "public domain"))
        assert entry["repository"].startswith("https://")
    assert card["training"]["command"].startswith("starling train oneshot --data")
    assert any("Too few recordings" in sentence for sentence in card["limits"])


def test_reading_cards_needs_no_torch() -> None:
    code = (
        "import sys; from starling.models.artifacts.catalogue import catalogue; catalogue();"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def copy_of_drums(folder: Path, **changes: object) -> Path:
    shipped = catalogue.catalogue()["drums"].path
    shutil.copy(shipped.with_suffix(".safetensors"), folder)
    path = folder / "mine.json"
    path.write_text(json.dumps({**json.loads(shipped.read_text()), **changes}))
    return path


def test_extra_models_join_and_broken_ones_are_named(tmp_path: Path) -> None:
    copy_of_drums(tmp_path, name="mine", title="Mine")
    (tmp_path / "broken.json").write_text("{")
    models = catalogue.catalogue(tmp_path)
    assert set(models) >= {"drums", "mine"}
    assert models["mine"].title == "Mine"
    (problem,) = catalogue.problems(tmp_path)
    assert problem.startswith("broken.json is not JSON: ") and "line 1 column 2" in problem


def test_what_lies_about_in_the_folder_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "nothing")
    copy_of_drums(tmp_path, name="mine")
    assert set(catalogue.catalogue(tmp_path)) == {*SHIPPED, "mine"}
    assert [sentence.split("/")[-1] for sentence in catalogue.problems(tmp_path)] == [
        "folder.json",
        "link.json",
    ]


@pytest.mark.parametrize("kind", [kind for kind, plays in catalogue.KINDS.items() if not plays])
def test_models_that_make_no_sounds_are_not_among_those_to_play(kind: str, tmp_path: Path) -> None:
    copy_of_drums(tmp_path, name="mine", kind=kind)
    assert set(catalogue.catalogue(tmp_path)) == SHIPPED and not catalogue.problems(tmp_path)
    assert all(card.makes_sounds for card in catalogue.catalogue().values())


def control(**changes: object) -> dict[str, object]:
    return {"name": "a", "title": "A", "minimum": 0, "maximum": 1, "default": 0, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"sample_rate": 0},
        {"sample_rate": 10**9},
        {"root": -1},
        {"root": 128},
        {"sha256": "x" * 9000},
        {"title": "A\0B"},
        {"title": "\ud800"},
        {"title": "T" * 201},
        {"controls": [control(labels=["many labels"] * 1000)]},
        {"controls": [control(title="\0")]},
        {"controls": [control(maximum=1e999)]},
        {"controls": [control(maximum=10**400)]},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_a_card_that_cannot_be_used_or_sent_is_named(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    path = copy_of_drums(tmp_path, **{"name": "mine", **changes})
    assert set(catalogue.catalogue(tmp_path)) == SHIPPED
    [sentence] = catalogue.problems(tmp_path)
    assert sentence.startswith(path.name) and len(sentence) < 200


def test_absent_extra_folder_is_no_error(tmp_path: Path) -> None:
    assert "drums" in catalogue.catalogue(tmp_path / "none")
    assert catalogue.problems(None) == []


@pytest.mark.parametrize(
    "control",
    [{}, "kind", {"name": "a", "title": "A", "minimum": 0, "maximum": 1, "default": 2}],
)
def test_bad_control_is_refused(tmp_path: Path, control: object) -> None:
    path = copy_of_drums(tmp_path, name="mine", controls=[control])
    with pytest.raises(ParseError):
        catalogue.read(path)


def test_load_without_weights(tmp_path: Path) -> None:
    path = copy_of_drums(tmp_path, name="mine")
    (tmp_path / "drums.safetensors").unlink()
    with pytest.raises(MissingError):
        catalogue.load_generator(catalogue.read(path))


@pytest.mark.parametrize(
    "changes", [{"kind": "other"}, {"sha256": "0" * 64}, {"config": {"classes": ["a"]}}]
)
def test_load_of_a_card_that_does_not_fit(tmp_path: Path, changes: dict[str, object]) -> None:
    path = copy_of_drums(tmp_path, name="mine", **changes)
    with pytest.raises(ParseError):
        catalogue.load_generator(catalogue.read(path))


def test_the_composer_that_comes_with_starling_is_small_and_says_whose_its_songs_are() -> None:
    (card,) = catalogue.composers().values()
    assert card.name == "chip-composer"
    assert card.path.with_suffix(".safetensors").stat().st_size < 12e6
    about = json.loads(card.path.read_text(encoding="utf-8"))
    licences = {each["licence"] for each in about["data"]["sources"]}
    assert licences and not any("SA" in each or "Share" in each for each in licences)
    assert "not stated" not in licences and "nesmdb" not in json.dumps(about).lower()


def test_composers_are_listed_apart(tmp_path: Path) -> None:
    copy_of_drums(tmp_path, name="drums", kind="composer")  # hides no sounds of that name
    assert catalogue.composers(tmp_path).keys() - catalogue.composers().keys() == {"drums"}
    assert catalogue.catalogue(tmp_path)["drums"].kind == "oneshot"
    assert all(card.kind == "composer" for card in catalogue.composers(tmp_path).values())
