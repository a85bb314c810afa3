"""Our networks against the authors' own code, whole vectors of it, with equal weights by formula.

Skipped without their packages, which Starling does not need:

    pip install panns-inference==0.1.1 torchopenl3==1.0.1 hear21passt==0.0.26 timm torchaudio \
        torchvision git+https://github.com/fschmid56/EfficientAT_HEAR

It also makes the golden numbers of `test_networks` again.
"""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import foreign_weights
import numpy as np
import pytest
import torch
from test_networks import CASES, WITHIN, Case, digest, shapes
from torch import nn

from starling.models.pretrained import passt

pytestmark = pytest.mark.filterwarnings("ignore")  # of old packages, about each other
FRONTS = ("spectrogram_extractor", "logmel_extractor", "speclayer")  # constants, kept


def given(net: nn.Module) -> dict[str, torch.Tensor]:
    """Weights by formula for the authors' network, in place."""
    own = net.state_dict()
    state = {
        name: own[name] if name.startswith(FRONTS) else value
        for name, value in foreign_weights.filled(own).items()
    }
    net.load_state_dict(state)
    net.eval()
    return state


def same(case: Case, state: dict[str, torch.Tensor], answer: Callable[[Any], Any]) -> None:
    """Whether both code bases answer the same to a sound, and the golden numbers say so too."""
    heard = torch.from_numpy(foreign_weights.sound(case.rate))[None]
    with torch.inference_mode():
        theirs = answer(heard).reshape(-1).numpy()
        ours = case.of(state)(heard)[0].numpy()
    within = WITHIN * np.abs(theirs).max()
    assert np.abs(ours - theirs).max() < within
    assert np.abs(theirs[:: case.size // 8][:8] - case.numbers).max() < within
    assert np.linalg.norm(theirs) == pytest.approx(case.norm, rel=1e-5)
    if case.of is not passt.of:  # of which the golden numbers are of two blocks only
        assert digest(shapes(state)) == case.digest


def test_panns() -> None:
    if not (Path.home() / "panns_data" / "class_labels_indices.csv").is_file():
        pytest.skip("panns_inference would download its list of labels")
    models = pytest.importorskip("panns_inference.models", reason="pip install panns-inference")
    net = models.Cnn14(32_000, 1_024, 320, 64, 50, 14_000, 527)
    same(CASES["panns"], given(net), lambda x: net(x, None)["embedding"])


def test_openl3() -> None:
    core = pytest.importorskip("torchopenl3.core", reason="pip install torchopenl3")
    net = core.PytorchOpenl3("music", "mel256", 512)

    def answer(heard: torch.Tensor) -> torch.Tensor:
        found, _ = core.get_audio_embedding(heard.double(), 48_000, model=net, hop_size=0.5)
        return torch.as_tensor(found[0].amax(dim=0))

    same(CASES["openl3"], given(net), answer)


def test_passt() -> None:
    theirs = pytest.importorskip("hear21passt.models.passt", reason="pip install hear21passt")
    base = pytest.importorskip("hear21passt.base")
    net = theirs.PaSST(stride=(10, 10), depth=2, distilled=True, img_size=(128, 998))
    state = given(net)
    with contextlib.redirect_stdout(io.StringIO()):
        mel = base.AugmentMelSTFT(
            n_mels=128, sr=32_000, win_length=800, hopsize=320, n_fft=1_024, fmin_aug_range=10,
            fmax_aug_range=2_000,
        )  # fmt: skip
        model = base.PasstBasicWrapper(mel=mel, net=net, mode="embed_only").eval()
        same(CASES["passt"], state, model.get_scene_embeddings)
        whole = base.get_model_passt(arch="passt_s_swa_p16_128_ap476", pretrained=False)
    assert digest(shapes(whole.state_dict())) == (
        "0c2659110f46d2006676fc55e906ff304091e590a4428e04dc524d305daa50ef"
    )


def test_efficientat() -> None:
    hear = pytest.importorskip(
        "hear_mn.mn04_all_b_mel_avgs", reason="pip install git+.../EfficientAT_HEAR"
    )
    with contextlib.redirect_stdout(io.StringIO()):
        net = hear.get_model(width_mult=0.4)
        mel = hear.AugmentMelSTFT(n_mels=128, sr=32_000, win_length=800, hopsize=320, n_fft=1_024)
    state = given(net)
    mode = ("b5", "b11", "b13", "b15", "mel_avgs")
    model = hear.MNHearWrapper(mel=mel, net=net, mode=mode).eval()
    same(CASES["mn04"], state, lambda x: model.get_timestamp_embeddings(x)[0].mean(dim=1))
