"""A few steps on made-up sounds: a network, its artifact, and the same vectors by numpy."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.errors import MissingError, ParseError
from starling.models.timbre import numpy_forward
from starling.models.timbre.families import finish, forward, named_sounds
from starling.models.timbre.families.batches import Material, is_held_out
from starling.models.timbre.families.named_sounds import NamedSound, NamedSounds
from starling.models.timbre.families.network import Config, family_loss
from starling.models.timbre.families.train import Settings, embedded, train
from starling.models.timbre.loading import timbre_network
from starling.presets.features.embedders import find, timbre, timbre_alone

NAMES = ("Brass", "Flute", "Strings", "Organ", "Number")


def toy(domain: str, seed: int) -> NamedSounds:
    """Forty sounds at three notes: each family has its own hill in frequency."""
    rng = np.random.default_rng(seed)
    bands = np.arange(64)[:, None]
    sounds, mels = [], []
    for number in range(40):
        kind = number % len(NAMES)
        sounds.append(NamedSound(f"{NAMES[kind]} {number}", f"bank {number % 8}"))
        hill = -((bands - 12 * kind - 6) ** 2) / 60 + rng.normal(0, 0.3, (3, 64, 51))
        mels.append(np.maximum(hill, -7))
    notes = ((60, 100, 0.65), (62, 90, 0.65), (48, 100, 0.65))
    return NamedSounds(domain, "presets", "none", notes, tuple(sounds), np.float16(mels))


def test_a_set_comes_back_as_it_was_written(tmp_path: Path) -> None:
    made = toy("toy", 0)
    named_sounds.write(tmp_path / "set", made)
    found = named_sounds.read(tmp_path / "set")
    assert found.sounds == made.sounds and found.notes == made.notes
    assert np.array_equal(found.log_mel, made.log_mel) and found.hash
    with pytest.raises(MissingError):
        named_sounds.read(tmp_path)
    path = tmp_path / "set" / named_sounds.SOUNDS
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ParseError, match="damaged"):
        named_sounds.read(tmp_path / "set")


def test_only_sounds_that_tell_a_family_are_learnt_from_by_whole_banks() -> None:
    material = Material([toy("one", 0), toy("two", 1)])
    assert material.sounds == 64  # `Number` tells none
    held = {f"bank {n}" for n in range(8) if is_held_out(f"bank {n}")}
    assert len(material.training) + len(material.held_out) == 3 * 64
    assert bool(held) == bool(len(material.held_out))
    assert np.isclose(material.weights.sum(), 1)
    assert material.counts() == {"one": 32, "two": 32}


def test_what_is_played_beside_a_note_is_of_its_sound() -> None:
    material = Material([toy("one", 0)])
    batch = material.draw(64, np.random.default_rng(0))
    rows = material.rows
    for sound, others in zip(batch.sound.tolist(), batch.others.numpy(), strict=True):
        own = material.log_mel[rows[:, 2] == sound].astype(np.float32)
        assert all((own == other).all(axis=(1, 2)).any() for other in others)


def test_a_sound_s_other_notes_are_neither_right_nor_wrong() -> None:
    """By the definition, with another note of the first sound wherever it may lie."""
    made = torch.randn(24, 8, generator=torch.manual_seed(0))
    vectors = torch.nn.functional.normalize(made, dim=1)
    family, domain = torch.arange(24) // 2 % 3, torch.zeros(24, dtype=torch.long)
    sound = torch.arange(24) // 2
    each = []
    for row in range(24):
        others = sound != sound[row]
        scores = torch.log_softmax(vectors[others] @ vectors[row] / 0.1, dim=0)
        each.append(-scores[family[others] == family[row]].mean())
    loss = family_loss(vectors, family, domain, sound, 0.1)
    assert float(loss) == pytest.approx(float(torch.stack(each).mean()), rel=1e-5)
    two = torch.cat([vectors, vectors.flip(0)]), family.repeat(2), sound.repeat(2)
    domains = torch.cat([domain, domain + 1])
    only = family_loss(two[0], two[1], domains, two[2], 0.1, (0,))
    other = family_loss(two[0], two[1], domains, two[2], 0.1, (1,))
    both = family_loss(two[0], two[1], domains, two[2], 0.1)
    assert only != other and float(both) == pytest.approx(float(only + other) / 2, rel=1e-5)


def test_galleries_are_what_a_library_holds() -> None:
    font = dataclasses.replace(toy("font", 1), source="soundfont")
    assert Material([font, toy("synth", 0)]).galleries == (1,)
    assert Material([font]).galleries == ()


def test_training_ends_in_an_artifact_that_numpy_reads(tmp_path: Path) -> None:
    sets = [toy("one", 0), toy("two", 1)]
    material = Material(sets)
    base, digest = timbre_network(WEIGHTS / "timbre-2.json")
    settings = Settings(steps=12, batch=48, threads=1)
    untouched = {name: value.clone() for name, value in base.state_dict().items()}
    result = train(material, base, Config(), settings, tmp_path)
    assert all(torch.equal(value, untouched[name]) for name, value in base.state_dict().items())
    card = finish.finished(
        tmp_path, "families", material, sets, result, settings, "none", base, digest
    )
    network = forward.load(card, numpy_forward.load(WEIGHTS / "timbre-2.json"))
    batch = material.batch(material.training[:5])
    vectors = network(batch.log_mel.numpy())
    family = embedded(result.model, batch.log_mel).numpy()
    assert network.parts == (128, 64) and vectors.shape == (5, 192)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.abs(vectors[:, 128:] / forward.HALF - family).max() < 0.02  # half precision
    instance = find("timbre", WEIGHTS / "timbre-2.json").from_log_mel(batch.log_mel.numpy())
    assert np.abs(vectors[:, :128] / forward.HALF - instance).max() < 1e-5  # which sound it is
    own = timbre(card)
    assert own.parts == (128, 64) and own.families is not None and own.key.startswith("timbre/2:")
    assert own.families.words("brass") is not None and own.families.words("12") is None
    assert find(timbre_alone().key) is timbre_alone()
    assert set(own.families.scales) == {"preset", "recording", "words"}
