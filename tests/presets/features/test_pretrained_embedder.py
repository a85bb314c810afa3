"""What surrounds pretrained models: paths, hashes, levels. True weights are not here."""

import os
from dataclasses import replace
from pathlib import Path

import foreign_weights
import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from starling.models.errors import InputError, MissingError, ParseError
from starling.models.pretrained import efficientat
from starling.presets.features import pretrained_embedder, pretrained_table
from starling.presets.features.embedders import find
from starling.presets.features.pretrained_table import PRETRAINED, Pretrained

RATE = 32_000


def opened(path: Path) -> tuple[pretrained_table.EmbedFunction, int]:
    """A model of four numbers: the levels of quarters of what it hears."""
    return lambda signal: np.square(signal.reshape(4, -1)).mean(axis=1), 4


TOY = Pretrained(RATE, "a toy's weights", False, opened, "json", "nothing")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A model in the table, and its weights."""
    monkeypatch.setitem(PRETRAINED, "clap", TOY)
    path = tmp_path / "toy.safetensors"
    save_file({"a": np.ones(3, np.float32)}, path)
    return path


def tone(seconds: float = 1.0) -> np.ndarray:
    return np.sin(np.arange(round(seconds * RATE)) / 10).astype(np.float32)


@pytest.mark.parametrize("name", list(PRETRAINED))
def test_without_weights_it_says_which(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{name} needs the path of its weights") as caught:
        find(name)
    assert caught.value.code == "no_weights"
    with pytest.raises(MissingError, match=f"{name} needs"):
        find(name, tmp_path / "absent")


def test_without_its_package_it_says_which(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRETRAINED, "clap", replace(TOY, package="no_such", install="a command"))
    with pytest.raises(MissingError, match="clap needs the package no_such: a command") as caught:
        find("clap", toy)
    assert caught.value.code == "missing_extra"


@pytest.mark.parametrize("name", ["passt", "panns", "openl3", "efficientat"])
def test_weights_of_something_else(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"a": np.ones(3, np.float32)}, path)
    with pytest.raises(ParseError, match="these are not the weights of"):
        find(name, path)
    path.write_bytes(b"no weights at all")
    with pytest.raises(ParseError, match=r"weights\.safetensors is damaged"):
        find(name, path)


def test_a_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="holds no weights"):
        find("clap", tmp_path)


def test_the_key_follows_the_weights(toy: Path) -> None:
    first = find("clap", toy)
    assert first is find("clap", toy) and first.key.startswith("clap/2:") and not first.light
    save_file({"a": np.zeros(3, np.float32)}, toy)
    os.utime(toy, ns=(1, 1))
    assert find("clap", toy).key != first.key


def test_vectors_have_length_one_whatever_the_level(toy: Path) -> None:
    embedder = find("clap", toy)
    loud, quiet = embedder.embed(tone()), embedder.embed(tone() * np.float32(0.01))
    assert np.linalg.norm(loud) == pytest.approx(1) and np.abs(loud - quiet).max() < 1e-5
    assert np.array_equal(embedder.embed(tone(0.25)).round(3), [1, 0, 0, 0])
    with pytest.raises(InputError, match="silent"):
        embedder.embed(np.zeros(RATE, np.float32))
    with pytest.raises(MissingError, match="not to log-mels"):
        embedder.from_log_mel(np.zeros((1, 64, 51), np.float32))


def test_the_level_is_that_of_the_second_at_every_rate(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Formerly of 44,100 frames, whatever the rate: 0.1 became 0.117 at 32 kHz."""
    heard: list[np.ndarray] = []
    listen = opened(toy)[0]
    keep = replace(TOY, open=lambda path: (lambda x: (heard.append(x), listen(x))[1], 4))
    monkeypatch.setitem(PRETRAINED, "clap", keep)
    pretrained_embedder._loaded.cache_clear()
    find("clap", toy).embed(tone())
    assert np.sqrt(np.mean(np.square(heard[0]))) == pytest.approx(0.1, rel=1e-4)


def test_weights_of_another_model_are_found_out(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRETRAINED, "clap", replace(TOY, open=lambda path: (opened(path)[0], 5)))
    with pytest.raises(ParseError, match=r"4 numbers .* not 5"):
        find("clap", toy).embed(tone())
    monkeypatch.setitem(PRETRAINED, "clap", replace(TOY, open=lambda path: {}["state"]))
    pretrained_embedder._loaded.cache_clear()
    with pytest.raises(ParseError, match="clap cannot use the weights"):
        find("clap", toy)


def test_a_published_file_makes_an_embedder(tmp_path: Path) -> None:
    """From a file to the vector, which is the network's at the standard level and of length 1."""
    path = tmp_path / "weights.pt"
    torch.save(foreign_weights.filled(efficientat.EfficientAT(0.4).state_dict()), path)
    embedder = find("efficientat", path)
    sound = foreign_weights.sound(embedder.sample_rate)
    with torch.inference_mode():
        own = efficientat.load(path)(torch.from_numpy(sound)[None])[0].numpy()
    vector = embedder.embed(sound * np.float32(0.3))
    assert vector.shape == (embedder.size,) and vector.dtype == np.float32
    assert np.abs(vector - own / np.linalg.norm(own)).max() < 1e-4
    assert np.abs(embedder.embed(sound[::-1].copy()) - vector).max() > 1e-3
    assert embedder.embed(sound[:9_000]).shape == vector.shape  # padded


def test_clap_is_loaded_from_a_folder_and_hears(tmp_path: Path) -> None:
    """The true class with few, random weights: all that can be run without a download."""
    transformers = pytest.importorskip("transformers", reason="pip install -e '.[clap]'")
    text = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 50}
    text |= {"intermediate_size": 16, "projection_dim": 512}
    audio = {"depths": [1, 1], "num_attention_heads": [2, 2], "patch_embeds_hidden_size": 16}
    audio |= {"hidden_size": 32, "projection_dim": 512, "num_hidden_layers": 2}
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=512)
    transformers.ClapModel(config).save_pretrained(tmp_path)
    extractor = transformers.ClapFeatureExtractor(truncation="rand_trunc")
    extractor.save_pretrained(tmp_path)
    embedder = find("clap", tmp_path)
    one = np.sin(np.arange(48_000) / 10).astype(np.float32)
    vector = embedder.embed(one)
    assert vector.shape == (512,) and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert np.abs(embedder.embed(one * np.float32(0.1)) - vector).max() < 1e-4
    assert np.abs(embedder.embed(np.sign(one)) - vector).max() > 1e-6
