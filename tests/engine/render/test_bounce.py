"""Songs rendered for real: Faust voices in processes, plugins, models, mix and files."""

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from starling.engine.render import files
from starling.engine.render.assignments import assign, parse_track
from starling.engine.render.bounce import BounceOptions, Renderer
from starling.engine.render.effects import Effects, parse_effects
from starling.engine.render.mixing import add, peak
from starling.engine.render.parts import Part, Patch, find_preset, resolve
from starling.engine.render.playing.chip_voices import chip_voice
from starling.engine.render.worker_pool import Workers
from starling.engine.songs.notes import BEND, ControlChange, SongNote
from starling.engine.songs.song import Song, Track, read_song
from starling.engine.sounds.generate import Generators
from starling.models.artifacts.catalogue import catalogue
from starling.models.errors import InputError, PluginError
from starling.presets.synths.plugin import find_amsynth

RATE = 44_100
EXAMPLES = Path(__file__).parents[3] / "examples"
needs_amsynth = pytest.mark.skipif(find_amsynth() is None, reason="amsynth is not installed")


def track(*notes: SongNote, controls: tuple[ControlChange, ...] = (), channel: int = 1) -> Track:
    return Track(channel, 0, "", notes, controls)


def song_of(*tracks: Track) -> Song:
    seconds = max(note.end for each in tracks for note in each.notes)
    return Song("song", seconds, {each.channel: each for each in tracks})


def parts_of(song: Song, patch: Patch) -> list[Part]:
    return [Part(each, patch) for each in song.tracks.values()]


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(Generators(catalogue()), jobs=2) as renderer:
        yield renderer


def pitch_hz(signal: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), 8 * len(signal)))
    return float(np.argmax(spectrum) * rate / (8 * len(signal)))


