import pytest
import torch

from starling.models.timbre.changes import (
    CHORD,
    QUIET,
    RELEASED,
    _held,
    _room,
    _shifted,
    changed,
    chords,
)


def test_changes_are_alike_for_a_seed_and_stay_log_mels() -> None:
    mels = torch.rand(16, 64, 51) * 5 - 6
    one, two = (changed(mels, torch.Generator().manual_seed(seed)) for seed in (3, 3))
    other = changed(mels, torch.Generator().manual_seed(4))
    assert torch.equal(one, two) and not torch.equal(one, other)
    assert one.shape == mels.shape and one.isfinite().all() and (one >= QUIET).all()


def test_a_room_rings_after_a_click_with_its_time_of_reverberation() -> None:
    power = torch.zeros(1, 1, 51)
    power[0, 0, 10] = 1.0
    tail = _room(power, torch.full((1, 1, 1), 0.4), torch.zeros(1, 1, 1))[0, 0]
    assert (tail[:10] == 0).all()
    fallen = 10 * torch.log10(tail[30] / tail[10])  # 20 columns of 20 ms: the whole .4 s
    assert abs(float(fallen) + 60) < 0.1


def test_shifts_repeat_the_edge() -> None:
    x = torch.arange(5.0).repeat(3, 1, 1)
    later, same, earlier = _shifted(x, torch.tensor([2, 0, -2]))[:, 0]
    assert later.tolist() == [0, 0, 0, 1, 2]
    assert same.tolist() == [0, 1, 2, 3, 4]
    assert earlier.tolist() == [2, 3, 4, 4, 4]


def test_a_held_note_goes_on_after_its_release() -> None:
    x = torch.linspace(2, 2.2, 51).repeat(2, 2, 1)
    x[:, :, RELEASED:] = -6.0
    x[1] -= torch.linspace(0, 3, 51)  # decays by itself
    held, decaying = _held(x)
    order = [*range(RELEASED), *range(RELEASED - 1, 2 * RELEASED - 52, -1)]
    assert torch.equal(held, x[0][:, order]) and torch.equal(decaying, x[1])


def test_a_chord_has_each_note_s_power_and_one_note_s_level() -> None:
    notes = torch.full((400, 64, 51), -6.0)
    notes[:, 10] = 2.0
    others = torch.full((400, 2, 64, 51), -6.0)
    others[:, 0, 20], others[:, 1, 30] = 2.0, 2.0
    made = chords(notes, others, torch.Generator().manual_seed(0))
    power = torch.pow(10.0, made[:, :, 0])
    assert torch.allclose(power.sum(dim=1), torch.tensor(100.0), rtol=1e-3)
    counts = (made[:, (10, 20, 30), 0] > 0.5).sum(dim=1)
    shares = [float((counts == count).float().mean()) for count in (1, 2, 3)]
    assert shares == pytest.approx([1 - CHORD, CHORD / 2, CHORD / 2], abs=0.04)
    assert torch.allclose(made[counts == 1], notes[counts == 1], atol=0.05), "to the floor"
