import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.dsp.mel import levelled
from starling.models.errors import InputError, MissingError
from starling.presets.features.embedders import (
    CLASSICAL,
    EMBEDDERS,
    Embedder,
    classical,
    default,
    find,
    log_mel,
    timbre,
)

RATE = CLASSICAL.sample_rate


def tone(hertz: float, seconds: float = 1.0, decay: float = 2.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    saw = 2 * ((hertz * t) % 1) - 1
    return (0.3 * saw * np.exp(-decay * t)).astype(np.float32)


def test_shapes_of_the_recipe() -> None:
    assert log_mel(tone(220)).shape == (64, 51)
    vector = classical(tone(220))
    assert vector.shape == (104,) == (CLASSICAL.size,) and vector.dtype == np.float32
    assert find("classical") is CLASSICAL is find("classical/1")


@pytest.fixture(params=["classical", "timbre"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return find(request.param)


@pytest.mark.parametrize("gain", [0.01, 3.0])
def test_loudness_does_not_matter(gain: float, embedder: Embedder) -> None:
    vector = embedder.embed(tone(220))
    assert np.abs(embedder.embed(tone(220) * np.float32(gain)) - vector).max() < 1e-3


def test_short_sounds_are_padded_and_long_ones_cut(embedder: Embedder) -> None:
    short = tone(220, 0.2)
    padded = np.pad(short, (0, RATE - len(short)))
    embed = embedder.embed
    assert np.array_equal(embed(short), embed(padded))
    assert np.array_equal(embed(tone(220, 3.0)), embed(tone(220, 3.0)[:RATE]))


def test_timbre_lies_further_apart_than_a_small_change(embedder: Embedder) -> None:
    base, near = embedder.embed(tone(220)), embedder.embed(tone(222))
    noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    assert np.linalg.norm(base - near) < 0.3 * np.linalg.norm(base - embedder.embed(noise))


@pytest.mark.parametrize("signal", [np.zeros(RATE), np.zeros(0), np.full(RATE, 1e-5)])
def test_silence_is_refused(signal: np.ndarray, embedder: Embedder) -> None:
    with pytest.raises(InputError, match="silent") as caught:
        embedder.embed(signal.astype(np.float32))
    assert caught.value.code == "silent"


def test_many_sounds_and_log_mels_give_the_same_vectors(embedder: Embedder) -> None:
    sounds = np.stack([tone(220), tone(440), tone(330, decay=9)])
    vectors = np.stack([embedder.embed(sound) for sound in sounds])
    mels = np.stack([log_mel(levelled(sound)) for sound in sounds])
    assert np.abs(embedder.embed_many(sounds) - vectors).max() < 1e-6
    assert np.abs(embedder.from_log_mel(mels) - vectors).max() < 1e-5
    assert embedder.from_log_mel(mels[:0]).shape == (0, embedder.size)


def test_timbre_is_the_default_and_needs_no_torch() -> None:
    assert default() is timbre() and default().metric == "cosine" and default().light
    assert np.linalg.norm(default().embed(tone(220))) == pytest.approx(1, abs=1e-5)
    code = (
        "import sys, numpy; from starling.presets.features.embedders import default;"
        "default().embed(numpy.sin(numpy.arange(44100) / 9).astype('f'));"
        "assert not {'torch', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_a_key_finds_what_made_the_vectors_and_nothing_else(tmp_path: Path) -> None:
    assert find(default().key) is default()
    with pytest.raises(MissingError, match="not timbre/1:000000000000"):
        find("timbre/1:000000000000")
    with pytest.raises(InputError, match="no embedder is called 'ears'; use timbre, classical"):
        find("ears/3")
    with pytest.raises(InputError, match="classical has no weights"):
        find("classical", tmp_path)
    with pytest.raises(MissingError, match="no model card"):
        find("timbre", tmp_path / "absent.json")
    assert set(EMBEDDERS) >= {"timbre", "classical", "clap", "passt", "panns", "openl3"}


def test_weights_of_your_own_have_another_key(tmp_path: Path) -> None:
    card = json.loads((WEIGHTS / "timbre.json").read_text())
    weights = load_file(WEIGHTS / card["weights"])
    other = {name: value * np.float16(1.01) for name, value in weights.items()}
    save_file(other, tmp_path / card["weights"])
    card["sha256"] = card_file.sha256(tmp_path / card["weights"])
    (tmp_path / "mine.json").write_text(json.dumps(card))
    mine = find("timbre", tmp_path / "mine.json")
    assert mine.key != default().key and mine.weights == tmp_path / "mine.json"


def test_the_vector_is_the_one_stored_in_older_libraries() -> None:
    """A change of these numbers needs a new version, since stored vectors would not fit."""
    vector = classical(tone(220))
    assert [round(float(x), 3) for x in vector[[0, 1, 19, 20, 39, 40, 103]]] == pytest.approx(
        [0.917, -1.646, -1.113, 0.628, 0.137, 0.955, 0.088], abs=2e-3
    )
