"""The embedded synth, really compiled and rendered: pitch, polyphony, determinism, levels."""

import dawdreamer
import numpy as np
import pytest

from starling.models.errors import InputError
from starling.presets.synths.faust import BLOCK, SOURCE, FaustSynth, read_schema
from starling.presets.synths.protocol import open_synth
from starling.presets.synths.voicing import NoteEvent

RATE = 44_100
RICH = {  # every source of randomness, every phase and every tail at once
    "unison_mix": 0.6,
    "noise_level": 0.2,
    "osc2_level": 0.4,
    "fm_amount": 0.3,
    "lfo1_shape": 4,
    "lfo1_cutoff": 1.0,
    "lfo2_pan": 0.5,
    "chorus_mix": 0.5,
    "delay_mix": 0.4,
    "delay_feedback": 0.8,
    "reverb_mix": 0.5,
    "reverb_time": 9.0,
}


@pytest.fixture(scope="module")
def synth():
    return open_synth("starling")


def spectrum(audio, sample_rate=RATE):
    """Frequencies in Hz and magnitudes of the left channel."""
    windowed = audio[0] * np.hanning(audio.shape[1])
    size = 4 * len(windowed)
    return np.fft.rfftfreq(size, 1 / sample_rate), np.abs(np.fft.rfft(windowed, size))


def track(synth, values, notes, seconds, **options):
    engine = dawdreamer.RenderEngine(RATE, BLOCK)
    engine.load_graph(synth.track(engine, "keys", values, notes, seconds, RATE, **options))
    engine.render(seconds)
    return engine.get_audio()


def test_schema_is_what_the_compiler_sees():
    engine = dawdreamer.RenderEngine(RATE, BLOCK)
    nodes = FaustSynth().track(engine, "x", {}, [], 0.1, RATE)
    seen = {}
    for processor in (nodes[1][0], nodes[-1][0]):
        for control in processor.get_parameters_description():
            seen[control["label"]] = (control["min"], control["max"], control["value"])
    schema = read_schema()
    assert set(seen) == set(schema.names())
    for parameter in schema.parameters:
        expected = (parameter.minimum, parameter.maximum, parameter.default)
        assert seen[parameter.name] == pytest.approx(expected)


def test_schema_is_golden():
    schema = read_schema()
    assert len(schema.parameters) == 65
    assert (
        schema.hash == "e20c0ffa33f0ed25607068d94c94599738c94a3b1b8120af26d2009d53307883"
    )  # a change makes users' presets unreadable: raise the version in starling.dsp


def test_dsp_file_is_a_plain_polyphonic_faust_program():
    engine = dawdreamer.RenderEngine(RATE, BLOCK)
    processor = engine.make_faust_processor("plain")
    processor.num_voices = 2
    processor.set_dsp(str(SOURCE))
    assert processor.compile()
    assert processor.get_num_output_channels() == 2


def test_menus_have_a_label_for_each_step():
    labelled = [p for p in read_schema().parameters if p.labels]
    assert [p.name for p in labelled] == ["sub_octave", "filter_mode", "lfo1_shape", "lfo2_shape"]
    assert all(len(p.labels) == p.steps for p in labelled)


