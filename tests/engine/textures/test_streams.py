"""Streams one by one: what their files hold, what is kept of them, how they end."""

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from steps import ME, OTHER, Clock, Player, Start, paced, play, recipe, slow, until
from tiny import card as tiny_card
from toy_texture import RATE, Drone, drone, drone_card

from starling.engine.sounds.generate import Generators
from starling.engine.sounds.passage import Passage
from starling.engine.textures.demand import SILENT_S
from starling.engine.textures.growing_file import read_frames
from starling.engine.textures.streams import KEPT, MOST_STREAMS, Streams
from starling.models.artifacts.catalogue import ModelCard, load_generator
from starling.models.errors import InputError, MissingError
from starling.models.samplernn.take import Take

FIRST = RATE // 4


def test_the_first_quarter_second_comes_without_being_wanted(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    until(lambda: stream.file.frames >= FIRST)
    time.sleep(0.05)
    assert FIRST <= stream.file.frames < FIRST + 256, "and no more"
    assert np.array_equal(read_frames(stream.file.path, 0, FIRST), drone(Take(5, CONTROLS), FIRST))


CONTROLS = {"temperature": 1.0}


def test_frames_come_up_to_where_they_are_wanted(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    ready = paced(streams, stream, 20_000)
    time.sleep(0.05)
    assert streams.pace(ME, stream.number, 0, {}).ready == stream.file.frames < ready + 256
    assert np.array_equal(
        read_frames(stream.file.path, 0, 20_000), drone(Take(5, CONTROLS), 20_000)
    )


def test_all_streams_of_a_model_are_one_batch_and_equal_what_each_is_alone(
    new_streams: Start,
) -> None:
    models: list[Drone] = []

    def load(card: ModelCard) -> Drone:
        models.append(Drone(card))
        models[-1].factor = 200.0  # slow enough that they meet
        return models[-1]

    streams = new_streams(load)
    started = [streams.start(ME, recipe(seed)) for seed in range(5)]
    for stream in started:
        streams.pace(ME, stream.number, 8_000, {})
    for seed, stream in enumerate(started):
        until(lambda stream=stream: stream.file.frames >= 8_000)
        sound = read_frames(stream.file.path, 0, 8_000)
        assert np.array_equal(sound, drone(Take(seed, CONTROLS), 8_000))
    [model] = models
    assert max(model.given[0].batches) == 5


def test_a_real_model_streams_what_it_renders(tmp_path: Path, clock: Clock) -> None:
    generators = Generators({"tiny": tiny_card(tmp_path)}, load_generator)
    streams = Streams(tmp_path / "streams", generators, clock)
    prime = 0.4 * np.sin(np.arange(700) / 9).astype(np.float32)
    begun = generators.recipe("tiny", 5, {"variety": 1.0}, passage=Passage("ab" * 16))
    stream = streams.start(ME, begun, prime)
    streams.start(ME, begun, prime[1:])
    paced(streams, stream, 2_500)
    paced(streams, stream, 3_000, temperature=1.3)
    part = streams.part(ME, stream.number, 500, 2_500)
    streams.close()
    assert len(part.recipe.passage.turns) == 1
    assert np.array_equal(generators.render(part.recipe, prime), part.samples)


def test_a_long_prime_does_not_hold_up_what_plays(new_streams: Start) -> None:
    models: list[Drone] = []

    def load(card: ModelCard) -> Drone:
        models.append(Drone(card))
        models[-1].factor = 20.0
        return models[-1]

    streams = new_streams(load)
    plays = Player(streams, streams.start(ME, recipe(1)))
    play([plays], 0.5)
    prime = np.full(30 * RATE, 0.1, np.float32)  # 1.5 s of work
    passage = Passage("ab" * 16)
    primed = streams.start(ME, recipe(2, passage), prime)
    plays.underruns = 0
    play([plays], 0.5)
    assert primed.file.frames == 0, "its prime is not done"
    streams.pace(ME, primed.number, 0, {"temperature": 0.5})
    play([plays], 2.5)
    assert plays.underruns == 0
    assert primed.file.frames >= FIRST
    part = streams.part(ME, primed.number, 0, 4_000)
    assert part.recipe.passage.turns == ((0, (("temperature", 0.5),)),)
    generators = Generators({"drone": drone_card()}, Drone)
    assert np.array_equal(generators.render(part.recipe, prime), part.samples)
    assert max(models[0].given[0].primed) == RATE // 4


def test_the_primes_of_a_chord_are_gone_through_one_by_one(new_streams: Start) -> None:
    models: list[Drone] = []

    def load(card: ModelCard) -> Drone:
        models.append(Drone(card))
        return models[-1]

    streams = new_streams(load)
    plays = streams.start(ME, recipe(1))
    paced(streams, plays, FIRST)
    streams.pace(ME, plays.number, 600 * RATE, {})  # something of it is always missing
    prime, passage = np.full(2 * RATE, 0.1, np.float32), Passage("ab" * 16)
    chord = [streams.start(ME, recipe(2 + key, passage), prime) for key in range(5)]
    until(lambda: all(each.file.frames >= FIRST for each in chord))
    calls = "".join(each[0] for each in models[0].given[0].calls)
    assert calls.count("p") == 5 * 8 and "pp" not in calls, "a block of what plays between pieces"


def test_turned_controls_count_from_a_block_that_the_recipe_names(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    before = paced(streams, stream, 8_000)
    paced(streams, stream, 16_000, temperature=1.5)
    part = streams.part(ME, stream.number, 0, 16_000)
    [(frame, values)] = part.recipe.passage.turns
    assert frame == before and values == (("temperature", 1.5),)
    made = Generators({"drone": drone_card()}, Drone).render(part.recipe)
    assert np.array_equal(made, part.samples)
    early = streams.part(ME, stream.number, 100, before - 100)
    assert early.recipe.passage == Passage(span=(100, before - 100))


def test_a_bounce_turns_controls_at_the_same_frames_whatever_plays(new_streams: Start) -> None:
    def bounced(beside: int) -> list[int]:
        streams = new_streams(slow(100.0))
        others = [streams.start(OTHER, recipe(seed)) for seed in range(beside)]
        stream = streams.start(ME, recipe())
        paced(streams, stream, FIRST)
        for step in range(12):
            for other in others:
                streams.pace(OTHER, other.number, 3_000 * step, {})
            paced(streams, stream, FIRST + 800 * step, temperature=0.6 + step / 20)
        return [frame for frame, _ in stream.turns]

    assert bounced(0) == bounced(3) == bounced(7)


def test_controls_turned_before_the_first_frame_count_from_the_start(new_streams: Start) -> None:
    def load(card: ModelCard) -> Drone:
        time.sleep(0.1)
        return Drone(card)

    streams = new_streams(load)
    stream = streams.start(ME, recipe())
    paced(streams, stream, 4_000, temperature=0.5)
    part = streams.part(ME, stream.number, 0, 4_000)
    assert part.recipe.passage.turns == ()
    assert dict(part.recipe.controls)["temperature"] == 0.5
    assert np.array_equal(part.samples[0], drone(Take(5, {"temperature": 0.5}), 4_000))


def test_many_turns_are_kept_as_their_hash(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    paced(streams, stream, 4_000)
    stream.turns += [(4_000 + at, {"temperature": 0.5 + at / 1000}) for at in range(900)]
    part = streams.part(ME, stream.number, 0, 4_000)
    assert part.recipe.passage.turns == ()
    paced(streams, stream, 9_000)
    part = streams.part(ME, stream.number, 0, 9_000)
    assert isinstance(part.recipe.passage.turns, str) and len(part.recipe.json) < 6_500


def test_a_stopped_stream_is_a_wav_file_and_stays_for_a_while(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    paced(streams, stream, 5_000)
    frames = streams.stop(ME, stream.number)
    assert streams.stop(ME, stream.number) == frames == soundfile.info(stream.file.path).frames
    assert streams.pace(ME, stream.number, 99_999, {}).ended == ""
    assert streams.part(ME, stream.number, 10, 100).samples.shape == (1, 100)
    for _ in range(KEPT - 1):
        streams.stop(ME, streams.start(ME, recipe()).number)
    assert stream.file.path.exists()
    streams.start(ME, recipe())
    assert not stream.file.path.exists()
    with pytest.raises(InputError, match="no stream 1 of this client"):
        streams.pace(ME, stream.number, 1, {})


def test_streams_that_play_outlast_later_ones(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    for _ in range(2 * KEPT):
        streams.stop(ME, streams.start(ME, recipe()).number)
    assert paced(streams, stream, 6_000) >= 6_000


@pytest.mark.parametrize(
    ("start", "frames"), [(0, 4_641), (4_600, 100), (-1, 10), (0, 0), (0, -5), (0, 2**31 - 1)]
)
def test_only_what_is_there_is_kept(streams: Streams, start: int, frames: int) -> None:
    stream = streams.start(ME, recipe())
    until(lambda: stream.file.frames >= FIRST)
    streams.stop(ME, stream.number)
    with pytest.raises(InputError, match=r"frames|start"):
        streams.part(ME, stream.number, start, frames)


def test_a_client_cannot_reach_another_ones_stream(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    for request in (
        lambda: streams.pace(OTHER, stream.number, 1, {}),
        lambda: streams.stop(OTHER, stream.number),
        lambda: streams.part(OTHER, stream.number, 0, 1),
    ):
        with pytest.raises(InputError) as caught:
            request()
        assert caught.value.code == "no_stream"


def test_a_client_that_has_gone_leaves_nothing(streams: Streams, tmp_path: Path) -> None:
    mine, other = streams.start(ME, recipe()), streams.start(OTHER, recipe())
    until(lambda: mine.file.frames >= FIRST)
    streams.forget(ME)
    streams.forget(ME)
    assert [each.name for each in (tmp_path / "streams").iterdir()] == [other.file.path.name]
    assert paced(streams, other, 6_000) >= 6_000


def test_a_stream_that_nobody_paces_ends(streams: Streams, clock: Clock) -> None:
    stream = streams.start(ME, recipe())
    until(lambda: stream.file.frames >= FIRST)
    clock.ahead = SILENT_S + 1
    until(lambda: stream.ended is not None)
    assert stream.ended == "its client said nothing for 10 s"
    assert soundfile.info(stream.file.path).frames == stream.file.frames


def test_there_is_a_most_of_streams(streams: Streams) -> None:
    started = [streams.start(ME, recipe()) for _ in range(MOST_STREAMS)]
    with pytest.raises(InputError, match="64") as caught:
        streams.start(ME, recipe())
    assert caught.value.code == "too_many_streams"
    newer = streams.start(OTHER, recipe())
    until(lambda: newer.file.frames >= FIRST)
    assert started[0].ended == "64 newer notes of Drone play"
    assert streams.playing() == MOST_STREAMS


def test_bad_controls_change_nothing(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    for name, value in (("temperature", 99.0), ("colour", 1.0), ("seconds", 2.0)):
        with pytest.raises(InputError, match=name) as caught:
            streams.pace(ME, stream.number, 9_000, {name: value})
        assert caught.value.code == "bad_control"
    assert stream.demand.until == 0


def test_a_model_that_cannot_be_loaded_ends_its_streams_and_is_tried_again(
    new_streams: Start,
) -> None:
    loads: list[ModelCard] = []

    def load(card: ModelCard) -> Drone:
        loads.append(card)
        if len(loads) == 1:
            raise MissingError("the weights are not there")
        return Drone(card)

    streams = new_streams(load)
    stream = streams.start(ME, recipe())
    until(lambda: stream.ended is not None)
    assert stream.ended == "the weights are not there"
    assert paced(streams, streams.start(ME, recipe()), 5_000) >= 5_000


def test_a_fault_in_the_model_ends_what_plays_and_nothing_else(new_streams: Start) -> None:
    class Faulty(Drone):
        def voices(self, count: int) -> object:  # type: ignore[override]
            voices = super().voices(count)
            if len(self.given) == 1:
                voices.factor = 0.0  # a division by zero in `render`
            return voices

    streams = new_streams(Faulty)
    stream = streams.start(ME, recipe())
    until(lambda: stream.ended is not None)
    assert "a fault of the engine's own" in str(stream.ended)
    assert paced(streams, streams.start(ME, recipe()), 5_000) >= 5_000


def test_at_the_end_of_the_engine_the_files_are_whole(streams: Streams) -> None:
    stream = streams.start(ME, recipe())
    paced(streams, stream, 5_000)
    streams.close()
    assert stream.ended == "the engine stops"
    assert soundfile.info(stream.file.path).frames == stream.file.frames
    assert streams.start(ME, recipe()).ended == "the engine stops"


def test_the_next_engine_removes_them(streams: Streams, new_streams: Start) -> None:
    stream = streams.start(ME, recipe())
    until(lambda: stream.file.frames >= FIRST)
    streams.close()
    new_streams()
    assert not stream.file.path.exists()
