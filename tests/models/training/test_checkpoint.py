"""Checkpoints: whole or not at all, and never of a network that is lost."""

from pathlib import Path

import pytest
import torch

from starling.models.errors import MissingError, ParseError, StarlingError
from starling.models.training import checkpoint
from starling.models.training.checkpoint import CheckpointHeader

NOW = CheckpointHeader(3, 1.5, 7, "data", {"size": 2})
NONE: dict[str, object] = {"state": {}}


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    weights, average = {"a": torch.ones(2)}, {"a": torch.zeros(2)}
    optimizer = {"state": {0: {"step": torch.tensor(3.0)}}}
    checkpoint.save(path, NOW, weights, average, optimizer, {"best": torch.tensor(torch.inf)})
    saved = checkpoint.load(path)
    assert saved.header == NOW
    assert saved.weights["a"].tolist() == [1, 1] and saved.average["a"].tolist() == [0, 0]
    assert saved.more["best"] == torch.inf
    assert saved.optimizer == {0: {"step": torch.tensor(3.0)}}


@pytest.mark.parametrize("lost", [0, 1])
def test_lost_weights_do_not_take_the_place_of_good_ones(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "checkpoint.safetensors"
    good, bad = {"a": torch.ones(2)}, {"a": torch.tensor([1.0, torch.nan])}
    checkpoint.save(path, NOW, good, good, NONE)
    before = path.read_bytes()
    with pytest.raises(StarlingError, match="diverged: a is not finite") as caught:
        checkpoint.save(path, NOW, *((bad, good) if lost == 0 else (good, bad)), NONE)
    assert caught.value.code == "diverged"
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_what_is_no_checkpoint_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no checkpoint"):
        checkpoint.load(tmp_path / "none")
    (tmp_path / "bad").write_bytes(b"nonsense")
    with pytest.raises(ParseError, match="not a checkpoint"):
        checkpoint.load(tmp_path / "bad")
