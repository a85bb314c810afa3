from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from starling.engine.cli.dataset.group import dataset
from starling.models.errors import InputError, MissingError
from starling.models.timbre.families import named_sounds
from starling.models.timbre.families.batches import Material
from starling.presets.datasets.recordings import MOST_NOTES, family_at, recordings

RATE = 44_100


def tone(path: Path, key: int, seconds: float, decay: float = 0.0) -> None:
    """A note of three partials from .2 s on."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = 440 * 2 ** ((key - 69) / 12)
    wave = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in (1, 2, 3)) * np.exp(-decay * time)
    path.parent.mkdir(parents=True, exist_ok=True)
    lead = np.zeros(RATE // 5)
    soundfile.write(path, np.concatenate([lead, 0.3 * wave]), RATE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A held cello of 30 notes, a kick that decays, what nobody can name, and what is no sound."""
    root = tmp_path / "mine"
    for key in range(40, 70):
        tone(root / "strings" / "double-bass" / f"{key}.wav", key, 1.5)
    tone(root / "kick" / "one.wav", 30, 0.3, 20.0)
    tone(root / "xyz" / "one.wav", 60, 0.3, 20.0)
    (root / "kick" / "broken.wav").write_bytes(b"no sound")
    soundfile.write(root / "kick" / "silent.wav", np.zeros(RATE), RATE)
    return root


def test_instruments_are_heard_from_their_onset_on(folder: Path) -> None:
    told: list[str] = []
    found = recordings(folder, "CC0", lambda fraction, text: told.append(text))
    assert [(s.name, s.bank, s.family) for s in found.sounds] == [
        ("kick", ".", "percussion"),
        ("double-bass", "strings", "strings"),
        ("xyz", ".", ""),
    ]
    assert (found.domain, found.source, found.licence, found.notes) == (
        "mine", "recordings", "CC0", (),
    )  # fmt: skip
    audible = found.log_mel.any(axis=(2, 3)).sum(axis=1)
    assert audible.tolist() == [1, 2 * MOST_NOTES, 1], "a held note also as if it were released"
    held, released = np.asarray(found.log_mel[1, :2], np.float64)
    levels = [np.log10((10**mel).sum(axis=0)) for mel in (held, released)]
    assert levels[0][2] > 3, "no silence before it"
    assert levels[0][40] - levels[1][40] > 1 and abs(levels[0][10] - levels[1][10]) < 0.5
    assert len(told) == 3 and told[-1].endswith("3 of 3 instruments")


def test_a_set_of_recordings_is_trained_on_whole(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(dataset, ["named", str(folder), "--out", str(out), "--json"])
    assert result.exit_code == 0 and '"with_family": 2' in result.output, result.output
    material = Material([named_sounds.read(out)])
    assert len(material.held_out) == 0 and material.sounds == 2
    assert len(material.training) == 1 + 2 * MOST_NOTES


def test_a_folder_s_name_tells_before_its_instrument_s() -> None:
    assert family_at(Path("brass/bass-trombone")) == "brass"
    assert family_at(Path("my kit/snare")) == "percussion"
    assert family_at(Path("cello/bowed softly")) == "strings"


def test_folders_without_sounds_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no folder"):
        recordings(tmp_path / "none", "")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no folders of sounds"):
        recordings(tmp_path / "empty", "")
