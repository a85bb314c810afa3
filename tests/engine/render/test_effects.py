"""chain.json: what it may say, what it may not, and that every effect leaves sound in order."""

import json
from pathlib import Path

import numpy as np
import pytest

from starling.engine.render.effects import (
    BLOCK,
    Insert,
    apply,
    pan,
    parse_effects,
    pedalboard,
    read_effects,
)
from starling.engine.render.effects_table import EFFECTS, Effect
from starling.models.errors import InputError, ParseError

RATE = 44_100
EXAMPLE = Path(__file__).parents[3] / "examples" / "chain.json"


def noise(frames: int = RATE // 4) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.5, 0.5, (2, frames)).astype(np.float32)


def insert(effect: Effect, corner: str) -> Insert:
    """An effect with every knob at its `minimum`, `maximum` or `default`."""
    values = ((k.name, k.default if k.labels else float(getattr(k, corner))) for k in effect.knobs)
    return Insert(effect.name, tuple(values))


@pytest.mark.parametrize("corner", ["minimum", "maximum", "default"])
@pytest.mark.parametrize("effect", EFFECTS.values(), ids=lambda effect: effect.name)
def test_every_effect_works_at_its_limits(effect: Effect, corner: str) -> None:
    sound = noise()
    chain = [insert(effect, corner)]
    played = apply(chain, sound, RATE)
    assert played.shape == sound.shape
    assert played.dtype == np.float32
    assert np.isfinite(played).all()
    assert np.array_equal(played, apply(chain, sound, RATE)), "the same input, the same bytes"
    assert np.array_equal(sound, noise()), "the input stays as it was"


def test_filters_stay_below_half_of_a_low_rate() -> None:
    chain = [insert(EFFECTS["LowpassFilter"], "maximum")]
    assert np.isfinite(apply(chain, noise(), 22_050)).all()


def test_defaults_fill_what_is_left_out() -> None:
    effects = parse_effects({"tracks": {"3": [{"effect": "Reverb", "room_size": 0.25}]}})
    [reverb] = effects.tracks[3]
    assert dict(reverb.settings)["room_size"] == 0.25
    assert dict(reverb.settings)["damping"] == 0.5
    assert effects.master == ()


def test_pan_keeps_the_centre_and_empties_the_far_side() -> None:
    sound = noise()
    assert np.allclose(pan(sound, 0.0), sound, atol=1e-6)
    assert np.abs(pan(sound, -1.0)[1]).max() < 1e-6


@pytest.mark.parametrize("semitones", [-24.0, -12.0, -0.5, 7.0, 12.0, 24.0])
def test_a_shifted_tone_has_the_pitch_and_the_level_that_it_should(semitones: float) -> None:
    frames, size = RATE, 2**18
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(frames) / RATE)
    played = apply([shift(semitones)], np.stack([tone, tone]).astype(np.float32), RATE)
    assert played.shape == (2, frames)
    middle = played[0, frames // 4 : -frames // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), size))
    cents = 1200 * np.log2(np.argmax(spectrum) * RATE / size / 440) - 100 * semitones
    assert abs(cents) < 3 if semitones == -24 else abs(cents) < 1  # a bin at 110 Hz is 2.6 cents
    assert np.sqrt(np.mean(np.square(middle))) == pytest.approx(0.5 / np.sqrt(2), rel=0.03)


@pytest.mark.parametrize("semitones", [-12.0, -5.0, 5.0, 12.0])
def test_a_shift_leaves_attacks_where_they_are(semitones: float) -> None:
    sound = np.zeros((2, RATE), np.float32)
    fall = np.exp(-np.arange(2_000) / 300, dtype=np.float32)
    sound[:, 20_000:22_000] = noise(2_000) * fall
    played = apply([shift(semitones)], sound, RATE)
    starts = []
    for each in (sound, played):
        level = np.convolve(np.abs(each[0]), np.ones(64) / 64, "same")
        starts.append(int(np.argmax(level > level.max() / 4)))
    assert abs(starts[1] - starts[0]) < 0.005 * RATE


@pytest.mark.parametrize("frames", [0, 1, 10, 300])
def test_a_shift_of_a_short_sound_keeps_its_length(frames: int) -> None:
    assert apply([shift(5.0)], noise(frames), RATE).shape == (2, frames)


def test_no_shift_changes_nothing() -> None:
    assert np.array_equal(apply([shift(0.0)], noise(), RATE), noise())


def shift(semitones: float) -> Insert:
    return Insert("PitchShift", (("semitones", semitones),))


@pytest.mark.parametrize("effect", EFFECTS.values(), ids=lambda effect: effect.name)
def test_no_effect_delays_what_goes_through(effect: Effect) -> None:
    """At its default the first sound comes out when it goes in: nothing has a latency."""
    sound = np.zeros((2, RATE // 2), np.float32)
    sound[:, RATE // 4 :] = 0.3
    played = apply([insert(effect, "default")], sound, RATE)
    assert np.abs(played[:, : RATE // 4]).max() < 1e-6
    assert np.abs(played[:, RATE // 4 : RATE // 4 + 100]).max() > 0.01


def test_the_example_is_valid() -> None:
    effects = read_effects(EXAMPLE)
    assert sorted(effects.tracks) == [1, 2, 3, 10]
    assert effects.master[-1].effect == "BrickwallLimiter"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "must be"),
        ({"buses": []}, "unknown field 'buses'; allowed are tracks and master"),
        ({"tracks": []}, "tracks must be an object"),
        ({"master": {}}, "master must be a list"),
        ({"master": ["Reverb"]}, r"master\[0\] must be an object with a field \"effect\""),
        ({"master": [{"effect": "reverb"}]}, r"unknown effect 'reverb' \(did you mean Reverb\?\)"),
        ({"master": [{"effect": "Flanger"}]}, "unknown effect 'Flanger'.*allowed are Gain, Pan"),
        ({"master": [{"effect": "Reverb", "size": 1}]}, r"no parameter 'size'.*room_size \(0..1\)"),
        ({"master": [{"effect": "Gain", "gain_db": 99}]}, "gain_db must be -60..24, got 99"),
        ({"master": [{"effect": "Gain", "gain_db": "0"}]}, "gain_db must be -60..24, got '0'"),
        ({"master": [{"effect": "Gain", "gain_db": True}]}, "gain_db must be -60..24, got True"),
        ({"master": [{"effect": "LadderFilter", "mode": "X"}]}, "mode must be one of LPF12"),
    ],
)
def test_mistakes_are_named(content: object, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_effects(content)


def test_a_nan_is_refused() -> None:
    with pytest.raises(InputError, match="gain_db must be"):
        parse_effects(json.loads('{"master": [{"effect": "Gain", "gain_db": NaN}]}'))


def test_a_byte_order_mark_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "chain.json"
    path.write_text('{"master": [{"effect": "Gain", "gain_db": -6}]}', encoding="utf-8-sig")
    assert read_effects(path).master == (Insert("Gain", (("gain_db", -6.0),)),)


def test_a_chain_given_twice_is_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "chain.json"
    path.write_text('{"tracks": {"1": [{"effect": "Gain"}], "1": []}}')
    with pytest.raises(ParseError, match=r"chain\.json is not JSON: the key '1' is given twice"):
        read_effects(path)
    twice = {"tracks": {"1": [], "01": [{"effect": "Gain"}]}}
    with pytest.raises(InputError, match="track 1 is given twice"):
        parse_effects(twice)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no effects file"):
        read_effects(tmp_path / "none.json")
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(ParseError, match=r"bad\.json is not JSON"):
        read_effects(tmp_path / "bad.json")


def test_blocks_change_no_bit() -> None:
    """Every effect but PitchShift works block by block, whatever it holds back at first."""
    sound = noise(BLOCK + 5_000)
    for effect in EFFECTS.values():
        if effect.name in {"Pan", "PitchShift"}:
            continue
        [chain] = parse_effects({"master": [{"effect": effect.name}]}).master
        values = dict(chain.settings)
        if "mode" in values:
            values["mode"] = pedalboard.LadderFilter.LPF12
        board = pedalboard.Pedalboard([getattr(pedalboard, effect.name)(**values)])
        assert np.array_equal(apply([chain], sound, RATE), board(sound, RATE)), effect.name


def test_parts_are_named_by_number_name_or_channel() -> None:
    effects = parse_effects({"tracks": {"3": [], "Lead": [], "ch10": []}})
    assert list(effects.tracks) == [3, "Lead", "ch10"]
