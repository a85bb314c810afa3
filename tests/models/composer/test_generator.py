"""Writing: what is given stays, everything else is a valid score, and seeds decide."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from song_data import toy_song
from tiny_composer import ATTENTIVE, MEMORYLESS, TINY, composer

from starling.models.artifacts import card_file, catalogue
from starling.models.composer import form, generator, grammar, songs
from starling.models.composer.backbones.kinds import BACKBONES
from starling.models.composer.context.meter import Meter
from starling.models.composer.generator import Task
from starling.models.composer.network import Config
from starling.models.composer.publish import publish
from starling.models.composer.sampling import Draw
from starling.models.composer.train import Settings
from starling.models.errors import ParseError
from starling.models.training.result import Result


@pytest.mark.parametrize("config", [ATTENTIVE, TINY, MEMORYLESS], ids=BACKBONES)
@pytest.mark.parametrize("repetition", [None, 0.35])
def test_a_free_piece_is_a_valid_score(config: Config, repetition: float | None) -> None:
    task = Task(grammar.free(240), repetition=repetition)
    notes = generator.write(composer(config), task)
    assert notes.shape == (240, 4) and notes.dtype == np.uint8
    songs.check(notes, "the piece")
    assert len(np.unique(notes, axis=0)) > 4


def test_seeds_and_meters_decide() -> None:
    network, task = composer(), Task(grammar.free(120))
    first = generator.write(network, task)
    assert np.array_equal(generator.write(network, task), first)
    assert not np.array_equal(generator.write(network, replace(task, seed=1)), first)
    assert not np.array_equal(generator.write(network, replace(task, meter=Meter(140.0))), first)
    cold = replace(task, draw=Draw(0.2, 0.5), repetition=None)
    assert not np.array_equal(generator.write(network, cold), first)


def test_a_continuation_begins_with_its_prompt() -> None:
    prompt = toy_song(4, 100)
    notes = generator.write(composer(), Task(grammar.continuation(prompt, 140)))
    assert len(notes) == 240 and np.array_equal(notes[:100], prompt)
    assert (notes[100:] != notes[99]).any()


@pytest.mark.parametrize("voice", range(4))
def test_an_accompaniment_leaves_the_melody_alone(voice: int) -> None:
    song = toy_song(5, 150)
    others = [each for each in range(4) if each != voice]
    notes = generator.write(composer(), Task(grammar.arrangement(song, others), seed=voice))
    assert np.array_equal(notes[:, voice], song[:, voice])
    assert (notes[:, others] != song[:, others]).any()


@pytest.mark.parametrize("voice", range(4))
def test_a_voice_is_filled_in_where_it_is_missing(voice: int) -> None:
    song = toy_song(6, 150)
    task = Task(grammar.infilling(song, [voice], 40, 90), seed=voice)
    notes = generator.write(composer(), task)
    known = np.ones(song.shape, bool)
    known[40:90, voice] = False
    assert np.array_equal(notes[known], song[known])
    assert (notes[40:90, voice] != song[40:90, voice]).any()


def test_everything_given_comes_back() -> None:
    song = toy_song(7, 130)
    given = grammar.infilling(song, [0], 0, 1)
    given.known[:] = True
    assert np.array_equal(generator.write(composer(), Task(given)), song)


def test_the_controller_holds_a_looping_model_back() -> None:
    """A network that does nothing but copy would loop for ever."""
    network = composer()
    with torch.no_grad():
        for table in (network.copying.steps, network.copying.changes):
            table.fill_(0.5)
    prompt = toy_song(8, 96)
    task = Task(grammar.continuation(prompt, 300), draw=Draw(0.6, 0.9), density=None)
    shares = [
        np.mean(
            [
                form.repetition(
                    generator.write(network, replace(task, seed=seed, repetition=share))
                )
                for seed in range(3)
            ]
        )
        for share in (None, 0.1)
    ]
    assert shares[1] < shares[0]


def test_a_published_model_writes_as_the_trained_one(tmp_path: Path) -> None:
    network = composer()
    network.load_state_dict(
        {name: each.half().float() for name, each in network.state_dict().items()}
    )
    result = Result(network, 5, 1.0, {"validation_nats_per_frame": 2.0})
    path = publish(tmp_path, "toy", "Toy", {"songs": 1}, result, Settings(steps=5), "starling")
    card = catalogue.read(path)
    assert card.kind == "composer" and not card.makes_sounds
    assert [each.default for each in card.controls] == [0.95, 0.98, 0.35, 1.0]
    task = Task(grammar.free(60))
    assert np.array_equal(
        generator.write(generator.load(card), task), generator.write(network, task)
    )
    data = {"repetition": 0.118}  # of the songs that it learnt from
    own = publish(tmp_path, "own", "Own", data, result, Settings(steps=5), "starling")
    assert catalogue.read(own).controls[2].default == 0.12
    damaged = json.loads(path.read_text())
    damaged["config"]["width"] = 32
    card_file.write_card(tmp_path, damaged)
    with pytest.raises(ParseError, match="does not fit this version's composer"):
        generator.load(catalogue.read(path))
    damaged["kind"] = "timbre"
    card_file.write_card(tmp_path, damaged)
    with pytest.raises(ParseError, match="of kind 'timbre', not 'composer'"):
        generator.load(catalogue.read(path))


def test_the_composer_that_comes_with_starling_goes_on_from_a_phrase() -> None:
    """What follows a scale in three voices begins within two seconds and stays on the chip."""
    network = generator.load(catalogue.composers()["chip-composer"])
    phrase = np.repeat(60 + np.array([0, 2, 4, 5, 7, 9, 11, 12], np.uint8), 12)  # 8 notes a bar
    prompt = np.stack([phrase, phrase - 12, phrase - 24, np.zeros_like(phrase)], 1)
    task = Task(grammar.continuation(prompt, 240))
    written = generator.write(network, task)
    assert np.array_equal(written[: len(prompt)], prompt)
    after = written[len(prompt) :]
    assert len(after) == 240 and after[:48].any() and len(np.unique(after[:, 0])) > 2


def test_density_says_how_much_of_the_time_voices_sound() -> None:
    network = composer()
    parts = {}
    for density in (0.5, 1.0, None):
        notes = generator.write(network, Task(grammar.free(480), 3, density=density))
        parts[density] = float((notes[:, :3] > 0).mean())
    assert parts[0.5] < parts[1.0], parts
    assert parts[None] not in (parts[0.5], parts[1.0]), parts
