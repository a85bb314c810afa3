"""The timbre network: shapes, learning, determinism, its twin in numpy, and batches for it."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from starling.models.artifacts import card_file
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.timbre import numpy_forward
from starling.models.timbre.batches import Material, Renders, augmented
from starling.models.timbre.network import Config, Timbre, nt_xent

SMALL = Config(channels=(4, 6, 8, 8), hidden=16, size=8)


def renders(presets: int = 40, notes: int = 3, seed: int = 0, source: int = -1) -> Renders:
    """Presets that differ in colour; their notes differ in pitch and level."""
    random = np.random.default_rng(seed)
    colour = random.normal(0, 2, (presets, 1, 64, 1)) + random.normal(0, 1, (presets, 1, 1, 51))
    mels = (colour + random.normal(0, 0.3, (presets, notes, 64, 51)) - 2).astype(np.float16)
    level = np.full((presets, notes), 0.1, np.float32)
    sources = np.arange(presets, dtype=np.int32) if source < 0 else np.full(presets, source)
    return Renders("toy", f"toy{seed}", mels, level, sources.astype(np.int32))


def network(seed: int = 0, config: Config = SMALL) -> Timbre:
    """With statistics as after some training."""
    torch.manual_seed(seed)
    model = Timbre(config)
    for block in model.blocks:
        block.norm.running_mean.normal_()
        block.norm.running_var.uniform_(0.5, 2.0)
    return model.eval()


@pytest.mark.parametrize("config", [SMALL, Config()])
def test_vectors_have_length_one(config: Config) -> None:
    vectors = network(config=config)(torch.randn(3, 64, 51))
    assert vectors.shape == (3, config.size)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(3), atol=1e-5)


def test_same_seed_same_network() -> None:
    sound = torch.randn(2, 64, 51)
    assert torch.equal(network(1)(sound), network(1)(sound))
    assert not torch.equal(network(1)(sound), network(2)(sound))


def test_overfits_one_batch() -> None:
    torch.manual_seed(0)
    model = Timbre(SMALL)
    pairs = Material([renders()]).draw(16, np.random.default_rng(0), None)
    both = torch.from_numpy(np.concatenate([pairs.one, pairs.two]))
    same = torch.from_numpy(pairs.same)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    losses = []
    for _ in range(40):
        loss = nt_xent(*model(both).chunk(2), same, 0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.05 * losses[0]


def test_presets_that_sound_alike_are_no_negatives() -> None:
    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    alike = torch.eye(3, dtype=torch.bool)
    apart = nt_xent(vectors, vectors, alike, 0.07)
    alike[0, 1] = alike[1, 0] = True
    assert nt_xent(vectors, vectors, alike, 0.07) < 1e-3 < apart


@pytest.mark.parametrize("config", [SMALL, Config()])
def test_numpy_gives_torchs_vectors(config: Config) -> None:
    model = network(config=config)
    tensors = {name: value.numpy() for name, value in model.state_dict().items()}
    forward = numpy_forward.fold(tensors, asdict(config), "0" * 64)
    mels = np.random.default_rng(0).normal(-2, 3, (40, 64, 51)).astype(np.float32)
    with torch.no_grad():
        wanted = model(torch.from_numpy(mels)).numpy()
    assert np.abs(forward(mels) - wanted).max() < 1e-5
    assert np.abs(forward(mels[:1]) - wanted[:1]).max() < 1e-5
    assert forward(mels[:0]).shape == (0, config.size) and forward.size == config.size


def written(folder: Path, **changes: object) -> Path:
    card = {"kind": "timbre", "name": "t", "title": "T", "sample_rate": 44100, "root": 60}
    card |= {"controls": [], "config": asdict(SMALL), "training": {}, "data": {}, "metrics": {}}
    return card_file.write(folder, {**card, **changes}, network().state_dict())[0]


def test_weights_of_another_kind_shape_or_place_are_refused(tmp_path: Path) -> None:
    assert numpy_forward.load(written(tmp_path)).size == 8
    with pytest.raises(ParseError, match="of kind 'proxy', not 'timbre'"):
        numpy_forward.load(written(tmp_path, kind="proxy"))
    wide = asdict(replace(SMALL, strides=((2, 2), (2, 2), (2, 2), (1, 1))))
    with pytest.raises(ParseError, match="do not fit its configuration"):
        numpy_forward.load(written(tmp_path, config=wide))
    (tmp_path / "t.safetensors").write_bytes(b"no weights")
    with pytest.raises(ParseError, match="hash differs"):
        numpy_forward.load(tmp_path / "t.json")
    (tmp_path / "t.safetensors").unlink()
    with pytest.raises(MissingError, match=r"the weights t\.safetensors"):
        numpy_forward.load(tmp_path / "t.json")


def test_a_pair_is_two_notes_of_one_preset() -> None:
    material = Material([renders(), renders(seed=1)])
    pairs = material.draw(30, np.random.default_rng(0), None)
    assert pairs.one.shape == pairs.two.shape == (30, 64, 51)
    one, two = (np.diff(each.mean(axis=2), axis=1) for each in (pairs.one, pairs.two))
    apart = np.linalg.norm(one[:, None] - two, axis=2)
    assert (apart.argmin(axis=1) == np.arange(30)).mean() > 0.9  # noise floors cover some colours
    assert np.array_equal(pairs.same, np.eye(30, dtype=bool))


def test_all_that_derives_from_a_preset_is_held_out_together() -> None:
    material = Material([renders(source=15), renders(seed=1, source=3)])
    assert len(material.held_out) == 40 == len(material.training)
    assert (material.held_out[:, 0] == 0).all() and (material.training[:, 0] == 1).all()


def test_silent_notes_are_not_drawn() -> None:
    quiet = renders()
    quiet.level[:, 1] = 0
    material = Material([quiet])
    assert (material.other_notes(material.training, np.random.default_rng(0)) == 2).all()
    quiet.level[:, 2] = 0
    with pytest.raises(InputError, match="0 presets to train on"):
        Material([quiet])


def test_families_of_neighbours_are_drawn_once_each() -> None:
    material = Material([renders(200)])
    count = len(material.training)
    near = (np.arange(count)[:, None] + np.arange(1, 25)) % count
    pairs = material.draw(64, np.random.default_rng(0), near)
    assert 32 <= len(pairs.one) <= 64 and pairs.same.shape == (len(pairs.one),) * 2
    assert np.array_equal(pairs.same, np.eye(len(pairs.one), dtype=bool))


def test_augmentation_repeats_with_its_seed_and_stays_near() -> None:
    mels = np.random.default_rng(0).normal(-2, 2, (50, 64, 51)).astype(np.float32)
    one, two = (augmented(mels, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one, two) and not np.array_equal(one, mels)
    assert one.shape == mels.shape and np.isfinite(one).all()
