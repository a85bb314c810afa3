import torch

from starling.models.timbre.families.changes import QUIET, _room, _shifted, changed


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
