import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from starling.engine.cli.dataset.group import dataset
from starling.models.errors import MissingError
from starling.presets.datasets import named
from starling.presets.datasets.splits import half_of, split_of
from starling.presets.scan.synth_facts import synth_facts
from starling.presets.synths.plugin import SCHEMAS

FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")


def test_banks_that_measures_keep_are_not_learnt_from() -> None:
    banks = [f"bank {number}" for number in range(200)]
    assert {b for b in banks if named.is_learnt("amsynth", b)} == {
        b for b in banks if split_of(b) != "test"
    }
    kept = [b for b in banks if not named.is_learnt("dexed", b)]
    assert 70 < len(kept) < 130 and all(half_of(b) == "second" for b in kept)
    assert all(named.is_learnt("ZynAddSubFX", bank) for bank in banks)


def test_presets_are_rendered_at_their_notes(bank_folder: Path, tmp_path: Path) -> None:
    facts = synth_facts("amsynth", tmp_path / SCHEMAS)
    found = [p for p in named.playable(facts, [bank_folder]) if "small" in p.bank][:2]
    if not found:  # the installed banks have the same presets, and come first
        found = named.playable(facts, [bank_folder])[:2]
    told: list[str] = []
    mels = named.rendered(
        found, "amsynth", ((60, 100, 0.65), (72, 100, 0.1)), tmp_path / SCHEMAS, 2,
        lambda fraction, text: told.append(text),
    )  # fmt: skip
    assert mels.shape == (2, 2, 64, 51) and mels.any(axis=(2, 3)).all()
    assert sorted(told) == ["amsynth: 1 of 2 presets", "amsynth: 2 of 2 presets"]
    again = named.rendered(found, "amsynth", ((60, 100, 0.65),), tmp_path / SCHEMAS, 1)
    assert np.array_equal(again[:, 0], mels[:, 0])


def test_what_sounds_like_a_preset_that_is_measured_with_is_left_out(
    bank_folder: Path, tmp_path: Path
) -> None:
    facts = synth_facts("amsynth", tmp_path / SCHEMAS)
    few = named.playable(facts, [bank_folder], installed=False)[:3]
    assert len(few) == 3
    mels = named.rendered(few, "amsynth", ((60, 100, 0.65),), tmp_path / SCHEMAS, 1)[:, 0]
    louder = mels + np.float16(0.3)
    assert named.alike(louder[:1], mels[:1]).tolist() == [True], "only the shape counts"
    upside = mels.max() - mels
    assert named.alike(upside, mels).tolist() == [False] * 3
    assert not named.alike(mels, mels[:0]).any()


def test_a_soundfont_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no soundfont"):
        named.soundfont(tmp_path / "none.sf2", "")
    result = CliRunner().invoke(
        dataset, ["named", str(tmp_path / "none.sf2"), "--out", str(tmp_path / "out")]
    )
    assert result.exit_code != 0 and not (tmp_path / "out").exists()


@pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="fluidsynth is not installed")
@pytest.mark.skipif(not FONT.exists(), reason="timgm6mb-soundfont is not installed")
def test_a_program_s_notes_are_from_their_onset_on(tmp_path: Path) -> None:
    notes = list(named._program(FONT, 19, tmp_path))  # a church organ: held, then short
    assert len(notes) == len(named.FONT_NOTES) and all(note is not None for note in notes)
    held = np.stack([note for note in notes if note is not None]).astype(float)
    loud = np.log10((10**held).sum(axis=1))  # (notes, steps)
    assert (loud[:, 5] > loud.min(axis=1) + 1).all(), "the sound begins at once"
    keys = [key for key, velocity, _ in named.FONT_NOTES if velocity == 100][:14]
    lowest = [int((note > note.max() - 1.5).any(axis=1).argmax()) for note in held[:14]]
    assert lowest == sorted(lowest) and keys == sorted(keys), "higher keys are higher"
