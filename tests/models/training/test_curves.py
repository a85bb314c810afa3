"""The log and TensorBoard's curves."""

import builtins
import json
from pathlib import Path

import pytest

from starling.models.errors import MissingError
from starling.models.training import curves
from starling.models.training.device import Device


def test_curves_and_log_are_written(tmp_path: Path) -> None:
    curves.log(tmp_path, 3, 1.26, {"loss": 0.5})
    line = json.loads((tmp_path / curves.LOG).read_text())
    assert line == {"step": 3, "elapsed": 1.3, "loss": 0.5}
    with curves.board(tmp_path, writes=False) as write:
        write(1, {"loss": 1.0})
    assert not (tmp_path / curves.CURVES).exists()
    with curves.board(tmp_path) as write:
        write(1, {"valid_mrr": 1.0})
    assert any((tmp_path / curves.CURVES).iterdir())


def test_what_only_training_needs_is_named_where_it_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name in {"torch.utils.tensorboard", "lightning_fabric"}:
            raise ImportError(name)
        return known(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    sentence = r"pip install -e '.\[train\]'"
    with pytest.raises(MissingError, match=sentence), curves.board(tmp_path):
        pass
    with pytest.raises(MissingError, match=sentence):
        Device().open()
