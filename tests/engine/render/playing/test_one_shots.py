"""Generated one-shots under a track's notes."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.engine.render.parts import Kit
from starling.engine.render.playing.one_shots import play
from starling.engine.songs.notes import ControlChange, SongNote
from starling.engine.songs.pitch import Pitch
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.store import SoundStore
from starling.models.artifacts.catalogue import Control, ModelCard
from starling.models.midi.controllers import BEND

RATE = 44_100


class Flat:
    """A model whose sound is half a second of one value, the seed's: easy to find in a mix."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        return np.full((1, RATE // 2), 0.1 + seed % 7 / 10, np.float32)


def generators(*, keyed: bool = True, rate: int = RATE) -> Generators:
    controls = (Control("key", "Key", 0, 127, 36),) if keyed else ()
    return Generators({"flat": ModelCard("flat", "Flat", "00", rate, 60, controls, Path())}, Flat)


def hit(start: float, key: int = 36, velocity: int = 127, length: float = 0.1) -> SongNote:
    return SongNote(start, start + length, key, velocity)


def render(
    *notes: SongNote, kit: Kit | None = None, keyed: bool = True, rate: int = RATE
) -> np.ndarray:
    return play(kit or Kit("flat"), notes, generators(keyed=keyed), None, rate, rate * 2)


def test_a_sound_starts_on_its_frame_and_rings_out() -> None:
    [left, right] = render(hit(0.25))
    assert np.array_equal(left, right)
    start = round(0.25 * RATE)
    assert left[start - 1] == 0
    assert left[start] > 0
    assert np.count_nonzero(left) == RATE // 2, "the note ended long before"


def test_velocity_follows_the_square_law_of_the_plugin() -> None:
    loud, soft = render(hit(0)).max(), render(hit(0, velocity=64)).max()
    assert soft / loud == pytest.approx((64 / 127) ** 2)


def test_overlapping_hits_add_up() -> None:
    one, two = render(hit(0)), render(hit(0), hit(0.25))
    assert two.max() == pytest.approx(2 * one.max())


def test_each_key_has_its_own_sound_and_round_robin_cycles() -> None:
    notes = [hit(at / 2) for at in range(4)]
    alike = render(*notes)[0, 10 :: RATE // 2][:4]
    assert len(set(alike)) == 1
    cycled = render(*notes, kit=Kit("flat", round_robin=2))[0, 10 :: RATE // 2][:4]
    assert cycled[0] == cycled[2] != cycled[1] == cycled[3]


def test_the_seed_changes_the_kit() -> None:
    assert render(hit(0)).max() != render(hit(0), kit=Kit("flat", seed=1)).max()


def test_a_closing_hat_chokes_the_open_one() -> None:
    choked = render(hit(0, 46), hit(0.2, 42, velocity=1))[0]
    assert choked[round(0.15 * RATE)] > 0.05
    assert choked[round(0.25 * RATE)] < 0.001


def test_a_pitched_model_follows_the_key_and_its_release() -> None:
    def frames(key: int) -> int:
        return int(np.count_nonzero(render(hit(0, key, length=1.5), keyed=False)[0]))

    assert frames(60) == RATE // 2
    assert frames(72) == pytest.approx(RATE // 4, abs=2)
    short = render(hit(0, 60, length=0.1), keyed=False)[0]
    assert np.count_nonzero(short) == pytest.approx(0.3 * RATE, abs=2)


def test_sounds_come_from_the_store_and_go_there(tmp_path: Path) -> None:
    store = SoundStore(tmp_path)
    made = play(Kit("flat"), [hit(0)], generators(), store, RATE, RATE)
    assert len(store) == 1

    def none(card: ModelCard) -> Flat:
        raise AssertionError("the model is not needed")

    found = play(Kit("flat"), [hit(0)], Generators(generators().cards, none), store, RATE, RATE)
    assert found.tobytes() == made.tobytes()
    assert made.tobytes() == play(Kit("flat"), [hit(0)], generators(), None, RATE, RATE).tobytes()


def test_other_rates_keep_the_length_in_seconds() -> None:
    assert np.count_nonzero(render(hit(0), rate=96_000)[0]) == pytest.approx(48_000, abs=2)


def test_a_sound_past_the_end_is_cut() -> None:
    assert render(hit(1.9)).shape == (2, 2 * RATE)
    assert not render(hit(2.5)).any()


def test_a_bend_and_a_tuning_move_the_sound() -> None:
    """An octave down: the half second takes a whole one; and an octave up a quarter."""
    for value, frames in ((-8192, RATE), (8191, RATE // 4)):
        controls = [
            ControlChange(0, *each) for each in ((101, 0), (100, 0), (6, 12), (BEND, value))
        ]
        pitch = Pitch(controls, RATE, 2 * RATE)
        [left, _] = play(Kit("flat"), [hit(0)], generators(), None, RATE, 2 * RATE, pitch)
        heard = np.flatnonzero(np.abs(left) > 0.01)
        assert heard[-1] == pytest.approx(frames, rel=0.01)