def test_same_bytes_whatever_was_rendered_before(synth):
    first = synth.render(RICH, 60, 100, 0.3, 0.6, RATE)
    synth.render({"osc1_shape": 0.0, "delay_mix": 1.0}, 90, 20, 0.5, 0.7, RATE)
    assert np.array_equal(first, synth.render(RICH, 60, 100, 0.3, 0.6, RATE))
    assert np.array_equal(first, FaustSynth().render(RICH, 60, 100, 0.3, 0.6, RATE))


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_a4_is_440_hz_at_every_rate(synth, sample_rate):
    audio = synth.render({"osc1_shape": 0}, 69, 100, 0.6, 0.5, sample_rate)
    assert audio.shape == (2, sample_rate // 2)
    assert audio.dtype == np.float32
    frequencies, magnitudes = spectrum(audio, sample_rate)
    assert frequencies[magnitudes.argmax()] == pytest.approx(440.0, abs=1.0)


def test_velocity_changes_level_and_brightness(synth):
    values = {"filter_velocity": 3.0, "cutoff": 1000.0}
    soft, loud = (synth.render(values, 48, v, 0.3, 0.3, RATE) for v in (30, 120))
    assert np.abs(loud).max() > 2 * np.abs(soft).max()
    centroids = [(f @ m**2) / (m @ m) for f, m in (spectrum(soft), spectrum(loud))]
    assert centroids[1] > 1.2 * centroids[0]


def test_release_ends_in_silence_without_dc(synth):
    audio = synth.render({"osc1_width": 0.1, "osc1_shape": 3}, 36, 127, 0.3, 1.2, RATE)
    assert np.abs(audio[:, -RATE // 4 :]).max() < 1e-4
    assert abs(audio[:, : RATE // 4].mean()) < 3e-3


def test_extreme_values_stay_finite(synth):
    random = np.random.default_rng(1)
    for _ in range(25):
        values = {
            p.name: p.minimum
            if (at := random.random() * 1.4 - 0.2) < 0
            else p.maximum
            if at > 1
            else p.minimum + at * (p.maximum - p.minimum)
            for p in synth.schema.parameters
        }
        values["gain"] = 0.0
        audio = synth.render(values, int(random.integers(0, 128)), 127, 0.1, 0.15, RATE)
        assert np.isfinite(audio).all()
        assert np.abs(audio).max() < 4.0


def test_chord_sounds_all_its_notes(synth):
    keys = (60, 64, 67)
    chord = track(synth, {"osc1_shape": 0}, [NoteEvent(0, 0.5, key, 100) for key in keys], 0.5)
    single = track(synth, {"osc1_shape": 0}, [NoteEvent(0, 0.5, 60, 100)], 0.5)
    assert np.square(chord).sum() > 2 * np.square(single).sum()
    frequencies, magnitudes = spectrum(chord)
    for key in keys:
        near = np.abs(frequencies - 440 * 2 ** ((key - 69) / 12)) < 3
        assert magnitudes[near].max() > 0.5 * magnitudes.max()


def test_track_of_one_note_sounds_like_the_render(synth):
    note = synth.render(RICH, 60, 100, 0.3, 0.6, RATE)
    assert np.allclose(track(synth, RICH, [NoteEvent(0, 0.3, 60, 100)], 0.6), note, atol=1e-3)


def test_track_starts_notes_on_their_sample(synth):
    audio = track(synth, {}, [NoteEvent(1000 / RATE, 0.1, 60, 100)], 0.2)
    assert np.flatnonzero(np.abs(audio[0]) > 1e-6)[0] in range(999, 1003)


def test_track_twice_gives_the_same_bytes(synth):
    notes = [NoteEvent(i * 0.05, 0.2, 48 + i, 90) for i in range(8)]
    first, second = (track(synth, RICH, notes, 0.6, voices=4) for _ in range(2))
    assert np.array_equal(first, second)


def test_bend_shifts_the_pitch(synth):
    bend = np.full(RATE // 2, 2.0, np.float32)
    audio = track(synth, {"osc1_shape": 0}, [NoteEvent(0, 0.5, 67, 100)], 0.5, bend=bend)
    frequencies, magnitudes = spectrum(audio)
    assert frequencies[magnitudes.argmax()] == pytest.approx(440.0, abs=1.0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"values": {"cutoff": 5.0}}, "cutoff must be 20..18000, got 5"),
        ({"values": {"volume": 1.0}}, "starling has no parameter 'volume'"),
        ({"note": 128}, "note must be 0..127, got 128"),
        ({"velocity": 0}, "velocity must be 1..127, got 0"),
        ({"seconds": 0.0}, "seconds must be"),
        ({"seconds": float("nan")}, "seconds must be"),
        ({"sample_rate": 8}, "sample rate must be 22050..192000 Hz, got 8"),
    ],
)
def test_render_refuses(synth, change, sentence):
    call = {"values": {}, "note": 60, "velocity": 100, "note_seconds": 0.1, "seconds": 0.1}
    with pytest.raises(InputError, match=sentence):
        synth.render(**({**call, "sample_rate": RATE} | change))
