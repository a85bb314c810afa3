"""The temperature at which a texture model is nearest to its source."""

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import TINY, album, card, network

from starling.models.artifacts import card_file, catalogue
from starling.models.artifacts.catalogue import ModelCard
from starling.models.datasets.album import Album
from starling.models.errors import InputError
from starling.models.evaluation.features import embedder
from starling.models.evaluation.textures import figures, temperature
from starling.models.evaluation.textures.temperature import Fit, distances, fit
from starling.models.kernels import library
from starling.models.samplernn.publish import halved

RATE = 8_000
TONE = np.array([40.0, 0.0, -40.0, 0.0])  # levels: a period of four samples
WIDTH = 10.0  # levels: deviation of the noise around it at temperature 1

needs_kernel = pytest.mark.skipif(not library.available(), reason="the kernel is not compiled")


def noisy_tone(folder: Path) -> ModelCard:
    """A model that plays TONE with normal noise: exp(-(k - tone)² / 2 WIDTH²) for each level k."""
    config = replace(TINY, quantiser="linear")
    made = network(config)
    level = torch.arange(256) - 128.0
    with torch.no_grad():
        for each in made.parameters():
            each.zero_()
        tone = torch.tensor(TONE)
        made.tiers[0].position[:, 0], made.tiers[0].position[:, 1] = tone.relu(), (-tone).relu()
        made.mlp.hidden.weight[:2, :2] = torch.eye(2)
        made.mlp.output.weight[:, 0] = level / WIDTH**2
        made.mlp.output.weight[:, 1] = -level / WIDTH**2
        made.mlp.output.bias[:] = -level.square() / (2 * WIDTH**2)
    path = card(folder, config).path
    card_file.write(folder, card_file.read_card(path), halved(made))
    return catalogue.read(path)


def tone_at(heat: float, seconds: float = 12.0) -> Album:
    """TONE with the noise of a temperature, as training chunks; what is held out is silent."""
    count = int(seconds * RATE)
    noise = np.random.default_rng(1).normal(0, WIDTH * math.sqrt(heat), count)
    sound = (np.resize(TONE, count) + noise).round() / 128
    whole = np.concatenate([sound, np.zeros(RATE)]).astype(np.float32)
    starts = np.arange(0, count - RATE + 1, RATE // 2)
    chunks = np.stack([np.zeros_like(starts), starts], axis=1)
    return replace(album(), recordings=(whole,), training=chunks, chunk=RATE)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temperature, "SECONDS", 4.0)


@needs_kernel
@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("heat", [0.7, 1.0])
def test_the_temperature_of_a_source_is_found(tmp_path: Path, heat: float) -> None:
    found = fit(noisy_tone(tmp_path), tone_at(heat))
    assert found.temperature == heat and found.seconds == 4.0
    assert set(found.distances) == set(temperature.TEMPERATURES)


@needs_kernel
def test_no_time_is_said_not_overrun(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"generates 1\.0 s .* at least 4 are needed") as caught:
        fit(card(tmp_path), tone_at(1.0), until=time.monotonic())
    assert caught.value.code == "too_short"


@needs_kernel
def test_a_short_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"7\.0 s of training chunks are too little"):
        fit(card(tmp_path), tone_at(1.0, 7.0))


def test_silence_is_never_the_nearest() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (2, 12 * RATE)).astype(np.float32)
    top = figures.loudest(noise[0], RATE)
    own, other = (figures.traits(each, RATE, top, embedder()) for each in noise)
    few = replace(other, vectors=other.vectors[:1])
    near, silent, mostly = distances(own, [other, None, few])
    assert near < 1 and silent == mostly == math.inf


def test_every_class_is_listened_to_for_as_long() -> None:
    source = album(seconds=40.0, labels=("one", "two", "three"))
    parts = [temperature._training_sound(source, label, 3) for label in source.labels]
    assert [len(each) for each in parts] == [20 * RATE] * 3
    assert len(temperature._training_sound(source, "", 1)) == 60 * RATE


def test_what_is_found_is_the_usual_temperature_of_the_card(tmp_path: Path) -> None:
    path = card(tmp_path).path
    before = catalogue.read(path)
    temperature.store(path, Fit(0.8, {0.8: 1.25, 1.1: math.inf}, 4.0))
    after = catalogue.read(path)
    usual = {each.name: each.default for each in after.controls}
    assert usual == {each.name: each.default for each in before.controls} | {"temperature": 0.8}
    assert after.weights_hash == before.weights_hash
    metrics = json.loads(path.read_text())["metrics"]
    assert metrics["temperature"] == {"seconds": 4.0, "distance": {"0.8": 1.25}}
