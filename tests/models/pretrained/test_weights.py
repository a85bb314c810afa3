"""State dicts of other people: what is read, and what each kind of bad file is answered."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from starling.models.errors import ParseError
from starling.models.pretrained import weights

STATE = {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.ones(2)}


class Evil:
    """What a malicious pickle is made of: a call of any function."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self.path,)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".pth.tar", ".old.ckpt"])
def test_the_ways_in_which_weights_are_published(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(STATE, path)
    else:
        torch.save(STATE, path, _use_new_zipfile_serialization="old" not in suffix)
    found = weights.read(path)
    assert found.keys() == STATE.keys() and torch.equal(found["weight"], STATE["weight"])


def test_wrappers_and_prefixes_are_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    inner = {f"module.{name}": value for name, value in STATE.items()}
    torch.save({"iteration": 600_000, "model": inner, "sampler": {"pointer": 1}}, path)
    assert weights.read(path).keys() == STATE.keys()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([1, 2], "holds no state dict but a list"),
        ({}, "holds no state dict"),
        ({"epoch": 3}, "'epoch' is a int, not a tensor"),
        (torch.ones(3), "holds no state dict but a Tensor"),
        ({"model": {"a": None}}, "'a' is a NoneType"),
    ],
)
def test_what_is_not_a_state_dict(content: object, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save(content, path)
    with pytest.raises(ParseError, match=sentence):
        weights.read(path)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.98])
def test_truncated_files(suffix: str, kept: float, tmp_path: Path) -> None:
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pt":
        torch.save(STATE, path)
    else:
        save_file(STATE, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept if kept > 1 else len(whole) * kept)])
    with pytest.raises(ParseError, match=rf"weights\{suffix} is damaged"):
        weights.read(path)


@pytest.mark.parametrize("plain", [True, False])
def test_a_pickle_that_would_run_something_does_not(plain: bool, tmp_path: Path) -> None:
    path, target = tmp_path / "weights.pt", tmp_path / "made"
    if plain:
        path.write_bytes(pickle.dumps({"a": Evil(target)}))
    else:
        torch.save({"weight": torch.ones(1), "a": Evil(target)}, path)
    with pytest.raises(ParseError, match=r"holds more than tensors and could run a program"):
        weights.read(path)
    assert not target.exists()


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights/data/0", b"\0" * 100_000)
    monkeypatch.setattr(weights, "MAX_BYTES", 10_000)
    with pytest.raises(ParseError, match="unpacks to 100000 bytes, allowed are 10000"):
        weights.read(path)
    monkeypatch.setattr(weights, "MAX_BYTES", 100)
    with pytest.raises(ParseError, match="larger than 100 bytes"):
        weights.read(path)


def test_a_network_is_filled_and_ready() -> None:
    state = {f"0.{name}": value.half() for name, value in STATE.items()}
    state |= {f"1.{name}": torch.ones(2) for name in ("weight", "bias")}
    state |= {f"1.running_{name}": torch.ones(2) for name in ("mean", "var")}
    state["head.bias"] = torch.ones(9)
    net = weights.filled(
        lambda: nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), state, "a toy", {"head.": None}
    )
    assert not net.training and not any(each.requires_grad for each in net.parameters())
    assert torch.equal(net[0].weight, STATE["weight"])
    assert net(torch.zeros(4, 3)).shape == (4, 2) and not net[1].num_batches_tracked.is_meta


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bias": None}, "not the weights of a toy: bias is missing"),
        ({"other": torch.ones(1)}, "it has no other"),
        ({"bias": torch.ones(3)}, r"bias is \(3,\), not \(2,\)"),
        ({"front": torch.ones(4)}, r"front is \(4,\), not \(5,\)"),
        ({"bias": torch.tensor([1.0, torch.nan])}, "damaged: bias holds NaN"),
    ],
)
def test_a_state_dict_that_does_not_fit(change: dict[str, Any], sentence: str) -> None:
    state = {name: value for name, value in (STATE | change).items() if value is not None}
    with pytest.raises(ParseError, match=sentence):
        weights.filled(lambda: nn.Linear(3, 2), state, "a toy", {"front": (5,)})
    assert weights.size(STATE, "weight", 1) == 3 and weights.size(STATE, "weight", 2) == 0
