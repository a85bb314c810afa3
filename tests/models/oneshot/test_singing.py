"""A set that sings, from a folder to a model that sings: trained, played, encoded, resumed."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.models.artifacts import card_file, catalogue
from starling.models.oneshot import pitch_contour, resynthesis
from starling.models.oneshot.generator import Generator

RATE = 44100


def call(low: float, high: float, seconds: float = 0.4) -> np.ndarray:
    """A gliding tone with six harmonics that swells and fades."""
    time = np.arange(int(seconds * RATE)) / RATE
    hertz = low * (high / low) ** (time / seconds)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 7)) * np.sin(np.pi * time / seconds) ** 0.5
    return (0.3 * tone).astype(np.float32)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of eight steps, of which the last four are the second stage's."""
    root = tmp_path_factory.mktemp("singing")
    (root / "birds").mkdir()
    for index in range(8):
        sound = call(300 + 20 * index, 500 + 60 * index)
        soundfile.write(root / "birds" / f"call{index}.wav", sound, RATE)
    run(root, 8)
    return root


def run(root: Path, steps: int, *more: str) -> None:
    words = ["oneshot", "--data", str(root / "birds"), "--steps", str(steps), "--no-install"]
    words += ["--out", str(root / "run"), "--threads", "1", "--seconds", "0.6", *more]
    result = CliRunner().invoke(train, words)
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def model(trained: Path) -> Generator:
    return catalogue.load_generator(catalogue.read(trained / "run" / "birds.json"))


def test_the_card_says_that_it_is_told_a_melody(trained: Path) -> None:
    config = card_file.read_card(trained / "run" / "birds.json")["config"]
    assert config["contour"] == pitch_contour.KNOTS
    assert config["head"]["overtones"] > 0
    assert 150 < config["head"]["body_low_hz"] < 310
    assert 900 < config["head"]["body_high_hz"] < 1500


def test_seeds_sing_different_melodies_in_the_range_of_the_set(model: Generator) -> None:
    head, size = model.model.config.head, model.model.config.latent
    assert len(model.point(0, {}).latent) == size + pitch_contour.KNOTS + 1 + 3
    sounds = [model.generate(seed, {})[0] for seed in range(3)]
    assert all(np.isfinite(sound).all() and len(sound) > 0.1 * RATE for sound in sounds)
    assert not np.array_equal(sounds[0], sounds[1])
    assert head.sample_rate == RATE


def test_a_seeds_point_sounds_as_the_seed(model: Generator) -> None:
    point = model.point(4, {})
    assert model.generate(4, {}, point).tobytes() == model.generate(4, {}).tobytes()


def test_an_encoded_call_keeps_its_melody(
    model: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in ("STEPS", "LAST_STEPS"):  # a network of eight steps leads the search astray
        monkeypatch.setattr(resynthesis, steps, 0)
    config = model.model.config
    numbers = torch.tensor(model.encode(call(350, 700), RATE).latent)
    latent, _ = model.prior.from_noise(torch.ones(1), torch.full((3,), 0.5), numbers)
    contour = pitch_contour.interpolate(
        latent[None, config.latent : -1], torch.tensor([[0.1, 0.5, 0.9]])
    )
    logits = contour[..., None].expand(1, 3, config.head.partials)
    hertz = model.model.decoder.head.body(logits)[0, :, 0]
    assert hertz[0] < hertz[1] < hertz[2]
    assert float(hertz[1]) == pytest.approx(350 * 2**0.5, rel=0.15)


def test_it_resumes(trained: Path) -> None:
    run(trained, 10, "--resume")
    assert card_file.read_card(trained / "run" / "birds.json")["training"]["steps"] == 10


def test_in_training_a_voice_follows_what_was_heard(model: Generator) -> None:
    """All overtones stand exactly on the track; what the network says of the pitch stays known."""
    decoder, config = model.model.decoder, model.model.config
    torch.manual_seed(0)
    mixed, noise = torch.randn(2, config.decoder_inputs), torch.zeros(2, config.head.bins, 20)
    track = torch.linspace(400.0, 600.0, 20)[None]
    sound, raw = decoder(mixed, noise, 19 * config.head.hop, track=track)
    free, same = decoder(mixed, noise, 19 * config.head.hop)
    assert torch.equal(raw, same)
    assert torch.equal(sound[1], free[1]) and not torch.equal(sound[0], free[0])
    hertz = decoder.head.frequencies(
        decoder.head.with_body_hz(raw, track)[..., -config.head.partials :]
    )
    assert torch.allclose(hertz[0, :, 0], track[0], rtol=1e-4)
    assert torch.allclose(hertz[0, :, -1], (config.head.overtones + 1) * track[0], rtol=1e-4)
