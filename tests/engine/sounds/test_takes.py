from collections.abc import Iterator

import numpy as np
import pytest
from toy_texture import RATE, Drone, drone, drone_card

from starling.engine.sounds.generate import Generators
from starling.engine.sounds.passage import Passage
from starling.engine.sounds.takes import AT_ONCE, BLOCK, TakePart, blocks, rendered, take_part
from starling.models.artifacts.catalogue import ModelCard
from starling.models.errors import CancelledError, InputError, MissingError
from starling.models.samplernn.take import Take

TAKE = Take(5, {"temperature": 0.8})


@pytest.fixture
def generators() -> Generators:
    return Generators({"drone": drone_card()}, Drone)


def test_takes_in_a_batch_are_what_each_is_alone() -> None:
    parts = [TakePart(Take(seed, TAKE.controls), 900 * (seed + 1)) for seed in range(AT_ONCE + 5)]
    model = Drone(drone_card())
    found = dict(rendered(model, parts))
    assert found.keys() == set(range(len(parts)))
    for index, part in enumerate(parts):
        assert np.array_equal(found[index][0], drone(part.take, part.frames))
    assert max(model.given[0].batches) == AT_ONCE and sum(model.given[0].batches) > len(parts)


def test_a_part_is_cut_out_of_the_whole() -> None:
    [(_, audio)] = rendered(Drone(drone_card()), [TakePart(TAKE, 5000, start=3 * BLOCK + 7)])
    assert np.array_equal(audio[0], drone(TAKE, 5000, 3 * BLOCK + 7))


def test_controls_turn_at_their_frame() -> None:
    hot = (("temperature", 1.5),)
    [(_, audio)] = rendered(Drone(drone_card()), [TakePart(TAKE, 9000, turns=((4321, hot),))])
    turned = drone(Take(5, dict(hot)), 9000)
    assert np.array_equal(audio[0, :4321], drone(TAKE, 4321))
    assert np.array_equal(audio[0, 4321:], turned[4321:])


def test_blocks_are_bounded_and_come_in_order() -> None:
    seen: list[int] = []
    for index, samples in blocks(Drone(drone_card()), [TakePart(TAKE, 10 * BLOCK + 1)]):
        assert index == 0 and len(samples) <= BLOCK
        seen.append(len(samples))
    assert sum(seen) == 10 * BLOCK + 1


def test_it_stops_between_blocks_when_told() -> None:
    answers: Iterator[bool] = iter([False, False, True])
    with pytest.raises(CancelledError):
        list(blocks(Drone(drone_card()), [TakePart(TAKE, 99 * BLOCK)], lambda: next(answers)))


def test_a_recipe_of_a_texture_lasts_its_seconds_or_its_span(generators: Generators) -> None:
    whole = generators.recipe("drone", 5, {"seconds": 1.5})
    assert generators.render(whole).shape == (1, 24_000)
    part = generators.recipe("drone", 5, {}, passage=Passage(span=(900, 50)))
    assert np.array_equal(generators.render(part), generators.render(whole)[:, 900:950])
    assert not generators.render(whole)[0, 0], "a fixed length begins and ends with a fade"


def test_with_a_span_the_seconds_say_nothing(generators: Generators) -> None:
    span = Passage(span=(0, 10))
    one, two = (generators.recipe("drone", 5, {"seconds": at}, passage=span) for at in (2, 3))
    assert one == two


def test_turns_too_many_for_a_recipe_cannot_be_made_again(generators: Generators) -> None:
    recipe = generators.recipe("drone", 5, {}, passage=Passage(span=(0, 9), turns="ab" * 16))
    assert generators.known(recipe.json) == recipe
    with pytest.raises(InputError, match="too often"):
        take_part(recipe, RATE, None)


def test_a_prime_is_never_left_out(generators: Generators) -> None:
    recipe = generators.recipe("drone", 5, {}, passage=Passage("ab" * 16, (0, 9)))
    with pytest.raises(MissingError, match="ab" * 16):
        generators.render(recipe)


def test_turns_are_checked_as_controls_are(generators: Generators) -> None:
    for name, value in (("colour", 1.0), ("temperature", 9.0)):
        passage = Passage(turns=((5, ((name, value),)),))
        with pytest.raises(InputError, match=name) as caught:
            generators.recipe("drone", 5, {}, passage=passage)
        assert caught.value.code == "bad_control"


def test_a_one_shot_has_no_passage() -> None:
    beep = ModelCard("beep", "Beep", "ab", RATE, 60, (), drone_card().path)
    generators = Generators({"beep": beep, "drone": drone_card()}, Drone)
    with pytest.raises(InputError, match="textures are: drone") as caught:
        generators.recipe("beep", 5, {}, passage=Passage(span=(0, 10)))
    assert caught.value.code == "not_texture"
    assert list(generators.one_shots) == ["beep"]
