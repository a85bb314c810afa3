"""The demo's material and steps; `python3 build.py demo` runs the whole."""

import runpy
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from starling.engine.demo import steps
from starling.engine.demo.picture import FOUND, GENERATED, QUERIED, Bar, Panel, draw
from starling.engine.songs.song import read_song
from starling.models.errors import MissingError, PluginError

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
VST3 = sorted((ROOT / "plugin" / "Builds").glob("*/build/**/Starling.vst3"))
RATE = 44_100


def test_the_song_is_what_its_script_composes(tmp_path: Path) -> None:
    script = runpy.run_path(str(EXAMPLES / "make_demo_midi.py"))
    script["compose"]().save(tmp_path / "demo.mid")
    assert (tmp_path / "demo.mid").read_bytes() == (EXAMPLES / "demo.mid").read_bytes()


def test_the_song_is_what_the_readme_says() -> None:
    song = read_song(EXAMPLES / "demo.mid")
    assert {n: t.name for n, t in song.tracks.items()} == {
        1: "Bass",
        2: "Chords",
        3: "Melody",
        10: "Drums",
    }
    assert 12 <= song.seconds <= 16
    assert {36, 38, 42, 46} <= {note.key for note in song.tracks[10].notes}
    assert mido.MidiFile(EXAMPLES / "demo.mid").type == 1


def test_the_recording_is_small_and_credited() -> None:
    assert (EXAMPLES / "query.wav").stat().st_size <= 400_000
    sound, rate = soundfile.read(EXAMPLES / "query.wav")
    assert rate == RATE
    assert np.abs(sound).max() > 0.3
    readme = (EXAMPLES / "README.md").read_text()
    assert "CC0" in readme
    assert "Versilian" in readme


def test_the_picture_is_drawn_and_the_same_each_time(tmp_path: Path) -> None:
    times = np.arange(RATE) / RATE
    sound = (0.5 * np.sin(2 * np.pi * 220 * times) * np.exp(-3 * times)).astype(np.float32)
    stereo = np.stack([sound, sound])

    def panel(colour: str) -> Panel:
        return Panel(stereo, RATE, "A sound", "where it is", colour)

    bars = [Bar(f"Preset {n}", "synth, bank", 1 / n) for n in range(1, 6)]
    for name in ("a.png", "b.png"):
        hits = [(0.1, 36), (0.3, 38), (0.5, 70)]
        draw(tmp_path / name, panel(GENERATED), hits, panel(QUERIED), panel(FOUND), bars)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size > 30_000


@pytest.mark.parametrize("audio", [np.zeros((2, 100)), np.full((2, 100), 0.001), np.zeros((2, 0))])
def test_silence_is_an_error_and_not_a_file(tmp_path: Path, audio: np.ndarray) -> None:
    with pytest.raises(PluginError, match=r"mix\.wav would be nearly silent"):
        steps.check_sound(audio.astype(np.float32), tmp_path / "mix.wav")
    assert not (tmp_path / "mix.wav").exists()


def test_samples_that_are_not_numbers_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="not numbers"):
        steps.check_sound(np.full((2, 9), np.nan, np.float32), tmp_path / "mix.wav")


def test_a_plugin_that_is_not_built_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    with pytest.raises(MissingError, match=r"build\.py plugin"):
        steps.find_plugin()


@pytest.mark.host
@pytest.mark.skipif(not VST3, reason="the plugin is not built: python3 build.py plugin")
def test_the_plugin_plays_the_drums_of_the_song(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))
    song = read_song(EXAMPLES / "demo.mid")
    with steps.running_engine() as client:
        first = steps.bounce_plugin(VST3[0], song, 3, tmp_path / "a.wav")
        second = steps.bounce_plugin(VST3[0], song, 3, tmp_path / "b.wav")
        assert client.request("ping")
    keys = len({note.key for note in song.tracks[10].notes})
    assert first.made >= keys
    assert second.made < keys, "the keys' sounds were in the store"
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
