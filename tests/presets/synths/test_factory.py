"""The factory bank, rendered: every preset is valid, sounds, fits its category and is its own."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from starling.presets.synths import preset_folders
from starling.presets.synths.faust import FaustSynth, read_schema

RATE = 44_100
HOP = 441  # 10 ms
FILE = preset_folders.FACTORY
BANK = json.loads(FILE.read_text(encoding="utf-8"))
PRESETS = BANK["presets"]
CATEGORIES = (
    "bass",
    "lead",
    "pad",
    "keys",
    "pluck",
    "brass",
    "strings",
    "percussion",
    "effects",
)
REGISTER = {"bass": 36, "lead": 72}  # the key that shows a category best; else middle C


def of(*categories):
    return pytest.mark.parametrize(
        "preset", [p for p in PRESETS if p["category"] in categories], ids=lambda p: p["name"]
    )


every = of(*CATEGORIES)
SYNTH = FaustSynth()


@cache
def sound(name, velocity=100):
    """Two seconds (2, frames), the key held for 1.5 s, in the category's register."""
    preset = next(p for p in PRESETS if p["name"] == name)
    note = REGISTER.get(preset["category"], 60)
    return SYNTH.render(preset["values"], note, velocity, 1.5, 2.0, RATE)


def level(preset, velocity=100):
    """RMS over 20 ms, every 10 ms, relative to its peak: (frames,)."""
    power = np.square(sound(preset["name"], velocity)).mean(0)
    smooth = np.convolve(power, np.full(2 * HOP, 1 / (2 * HOP)), "same")[::HOP]
    return np.sqrt(smooth / smooth.max())


def spectra(audio):
    """Power spectra of 46 ms frames every 10 ms: (frames, bins)."""
    frames = np.lib.stride_tricks.sliding_window_view(audio.mean(0), 2048)[::HOP]
    return np.square(np.abs(np.fft.rfft(frames * np.hanning(2048).astype(np.float32))))


def centroid(preset, velocity=100):
    power = spectra(sound(preset["name"], velocity)).sum(0)
    return (power @ np.fft.rfftfreq(2048, 1 / RATE)) / power.sum()


def test_bank_is_complete():
    assert (BANK["format"], BANK["synth"], BANK["schema"]) == (1, "starling", read_schema().hash)
    assert len(PRESETS) == len({p["name"].lower() for p in PRESETS}) >= 72
    for category in CATEGORIES:
        assert sum(p["category"] == category for p in PRESETS) >= 8


@every
def test_preset_is_valid_and_stored_sparsely(preset):
    assert SYNTH.schema.sparse(preset["values"]) == preset["values"]
    assert preset["author"] == "Starling"
    assert preset["category"] in CATEGORIES
    assert preset["category"] in preset["tags"]
    assert len(preset["tags"]) >= 3
    assert preset["description"].endswith(".")


@every
def test_preset_sounds_at_a_sane_level(preset):
    peak = np.abs(sound(preset["name"])).max()
    assert 0.15 < peak < 0.71  # -16.5..-3 dBFS
    assert np.abs(sound(preset["name"], 127)).max() < 1.0
    assert np.isfinite(sound(preset["name"])).all()
    assert np.abs(sound(preset["name"]).mean(1)).max() < 0.01


@every
def test_preset_answers_to_velocity(preset):
    soft, loud = (np.square(sound(preset["name"], v)).sum() for v in (40, 127))
    assert loud > 1.05 * soft


def test_loudness_is_even():
    """The loudest 0.4 s of all but the shortest sounds lie within 6 dB of their median."""
    window = int(0.4 * RATE)
    loudest = []
    for preset in PRESETS:
        if preset["category"] not in ("percussion", "bass"):  # too short, too low to compare
            energy = np.cumsum(np.square(sound(preset["name"])).sum(0))
            loudest.append(10 * np.log10((energy[window:] - energy[:-window]).max() / window))
    assert np.abs(np.array(loudest) - np.median(loudest)).max() < 6


@of("bass")
def test_bass_is_low(preset):
    assert centroid(preset) < 250


@of("lead")
def test_lead_sustains(preset):
    assert level(preset)[120:150].max() > 0.25


@of("pad")
def test_pad_swells(preset):
    assert level(preset)[:15].max() < 0.5
    assert level(preset)[175:].max() > 0.1


@of("keys", "pluck", "percussion")
def test_struck_sounds_start_at_once(preset):
    assert level(preset)[:4].max() > 0.5


@of("pluck")
def test_pluck_decays_while_held(preset):
    assert level(preset)[145] < 0.4


@of("percussion")
def test_percussion_is_short(preset):
    assert level(preset)[70:].max() < 0.1


@of("brass")
def test_brass_brightens_when_played_hard(preset):
    assert centroid(preset, 127) > 1.08 * centroid(preset, 40)


@of("strings")
def test_strings_sustain_or_ring(preset):
    assert level(preset)[:150].mean() > 0.15
    assert level(preset)[160] > 0.02


@of("effects")
def test_effects_move(preset):
    """The spectrum wanders by several dB, where there is sound, while the key is held."""
    power = spectra(sound(preset["name"]))[:140]
    heard = power.mean(0) > 1e-4 * power.mean(0).max()
    assert (10 * np.log10(power[:, heard] + 1e-6)).std(0).mean() > 4


def test_no_two_presets_are_alike():
    """Mean absolute difference of the level-free log-mels, note 60: at least 3 dB."""
    mels = np.array([log_mel(p["values"]) for p in PRESETS])
    for i, mel in enumerate(mels[:-1]):
        distances = np.abs(mels[i + 1 :] - mel).mean((1, 2))
        near = int(distances.argmin())
        assert distances[near] > 3, (PRESETS[i]["name"], PRESETS[i + 1 + near]["name"])


def log_mel(values):
    audio = SYNTH.render(values, 60, 100, 0.65, 1.0, RATE)
    edges = np.geomspace(60, 16_000, 42) / (RATE / 2048)
    bins = np.arange(1025)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    power = spectra(audio * (0.1 / audio.std())) @ np.clip(np.minimum(rising, falling), 0, 1)
    return 10 * np.log10(power + 1e-4)


def test_the_factory_file_stays_where_libraries_know_it() -> None:
    """Favourites and ids hang on a file's path: version 0.1.0 had it beside the package's files."""
    import starling.presets

    assert Path(str(starling.presets.__file__)).with_name("factory.json") == preset_folders.FACTORY
    assert FILE.is_file()
