"""Front ends of other people's models: filters by their definitions, and what each hears."""

import numpy as np
import pytest
import torch

from starling.models.pretrained import mel
from starling.models.pretrained.mel import DecibelMel, KaldiMel, SlaneyMel


def tone(hz: float, rate: int, seconds: float = 1.0) -> torch.Tensor:
    time = torch.arange(round(rate * seconds), dtype=torch.float64) / rate
    return (0.1 * torch.sin(2 * torch.pi * hz * time)).float()[None]


def centres(bands: np.ndarray, rate: int) -> np.ndarray:
    """Where each filter is highest, Hz."""
    return np.asarray(bands.argmax(axis=1) * rate / (2 * (bands.shape[1] - 1)))


def test_slaney_filters_have_equal_areas() -> None:
    bands = mel.slaney_bands(32_000, 1_024, 64, 50.0, 14_000.0)
    assert bands.shape == (64, 513)
    assert bands[20:].sum(axis=1) * 31.25 == pytest.approx(np.ones(44), abs=0.05)
    assert 50 < centres(bands, 32_000)[0] < 130 and 12_500 < centres(bands, 32_000)[-1] < 14_000


def test_htk_filters_sum_to_one_or_hear_nothing() -> None:
    bands = mel.htk_bands(48_000, 2_048, 256)
    total = bands.sum(axis=1)
    assert bands.shape == (256, 1_025) and np.isfinite(bands).all()
    assert set(total.round(9)) == {0.0, 1.0} and total[60:].min() > 0.99


def test_kaldi_filters_overlap_to_one() -> None:
    bands = mel.kaldi_bands(32_000, 1_024, 128, 15_000.0)
    assert bands.shape == (128, 513) and bands[:, 480:].max() == 0  # 15 kHz is bin 480
    assert bands.sum(axis=0)[20:460] == pytest.approx(np.ones(440))


@pytest.mark.parametrize(
    ("front", "shape"),
    [(KaldiMel(), (128, 100)), (SlaneyMel(), (64, 101)), (DecibelMel(), (256, 199))],
)
def test_a_tone_is_heard_where_it_is(
    front: KaldiMel | SlaneyMel | DecibelMel, shape: tuple[int, int]
) -> None:
    rate = front.RATE
    for hz in (400.0, 3_000.0, 9_000.0):
        found = front(tone(hz, rate))
        assert found.shape == (1, *shape) and found.dtype == torch.float32
        loudest = int(found[0, :, 50].argmax())
        assert centres(front.bands.numpy(), rate)[loudest] == pytest.approx(hz, 0.06, 32)


def test_decibels_do_not_depend_on_the_level() -> None:
    front, sound = DecibelMel(), tone(500.0, 48_000)
    assert torch.allclose(front(sound), front(sound * 0.25), atol=1e-4)
    assert front(sound).max() == 0 and front(sound).min() == -80


def test_a_frame_of_160_ms_has_sixteen_steps() -> None:
    assert KaldiMel()(tone(500.0, 32_000, 0.16)).shape == (1, 128, 16)
