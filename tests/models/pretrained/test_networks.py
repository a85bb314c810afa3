"""Our networks for published weights: the names they read, and golden answers of the authors' code.

All weights are by formula (`foreign_weights`), since the true ones are not here. The digests and
numbers are those of panns_inference 0.1.1, torchopenl3 1.0.1, hear21passt 0.0.26 and
EfficientAT_HEAR 738e57d; where these are installed, `test_upstream.py` beside this file makes both
again and compares whole vectors.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import foreign_weights
import numpy as np
import pytest
import torch
from torch import nn

from starling.models.errors import ParseError
from starling.models.pretrained import cnn14, efficientat, openl3, passt

WITHIN = 1e-4  # of the largest number: float32 in another order, other factors of the DFT
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Case:
    """A network, what a published file holds besides, and what the authors' code answered."""

    of: Callable[[dict[str, torch.Tensor]], nn.Module]
    empty: Callable[[], nn.Module]
    rate: int
    besides: Mapping[str, tuple[int, ...] | None]
    digest: str  # of all names and shapes in the authors' state dict
    size: int
    norm: float  # of their embedding of `foreign_weights.sound`
    numbers: tuple[float, ...]  # eight of it, at equal distances


PASST_HEADS: Shapes = {"head.0.weight": (768,), "head.0.bias": (768,)}
PASST_HEADS |= {f"{each}.weight": (527, 768) for each in ("head.1", "head_dist")}
PASST_HEADS |= {f"{each}.bias": (527,) for each in ("head.1", "head_dist")}
MN04_HEAD: Shapes = {"features.16.0.weight": (384, 64, 1, 1)}
MN04_HEAD |= {
    f"features.16.1.{each}": (384,) for each in ("weight", "bias", "running_mean", "running_var")
}
MN04_HEAD |= {"classifier.2.weight": (512, 384), "classifier.2.bias": (512,)}
MN04_HEAD |= {"classifier.5.weight": (527, 512), "classifier.5.bias": (527,)}

CASES = {
    "panns": Case(
        cnn14.of,
        cnn14.Cnn14,
        32_000,
        cnn14.UNUSED,
        "830b6231f3d3cb7c9507cb351ecb1f0cfee622573f8b11f11ac7ab6a57cc17e0",
        2_048,
        3095.161,
        (0.0, 0.0, 0.0, 61.1949, 87.4366, 0.0, 43.456, 27.0869),
    ),
    "openl3": Case(
        openl3.of,
        openl3.OpenL3,
        48_000,
        openl3.UNUSED,
        "92cc33030c87bdb5d7084fd8ebc03ce4b06266955cc53c3b8be2dfdb3816c83c",
        512,
        3422.486,
        (36.0634, 242.138, 223.412, 168.635, 208.5, 110.767, 77.2715, 80.2918),
    ),
    "passt": Case(
        passt.of,
        lambda: passt.Passt(2),
        32_000,
        PASST_HEADS,
        "933cfa41b0fb8e36c9ca83a3d4026bb21891e17719b4a22901e86ea984106ed1",
        768,
        23.1095,
        (0.108554, -0.787126, 0.554333, -0.00593317, 1.74115, -0.813553, 1.79619, 0.498589),
    ),
    "mn04": Case(
        efficientat.of,
        lambda: efficientat.EfficientAT(0.4),
        32_000,
        MN04_HEAD,
        "3b8e05f3181db9616a4630a5989b03b38e59c73cfced3bd59686b518e8b8fbf5",
        320,
        20.60008,
        (-1.24195, -0.0954592, 0.64381, -0.850353, -2.31032, -0.0483844, -0.475996, -1.55549),
    ),
}


def shapes(state: Mapping[str, torch.Tensor]) -> Shapes:
    """Names and shapes of a state dict but for the counters of batch norm."""
    return {k: tuple(v.shape) for k, v in state.items() if not k.endswith("num_batches_tracked")}


def digest(held: Shapes) -> str:
    """Hash of the sorted names and shapes."""
    rows = "\n".join(sorted(f"{name} {shape}" for name, shape in held.items()))
    return hashlib.sha256(rows.encode()).hexdigest()


def embedding(net: nn.Module, rate: int) -> np.ndarray:
    with torch.inference_mode():
        found = net(torch.from_numpy(foreign_weights.sound(rate))[None])
    return np.asarray(found[0].numpy())