PURE = Patch("starling", "Pure", values={"osc1_shape": 0.0, "amp_release": 0.05})


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000, 192_000])
def test_notes_start_on_their_frame_at_every_rate(renderer: Renderer, rate: int) -> None:
    song = song_of(track(SongNote(0.2501, 0.5, 69, 100), SongNote(0.75, 1.0, 69, 100)))
    mix = renderer.render(song, parts_of(song, PURE), BounceOptions(rate, tail=0.25))
    assert mix.master.shape == (2, round(1.25 * rate))
    left = mix.master[0]
    assert np.argmax(np.abs(left) > 1e-4) == pytest.approx(round(0.2501 * rate), abs=rate // 2000)
    assert pitch_hz(left[int(0.3 * rate) : int(0.45 * rate)], rate) == pytest.approx(440, abs=2)


def test_the_same_song_gives_the_same_bytes_on_any_number_of_cores(renderer: Renderer) -> None:
    whole = read_song(EXAMPLES / "demo.mid")
    bar = {n: replace(t, notes=t.notes[:9]) for n, t in whole.tracks.items()}
    song = Song("bar", 3.0, bar)
    parts = resolve(song, assign(song, []), catalogue())
    effects = parse_effects(
        {"master": [{"effect": "Reverb"}], "tracks": {"3": [{"effect": "Pan"}]}}
    )
    options = BounceOptions(22_050, 0.5, effects)
    first = renderer.render(song, parts, options)
    with Renderer(Generators(catalogue()), jobs=1) as other:
        second = other.render(song, parts, options)
    assert first.master.tobytes() == second.master.tobytes()
    assert np.abs(first.master).max() > 0.1
    assert sorted(first.stems) == [1, 2, 3, 10]
    assert all(np.abs(stem).max() > 0.01 for stem in first.stems.values())


def test_stems_add_up_to_the_mix(renderer: Renderer) -> None:
    song = song_of(track(SongNote(0, 0.2, 60, 100)), track(SongNote(0.1, 0.3, 67, 90), channel=2))
    mix = renderer.render(song, parts_of(song, PURE), BounceOptions(RATE, 0.1))
    assert np.allclose(mix.master, sum(mix.stems.values()), atol=1e-6)
    assert np.array_equal(mix.master, add(list(mix.stems.values())))


def test_the_wheel_bends_and_the_volume_follows(renderer: Renderer) -> None:
    controls = (ControlChange(0.5, BEND, 8191), ControlChange(1.0, 7, 0))
    song = song_of(track(SongNote(0, 1.5, 69, 100), controls=controls))
    left = renderer.render(song, parts_of(song, PURE), BounceOptions(RATE, 0.0)).master[0]
    assert pitch_hz(left[4_000:20_000], RATE) == pytest.approx(440, abs=2)
    assert pitch_hz(left[24_000:40_000], RATE) == pytest.approx(440 * 2 ** (2 / 12), abs=2)
    assert np.abs(left[45_000:]).max() < 1e-6


def test_chords_need_as_many_voices_as_they_have(renderer: Renderer) -> None:
    keys = (48, 55, 60, 64, 67, 71, 74, 77, 81, 84)
    alone = [
        renderer.render(s, parts_of(s, PURE), BounceOptions(RATE, 0.1)).master
        for s in (song_of(track(SongNote(0, 0.3, key, 80))) for key in keys)
    ]
    song = song_of(track(*(SongNote(0, 0.3, key, 80) for key in keys)))
    as_is = BounceOptions(RATE, 0.1, headroom=None)
    chord = renderer.render(song, parts_of(song, PURE), as_is).master
    assert np.allclose(chord, sum(alone), atol=0.02)  # what is left is the effects' saturation


@pytest.mark.parametrize("rate", [22_050, 96_000])
def test_the_chip_plays_a_track_and_again_the_same(renderer: Renderer, rate: int) -> None:
    song = song_of(track(SongNote(0.25, 0.5, 69, 100)), track(SongNote(0, 1, 45, 100), channel=2))
    assignments = [parse_track("1=chip:pulse:duty=50"), parse_track("2=chip:triangle")]
    parts = resolve(song, assign(song, assignments), {})
    mix = renderer.render(song, parts, BounceOptions(rate, tail=0.25))
    again = renderer.render(song, parts, BounceOptions(rate, tail=0.25))
    assert mix.master.tobytes() == again.master.tobytes()
    pulse, triangle = mix.stems[1][0], mix.stems[2][0]
    assert np.argmax(np.abs(pulse) > 1e-3) == pytest.approx(rate / 4, abs=rate // 2000)
    assert pitch_hz(pulse[int(0.3 * rate) : int(0.45 * rate)], rate) == pytest.approx(440, abs=3)
    assert pitch_hz(triangle[: int(0.9 * rate)], rate) == pytest.approx(110, abs=1)
    assert np.allclose(mix.master, mix.stems[1] + mix.stems[2], atol=1e-6)


@needs_amsynth
def test_a_plugin_plays_on_time_and_again_the_same(renderer: Renderer) -> None:
    song = song_of(track(SongNote(0.5, 1.0, 69, 100)))
    assert find_amsynth()
    parts = resolve(song, [parse_track(f"1=plugin:{find_amsynth()}")], {})
    first = renderer.render(song, parts, BounceOptions(RATE, 0.5)).master
    assert np.abs(first[:, : RATE // 2 - 100]).max() < 1e-4
    assert np.abs(first[:, RATE // 2 : RATE]).max() > 0.01
    assert (
        first.tobytes() == renderer.render(song, parts, BounceOptions(RATE, 0.5)).master.tobytes()
    )


@needs_amsynth
def test_a_preset_of_amsynth_plays_with_its_values(renderer: Renderer) -> None:
    song = song_of(track(SongNote(0.0, 0.5, 57, 100)))
    quiet = Patch("amsynth", "A", values={"master_vol": 0.02})
    loud = Patch("amsynth", "B", values={"master_vol": 0.5})
    peaks = [
        np.abs(renderer.render(song, parts_of(song, patch), BounceOptions(RATE, 0.2)).master).max()
        for patch in (quiet, loud)
    ]
    assert 0 < peaks[0] < peaks[1]


@needs_amsynth
def test_a_plugin_that_is_silent_is_named(renderer: Renderer) -> None:
    song = song_of(track(SongNote(0, 0.2, 60, 100), channel=5))
    silent = Patch("amsynth", "Nothing", values={"master_vol": 0.0})
    with pytest.raises(PluginError, match=r"Nothing \(amsynth\) made no sound for part 5"):
        renderer.render(song, parts_of(song, silent), BounceOptions(RATE, 0.1))


@needs_amsynth
def test_a_plugin_that_hangs_is_ended(tmp_path: Path) -> None:
    header = {"job": "plugin", "plugin": "amsynth", "values": None, "rate": RATE}
    with (
        Workers(1) as workers,
        pytest.raises(PluginError, match="amsynth hung: no sound after"),
    ):
        workers.submit_alone(
            {**header, "midi": str(tmp_path), "frames": RATE * 3600, "out": str(tmp_path / "a")},
            timeout_s=0.05,
        ).result()


def test_a_file_that_is_no_plugin_is_named(renderer: Renderer, tmp_path: Path) -> None:
    (tmp_path / "bad.vst3").write_text("text")
    song = song_of(track(SongNote(0, 0.2, 60, 100)))
    patch = Patch(str(tmp_path / "bad.vst3"), "bad")
    with pytest.raises(PluginError, match=r"bad\.vst3 cannot be loaded as a plugin"):
        renderer.render(song, parts_of(song, patch), BounceOptions(RATE, 0.1))


def test_a_worker_that_dies_is_replaced() -> None:
    with Workers(1) as workers:
        with pytest.raises(PluginError, match="the synth crashed"):
            next(iter(workers._all))._child.kill()
            workers.submit({"job": "effects"}).result()
        with pytest.raises(PluginError, match="KeyError"):
            workers.submit({"job": "nonsense"}).result()


def test_unknown_values_and_tracks_are_named(renderer: Renderer) -> None:
    song = song_of(track(SongNote(0, 0.2, 60, 100)))
    with pytest.raises(
        InputError, match="starling has no parameter 'cutof'; did you mean 'cutoff'"
    ):
        renderer.render(
            song, parts_of(song, Patch("starling", "X", values={"cutof": 1})), BounceOptions()
        )
    with pytest.raises(
        InputError, match="effects: part 4 of song has no notes; those with notes: 1"
    ):
        renderer.render(song, parts_of(song, PURE), BounceOptions(effects=Effects({4: ()})))


@pytest.mark.parametrize(
    ("rate", "tail"), [(8_000, 1.0), (200_000, 1.0), (44_100, -1), (44_100, 61)]
)
def test_rate_and_tail_have_limits(rate: int, tail: float) -> None:
    with pytest.raises(InputError, match=r"must be (22050|0)\.\."):
        BounceOptions(rate, tail)


def test_cancelling_ends_the_processes() -> None:
    def stop(fraction: float, text: str) -> None:
        raise KeyboardInterrupt

    song = song_of(track(SongNote(0, 5, 60, 100)))
    with pytest.raises(KeyboardInterrupt), Renderer(Generators({}), jobs=2) as renderer:
        children = [each._child for each in renderer.workers._all]
        renderer.render(song, parts_of(song, find_preset("Slow Weather")), BounceOptions(), stop)
    assert all(child.poll() is not None for child in children)


def long_song(path: Path) -> Path:
    """Minutes of chords: long enough to be interrupted."""
    file = mido.MidiFile()
    messages = mido.MidiTrack()
    for _ in range(200):
        for kind, wait in (("note_on", 0), ("note_off", 960)):
            for at, key in enumerate((48, 55, 60, 64, 67)):
                messages.append(mido.Message(kind, note=key, time=wait if at == 0 else 0))
    file.tracks.append(messages)
    file.save(path)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path) -> None:
    song = long_song(tmp_path / "long.mid")
    (tmp_path / "mix.wav").write_bytes(b"the old mix")
    words = ["render", str(song), "-o", str(tmp_path / "mix.wav"), "--stems", str(tmp_path / "s")]
    start = (  # Ctrl-C counts, wherever the tests were started
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from starling.engine.cli.main import main; main()"
    )
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", start, *words],
        env={**os.environ, "STARLING_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    output = b"".join(child.communicate(timeout=30))
    assert child.returncode == 1, output
    assert b"Aborted" in output
    assert (tmp_path / "mix.wav").read_bytes() == b"the old mix"
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert left == ["long.mid", "mix.wav"]


def test_files_carry_no_clock(tmp_path: Path, renderer: Renderer) -> None:
    from starling.engine.sounds import wav

    song = song_of(track(SongNote(0, 0.2, 60, 100)))
    mix = renderer.render(song, parts_of(song, PURE), BounceOptions(RATE, 0.1))
    data = wav.encode(mix.master, RATE)
    assert b"PEAK" not in data
    (tmp_path / "mix.wav").write_bytes(data)
    info = soundfile.info(tmp_path / "mix.wav")
    assert (info.subtype, info.samplerate, info.channels) == ("FLOAT", RATE, 2)


def test_a_voice_of_dexed_plays_a_track_note_by_note(renderer: Renderer) -> None:
    pytest.importorskip("dexed", reason="dexed-py is not installed")
    voice = Patch("dexed", "Initial", values={})
    song = song_of(track(SongNote(0.5, 1.0, 69, 100), SongNote(1.5, 2.0, 57, 100)))
    first = renderer.render(song, parts_of(song, voice), BounceOptions(RATE, 0.5)).master
    assert np.abs(first[:, : RATE // 2 - 1]).max() == 0.0
    assert pitch_hz(first[0, RATE // 2 : RATE], RATE) == pytest.approx(440, rel=0.01)
    assert pitch_hz(first[0, RATE * 3 // 2 : RATE * 2], RATE) == pytest.approx(220, rel=0.01)
    again = renderer.render(song, parts_of(song, voice), BounceOptions(RATE, 0.5)).master
    assert first.tobytes() == again.tobytes()


def test_a_mix_over_full_scale_is_lowered_with_its_stems_unless_told_otherwise(
    renderer: Renderer,
) -> None:
    loud = replace(PURE, values={**(PURE.values or {}), "gain": 24.0})
    song = song_of(track(SongNote(0, 0.2, 60, 127)), track(SongNote(0, 0.2, 67, 127), channel=2))
    as_is = renderer.render(song, parts_of(song, loud), BounceOptions(RATE, 0.0, headroom=None))
    mix = renderer.render(song, parts_of(song, loud), BounceOptions(RATE, 0.0))
    assert peak(as_is.master) > 1 and as_is.lowered == 0
    assert peak(mix.master) == pytest.approx(10 ** (-1 / 20), rel=1e-5)
    assert mix.lowered == pytest.approx(20 * np.log10(peak(as_is.master)) + 1, abs=1e-3)
    assert np.allclose(mix.master, sum(mix.stems.values()), atol=1e-5)
    quiet = renderer.render(song, parts_of(song, PURE), BounceOptions(RATE, 0.0))
    assert quiet.lowered == 0, "what has room is left as it was"


def test_a_part_of_two_programs_plays_both_into_one_stem(renderer: Renderer) -> None:
    notes = (SongNote(0, 0.2, 69, 100, program=0), SongNote(0.3, 0.5, 81, 100, program=48))
    both = song_of(track(*notes, controls=(ControlChange(0.0, 7, 50),)))
    voices = [chip_voice(name, {}) for name in ("pulse", "triangle")]
    parts = [Part(both.tracks[1].playing((p,)), v) for p, v in zip((0, 48), voices, strict=True)]
    mix = renderer.render(both, parts, BounceOptions(RATE, 0.1))
    alone = [renderer.render(both, [part], BounceOptions(RATE, 0.1)).master for part in parts]
    assert list(mix.stems) == [1]
    assert np.allclose(mix.master, alone[0] + alone[1], atol=1e-6)
    assert all(peak(each) > 0.01 for each in alone)


def test_effects_are_found_by_name_and_channel(renderer: Renderer) -> None:
    named = replace(track(SongNote(0, 0.1, 60, 100)), name="Lead")
    silence = parse_effects({"tracks": {"lead": [{"effect": "Gain", "gain_db": -60}]}})
    song = song_of(named)
    mix = renderer.render(song, parts_of(song, PURE), BounceOptions(RATE, 0.0, silence))
    assert 0 < peak(mix.master) < 1e-3
    twice = parse_effects({"tracks": {"lead": [], "ch1": []}})
    with pytest.raises(InputError, match="effects: part 1 Lead has two chains"):
        renderer.render(song, parts_of(song, PURE), BounceOptions(RATE, 0.0, twice))


def test_memory_does_not_grow_with_the_song(renderer: Renderer, tmp_path: Path) -> None:
    """Eight minutes are 85 MB of sound, and there are four copies of it: all lie in files."""
    minutes, rate = 8, 22_050
    notes = tuple(SongNote(60.0 * at, 60.0 * at + 0.5, 60, 100) for at in range(minutes))
    controls = (ControlChange(1.0, 7, 80), ControlChange(2.0, BEND, 4096))
    song = replace(song_of(track(*notes, controls=controls)), seconds=60.0 * minutes)
    parts = [Part(song.tracks[1], chip_voice("pulse", {}))]
    effects = parse_effects({"master": [{"effect": "Compressor"}]})
    tracemalloc.start()
    mix = renderer.render(song, parts, BounceOptions(rate, 0.0, effects))
    files.write(tmp_path / "mix.flac", mix.master, rate, 16)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert mix.master.nbytes == minutes * 60 * rate * 8
    assert most < 0.5 * mix.master.nbytes
    assert soundfile.info(tmp_path / "mix.flac").frames == minutes * 60 * rate
    last = mix.master[0, -60 * rate :]
    assert np.abs(last[: rate // 2]).max() > 0.01 and not last[rate:].any()
