import tracemalloc

import numpy as np
import pytest
import soundfile
from toy_texture import RATE, Drone, drone, drone_card

from starling.engine.render.assignments import parse_track
from starling.engine.render.parts import HeldTexture, resolve
from starling.engine.render.playing.held_textures import held_takes, play
from starling.engine.songs.notes import ControlChange, SongNote
from starling.engine.songs.pitch import Pitch
from starling.engine.songs.song import Song, Track
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.primes import read_prime
from starling.engine.sounds.recipe import fresh_seed
from starling.models.artifacts.catalogue import ModelCard
from starling.models.errors import CancelledError, InputError
from starling.models.midi.controllers import BEND
from starling.models.samplernn.take import Take

HOT = {"temperature": 1.0}
BEEP = ModelCard("beep", "Beep", "ab", RATE, 60, (), drone_card().path)


@pytest.fixture
def generators() -> Generators:
    return Generators({"drone": drone_card(), "beep": BEEP}, Drone)


def note(start: float, end: float, key: int = 60, velocity: int = 127) -> SongNote:
    return SongNote(start, end, key, velocity)


def test_a_held_key_plays_the_texture_for_as_long(generators: Generators) -> None:
    song = play(HeldTexture("drone", seed=3), [note(0.5, 2.5)], generators, RATE, 4 * RATE)
    wanted = drone(Take(fresh_seed(3, 60, 0), HOT), 2 * RATE)
    assert np.array_equal(song[0], song[1])
    assert not song[:, : RATE // 2].any()
    inside = song[0, RATE // 2 : RATE // 2 + 2 * RATE]
    np.testing.assert_allclose(inside[80:], wanted[80:], atol=1e-6)
    assert abs(inside[0]) <= abs(wanted[1]), "it rises from silence"
    release = song[0, RATE // 2 + 2 * RATE :]
    assert np.abs(release[: RATE // 10]).max() > 0.1
    assert not release[round(0.2 * RATE) + 1 :].any()


def test_an_octave_up_is_twice_as_fast_and_velocity_is_level(generators: Generators) -> None:
    loud, soft = (
        play(HeldTexture("drone"), [note(0, 1, 72, velocity)], generators, RATE, RATE)
        for velocity in (127, 64)
    )
    np.testing.assert_allclose(soft, loud * (64 / 127) ** 2, atol=1e-6)
    source = drone(Take(fresh_seed(0, 72, 0), HOT), 2 * RATE)
    inside = slice(RATE // 4, RATE // 2)  # away from the attack and from the filter's ends
    np.testing.assert_allclose(loud[0, inside], source[::2][inside], atol=0.002)


@pytest.mark.parametrize("rate", [RATE, 44_100, 48_000])
def test_the_same_notes_are_the_same_bytes_whatever_plays_beside_them(
    generators: Generators, rate: int
) -> None:
    notes = [note(0.1 * at, 0.1 * at + 0.9, 40 + 7 * at) for at in range(9)]
    one, two = (play(HeldTexture("drone"), notes, generators, rate, 3 * rate) for _ in range(2))
    assert one.tobytes() == two.tobytes()
    alone = sum(play(HeldTexture("drone"), [each], generators, rate, 3 * rate) for each in notes)
    np.testing.assert_allclose(one, alone, atol=1e-6)


def test_a_key_struck_again_plays_its_take_from_the_start(generators: Generators) -> None:
    notes = [note(0, 0.3), note(1, 1.6), note(1.2, 1.3, 62), note(2, 2.1)]
    assert [(take.key, take.step, len(take.notes)) for take in held_takes(notes, 1, RATE)] == [
        (60, 0, 3),
        (62, 0, 1),
    ]
    assert [(take.key, take.step) for take in held_takes(notes, 2, RATE)] == [
        (60, 0),
        (60, 1),
        (62, 0),
    ]
    song = play(HeldTexture("drone"), [note(0, 0.3), note(1, 1.6)], generators, RATE, 2 * RATE)
    held = round(0.3 * RATE)
    np.testing.assert_allclose(song[0, :held], song[0, RATE : RATE + held], atol=1e-7)


def test_a_note_beyond_the_end_is_cut(generators: Generators) -> None:
    assert play(HeldTexture("drone"), [note(0, 9)], generators, RATE, RATE).shape == (2, RATE)


def test_memory_does_not_grow_with_the_length(generators: Generators) -> None:
    def peak(seconds: int) -> int:
        tracemalloc.start()
        song = play(HeldTexture("drone"), [note(0, seconds, 84)], generators, RATE, 100)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert song.shape == (2, 100)
        return found

    peak(1)
    assert peak(60) < 2 * peak(2)


def test_it_stops_when_told(generators: Generators) -> None:
    with pytest.raises(CancelledError):
        play(HeldTexture("drone"), [note(0, 60)], generators, RATE, RATE, lambda: True)


def test_it_goes_on_from_a_prime(generators: Generators, tmp_path) -> None:  # type: ignore[no-untyped-def]
    soundfile.write(tmp_path / "p.wav", 0.3 * np.sin(np.arange(999) / 9), RATE, subtype="FLOAT")
    texture = HeldTexture("drone", prime=tmp_path / "p.wav")
    song = play(texture, [note(0, 1)], generators, RATE, RATE)
    prime = read_prime(tmp_path / "p.wav", RATE).samples
    wanted = drone(Take(fresh_seed(0, 60, 0), HOT, prime), RATE)
    np.testing.assert_allclose(song[0, 80:], wanted[80:], atol=1e-6)


def test_a_track_names_a_texture_and_its_options(generators: Generators, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "p.wav").write_bytes(b"")
    song = Song("song", 1.0, {3: Track(3, 0, "", (note(0, 1),), ())})

    def source(text: str) -> object:
        [part] = resolve(song, [parse_track(text)], generators.cards)
        return part.source

    assert source("3=texture:drone") == HeldTexture("drone")
    options = f"seed=5,roundrobin=2,temperature=.8,prime={tmp_path / 'p.wav'}"
    assert source(f"3=texture:drone:{options}") == HeldTexture(
        "drone", 5, 2, (("temperature", 0.8),), tmp_path / "p.wav"
    )
    for text, sentence in (
        ("3=texture:beep", "makes one-shots, not textures"),
        ("3=texture:none", "no model 'none'"),
        ("3=texture:drone:seconds=3", "with a name of temperature"),
        ("3=texture:drone:prime=/none.wav", "there is no sound file /none.wav"),
        ("3=model:drone", "texture:drone plays it"),
    ):
        with pytest.raises(InputError, match=sentence):
            source(text)


def test_a_bent_note_is_as_long_and_as_far_as_its_bend(generators: Generators) -> None:
    bend = [ControlChange(0, *each) for each in ((101, 0), (100, 0), (6, 12), (BEND, 8191))]
    pitch = Pitch(bend, RATE, 2 * RATE)
    [song, _] = play(
        HeldTexture("drone", seed=3), [note(0, 1)], generators, RATE, 2 * RATE, pitch=pitch
    )
    source = drone(Take(fresh_seed(3, 60, 0), HOT), 3 * RATE)
    inside = np.arange(RATE // 4, RATE // 2)
    at = 2 ** (8191 / 8192) * inside
    wanted = np.interp(at, np.arange(len(source)), source)
    np.testing.assert_allclose(song[inside], wanted, atol=0.02)
    assert np.abs(song[RATE : RATE + RATE // 10]).max() > 0.05, "its release"
    assert not song[RATE + round(0.2 * RATE) + 1 :].any()


def test_a_note_at_rest_beside_a_bent_one_stays_as_it_was(generators: Generators) -> None:
    notes = [note(0, 0.5, 60), note(1, 1.5, 60)]
    later = Pitch([ControlChange(1.0, BEND, 4096)], RATE, 2 * RATE)
    bent = play(HeldTexture("drone"), notes, generators, RATE, 2 * RATE, pitch=later)
    plain = play(HeldTexture("drone"), notes, generators, RATE, 2 * RATE)
    assert np.array_equal(bent[:, :RATE], plain[:, :RATE])
    assert not np.array_equal(bent[:, RATE:], plain[:, RATE:])
