"""An audition's recipe says what played it: files of the synth, host, and our code."""

from pathlib import Path

import pytest

from starling.models.errors import InputError, MissingError
from starling.presets.synths.faust import SOURCE, FaustSynth
from starling.presets.synths.plugin_files import file_hash
from starling.presets.synths.render_stamp import DSP, PLAY_VERSION, render_stamp


def test_the_stamp_is_of_the_file_that_plays() -> None:
    assert DSP == SOURCE
    assert render_stamp("starling") == render_stamp("starling")


def test_an_updated_plugin_has_another_stamp(tmp_path: Path) -> None:
    plugin = tmp_path / "synth.so"
    plugin.write_bytes(b"one")
    before = render_stamp(str(plugin))
    plugin.write_bytes(b"two, longer")
    assert render_stamp(str(plugin)) != before


def test_what_is_not_there_is_a_sentence() -> None:
    with pytest.raises(MissingError, match="no plugin at"):
        render_stamp("/none/synth.so")
    with pytest.raises(InputError, match="no synth that Starling knows"):
        render_stamp("unknown")


# Samples of a note with default values, by version of our code and the DSP's hash.
PINNED: dict[tuple[int, str], tuple[float, ...]] = {
    (1, "ddc458d0"): (0.118, 0.199, 0.046, 0.084, 0.006)
}


def test_a_change_of_what_plays_raises_the_version() -> None:
    """When this fails: raise PLAY_VERSION, unless only the DSP is new, and pin what is heard."""
    wanted = PINNED[PLAY_VERSION, file_hash(SOURCE)[:8]]
    sound = FaustSynth().render({}, 60, 100, 0.3, 0.5, 48_000)[0]
    assert sound[[500, 2000, 8000, 15_000, 20_000]] == pytest.approx(wanted, abs=2e-3)
