"""A track that plays one sound of a model by its recipe, offline: the engine's very samples."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.engine.render.assignments import assign, parse_track
from starling.engine.render.parts import Kit, resolve
from starling.engine.render.playing.one_shots import play
from starling.engine.songs.notes import SongNote
from starling.engine.songs.song import Song, Track
from starling.engine.sounds import latent_edits, wav
from starling.engine.sounds.generate import Generators, make
from starling.engine.sounds.store import SoundStore, StoredSound
from starling.models.artifacts.catalogue import catalogue
from starling.models.errors import InputError

CARDS = catalogue()
SONG = Song("song", 1.0, {2: Track(2, 0, "", (), ())})
RATE = 44_100


@pytest.fixture(scope="module")
def generators() -> Generators:
    return Generators(CARDS)


@pytest.fixture(scope="module")
def varied(generators: Generators, tmp_path_factory: pytest.TempPathFactory) -> StoredSound:
    """A sound at a point, as the engine stores it."""
    snare = generators.recipe("drums", 7, {"kind": 2})
    [recipe] = latent_edits.varied(generators, snare, latent_edits.VariationRequest(0.4, 1, 1))
    return make(SoundStore(tmp_path_factory.mktemp("store")), generators, recipe)


def kit_of(path: Path) -> Kit:
    [part] = resolve(SONG, assign(SONG, [parse_track(f"2=sound:{path}")]), CARDS)
    assert isinstance(part.source, Kit)
    return part.source


def test_a_sound_at_a_point_is_bounced_to_the_engines_samples(
    generators: Generators, varied: StoredSound
) -> None:
    kit = kit_of(varied.path)
    assert kit.recipe is not None and kit.recipe.json == varied.recipe
    note = SongNote(0.0, 2.0, varied.root, 127)
    track = play(kit, [note], generators, None, RATE, 2 * RATE)
    stored = soundfile.read(varied.path, dtype="float32")[0]
    assert np.array_equal(track[0, : len(stored)], stored)  # a negative zero may lose its sign
    assert not track[:, len(stored) :].any()


def test_its_keys_are_tuned(generators: Generators, varied: StoredSound) -> None:
    note = SongNote(0.0, 2.0, varied.root + 12, 127)
    track = play(kit_of(varied.path), [note], generators, None, RATE, 2 * RATE)
    assert np.count_nonzero(track[0]) == pytest.approx(varied.frames / 2, abs=4)


def test_other_files_are_refused(varied: StoredSound, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no sound file"):
        kit_of(tmp_path / "absent.wav")
    soundfile.write(tmp_path / "mine.wav", np.ones(100) / 2, RATE)
    with pytest.raises(InputError, match=r"mine\.wav is not the sound of a model"):
        kit_of(tmp_path / "mine.wav")
    audio = np.ones((1, 100), np.float32)
    for recipe in ("", "{", "[]", '{"kind":"preset"}'):
        (tmp_path / "other.wav").write_bytes(wav.encode(audio, RATE, recipe=recipe))
        with pytest.raises(InputError, match="is not the sound of a model"):
            kit_of(tmp_path / "other.wav")
    old = varied.recipe.replace(CARDS["drums"].weights_hash, "00" * 32)
    (tmp_path / "old.wav").write_bytes(wav.encode(audio, RATE, recipe=old))
    with pytest.raises(InputError, match="made by the weights '000000000000'"):
        kit_of(tmp_path / "old.wav")
