"""A model that is trained again, under its own name, while its streams play."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from steps import ME, Start, paced, recipe, until
from toy_texture import Drone, DroneVoices, drone, drone_card

from starling.engine.textures.growing_file import read_frames
from starling.engine.textures.stream import Stream
from starling.engine.textures.streams import Streams
from starling.models.artifacts.catalogue import ModelCard
from starling.models.samplernn.take import Take

USUAL = {"temperature": 1.0}
AGAIN = replace(drone_card(), weights_hash="e2" * 32, controls=drone_card().controls[1:])


class UpsideDown(DroneVoices):
    """The new weights: they have no temperature, and their sound is the old one's negative."""

    def begin(self, slot: int, take: Take) -> None:
        super().begin(slot, take.with_controls(USUAL))

    def render(self, slots: Sequence[int], frames: int) -> NDArray[np.float32]:
        return -super().render(slots, frames)


class TrainedAgain(Drone):
    def voices(self, count: int) -> DroneVoices:
        return UpsideDown(count)


def load(card: ModelCard) -> Drone:
    return TrainedAgain(card) if card.weights_hash == AGAIN.weights_hash else Drone(card)


def threads() -> int:
    return sum(each.name == "starling-Drone" for each in threading.enumerate())


def old_and_new(new_streams: Start) -> tuple[Streams, Stream, Stream]:
    """A note of the old weights and, trained again meanwhile, one of the new, 5,000 frames each."""
    streams = new_streams(load)
    old = streams.start(ME, recipe())
    paced(streams, old, 5_000)
    streams._generators.renew({"drone": AGAIN})
    new = streams.start(ME, streams._generators.recipe("drone", 5, {}))
    paced(streams, new, 5_000)
    return streams, old, new


def test_new_notes_are_of_the_new_weights_and_those_that_sound_go_on(new_streams: Start) -> None:
    streams, old, new = old_and_new(new_streams)
    wanted = drone(Take(5, USUAL), 9_000)
    assert np.array_equal(read_frames(new.file.path, 0, 5_000), -wanted[:5_000])
    paced(streams, old, 9_000)
    assert np.array_equal(read_frames(old.file.path, 0, 9_000), wanted)
    paced(streams, old, 12_000, temperature=0.5)
    assert old.turns[0][1] == {"temperature": 0.5}, "a control that the new weights lack"


def test_the_thread_of_the_old_weights_ends_with_its_last_note(new_streams: Start) -> None:
    streams, old, new = old_and_new(new_streams)
    assert threads() == 2
    streams.stop(ME, old.number)
    until(lambda: threads() == 1)
    assert streams.part(ME, old.number, 0, 5_000).recipe.weights == drone_card().weights_hash
    paced(streams, new, 9_000)


def test_a_note_of_weights_that_have_gone_never_plays_others(new_streams: Start) -> None:
    streams = new_streams(load)
    streams._generators.renew({"drone": AGAIN})
    stream = streams.start(ME, recipe())
    until(lambda: stream.ended is not None)
    assert "was made by the weights 'd1d1" in str(stream.ended) and stream.file.frames == 0
    until(lambda: threads() == 0)
    streams._generators.renew({"drone": drone_card()})
    assert paced(streams, streams.start(ME, recipe()), 5_000), "they are back"