@pytest.mark.parametrize("name", CASES)
def test_names_and_shapes_are_those_that_are_published(name: str) -> None:
    case = CASES[name]
    with torch.device("meta"):
        empty = case.empty()
    assert digest(shapes(empty.state_dict()) | dict(case.besides)) == case.digest


def test_the_whole_passt_has_twelve_blocks() -> None:
    with torch.device("meta"):
        held = shapes(passt.Passt(12).state_dict()) | PASST_HEADS
    assert digest(held) == "0c2659110f46d2006676fc55e906ff304091e590a4428e04dc524d305daa50ef"


@pytest.mark.parametrize("name", CASES)
def test_equal_weights_give_what_the_authors_code_gives(name: str) -> None:
    case = CASES[name]
    with torch.device("meta"):
        empty = case.empty()
    net = case.of(foreign_weights.filled(empty.state_dict()))
    found = embedding(net, case.rate)
    assert found.shape == (case.size,) == (net.size,)
    assert np.linalg.norm(found) == pytest.approx(case.norm, rel=WITHIN)
    largest = float(np.abs(found).max())
    assert np.abs(found[:: case.size // 8][:8] - case.numbers).max() < WITHIN * largest
    assert np.array_equal(embedding(net, case.rate), found)


def zeros(empty: Callable[[], nn.Module]) -> dict[str, torch.Tensor]:
    """A state dict of the right shapes."""
    with torch.device("meta"):
        held = empty().state_dict()
    return {name: torch.zeros(each.shape) for name, each in held.items()}


def mn04(tmp_path: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    """A file as published: all names, classes too."""
    state = foreign_weights.filled(efficientat.EfficientAT(0.4).state_dict())
    state |= {name: foreign_weights.tensor(name, shape) for name, shape in MN04_HEAD.items()}
    return tmp_path / "mn04_as_mAP_432.pt", state


@pytest.mark.parametrize("wrap", [dict, lambda s: {"model": s}, lambda s: {"state_dict": s}])
def test_a_published_file_is_read(wrap: Callable[..., object], tmp_path: Path) -> None:
    path, state = mn04(tmp_path)
    torch.save(wrap({f"module.{name}": value.half() for name, value in state.items()}), path)
    found = embedding(efficientat.load(path), 32_000)
    assert np.linalg.norm(found) == pytest.approx(CASES["mn04"].norm, rel=1e-2)  # half precision


def test_the_width_is_that_of_the_weights() -> None:
    state = foreign_weights.filled(efficientat.EfficientAT(0.1).state_dict())
    net = efficientat.of(state)
    assert net.size == 128 + 8 + 16 + 16 + 16 and embedding(net, 32_000).shape == (net.size,)
    assert [efficientat.channels(count) for count in (6.4, 16, 17.6, 44.8)] == [8, 16, 16, 48]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("panns", "not the weights of CNN14"),
        ("openl3", "not the weights of OpenL3"),
        ("passt", "not the weights of PaSST: it has 1 to 12 blocks, not 0"),
    ],
)
def test_weights_of_another_model_are_refused(name: str, sentence: str, tmp_path: Path) -> None:
    _, state = mn04(tmp_path)
    with pytest.raises(ParseError, match=sentence):
        CASES[name].of(state)


def test_other_sizes_of_the_same_model_are_refused(tmp_path: Path) -> None:
    _, state = mn04(tmp_path)
    with pytest.raises(ParseError, match=r"features\.15\.block\.3\.0\.weight is missing"):
        efficientat.of({"head.weight": torch.zeros(2)})
    wide = {**state, efficientat.LAST: torch.zeros(6400, 8, 1, 1)}
    with pytest.raises(ParseError, match="too large"):
        efficientat.of(wide)
    held = zeros(lambda: passt.Passt(1))
    held["time_new_pos_embed"] = torch.zeros(1, 768, 1, 200)  # for 20 s, or another hop
    with pytest.raises(ParseError, match=r"time_new_pos_embed is \(1, 768, 1, 200\), not"):
        passt.of(held)
    front = {"logmel_extractor.melW": torch.zeros(257, 64)}  # that of CNN14 for 16 kHz
    with pytest.raises(ParseError, match=r"melW is \(257, 64\), not \(513, 64\)"):
        cnn14.of(front | zeros(cnn14.Cnn14))
