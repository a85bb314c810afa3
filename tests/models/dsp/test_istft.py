"""The inverse STFT: what torch.istft gives, its gradient too."""

import pytest
import torch

from starling.models.dsp.istft import overlap_add, sound_of

WINDOW = torch.hann_window(64)


def test_pieces_are_added_where_they_overlap() -> None:
    pieces = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]]])
    assert overlap_add(pieces, 2).tolist() == [[1.0, 2.0, 13.0, 24.0, 30.0, 40.0]]


@pytest.mark.parametrize("hop", [16, 32])
@pytest.mark.parametrize("frames", [512, 521])
def test_sound_and_gradient_are_those_of_torch(hop: int, frames: int) -> None:
    torch.manual_seed(0)
    spectrum = torch.randn(2, frames // hop + 1, 33, dtype=torch.complex64)
    ours, theirs = spectrum.clone().requires_grad_(), spectrum.clone().requires_grad_()
    made = sound_of(ours, WINDOW, hop, frames)
    wanted = torch.istft(theirs.transpose(1, 2), 64, hop, window=WINDOW, length=frames)
    assert torch.allclose(made, wanted, atol=1e-6)
    toward = torch.randn(2, frames)
    for sound in (made, wanted):
        torch.autograd.backward((sound * toward).sum())
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-5)


def test_stft_comes_back() -> None:
    sound = torch.randn(1, 700)
    spectrum = torch.stft(sound, 64, 16, window=WINDOW, return_complex=True)
    assert torch.allclose(sound_of(spectrum.transpose(1, 2), WINDOW, 16, 700), sound, atol=1e-5)
