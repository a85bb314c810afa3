"""What training loops share: budgets, means, averages, and which run a checkpoint belongs to."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from starling.models.errors import InputError, StarlingError
from starling.models.training import loop
from starling.models.training.checkpoint import Progress

NOW = Progress(5, 1.0, 0, "data", {"sizes": (4, 8), "name": "a"})


def test_whichever_limit_is_nearer_ends_a_run() -> None:
    assert loop.used(5, 0.0, 10, 0.0) == 0.5
    assert loop.used(5, 45.0, 10, 1.0) == 0.75
    assert loop.used(50, 0.0, 10, 0.0) == 1.0
    with pytest.raises(InputError, match="a budget is needed"):
        loop.require_budget(0.0, 0)


def test_the_rate_falls_to_its_last_level() -> None:
    levels = [loop.cosine(fraction / 10, 0.03) for fraction in range(11)]
    assert levels == sorted(levels, reverse=True)
    assert (levels[0], levels[-1]) == pytest.approx((1.0, 0.03))


def test_shown_losses_are_means() -> None:
    figures = loop.smooth({}, {"loss": torch.tensor(2.0)})
    assert figures == {"loss": 2.0}
    assert loop.smooth(figures, {"loss": 1.0})["loss"] == pytest.approx(1.98)


def test_the_average_follows_weights_and_statistics() -> None:
    average, network = (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)) for _ in range(2))
    network(torch.randn(8, 2))
    loop.update_average(average, network, 0, decay=0.0)
    held, now = average.state_dict(), network.state_dict()
    assert all(torch.equal(held[name], now[name]) for name in now), "without decay it is a copy"
    before = held["0.weight"].clone()
    nn.init.zeros_(network[0].weight)  # type: ignore[arg-type]
    loop.update_average(average, network, 10_000, decay=0.9)
    torch.testing.assert_close(average.state_dict()["0.weight"], 0.9 * before)


def test_an_optimiser_is_filled_from_a_checkpoint() -> None:
    weight = nn.Parameter(torch.ones(2))
    first, second = (torch.optim.AdamW([weight], lr=rate) for rate in (0.1, 0.2))
    weight.grad = torch.ones(2)
    first.step()
    loop.fill(second, first.state_dict()["state"])
    assert torch.equal(second.state[weight]["exp_avg"], first.state[weight]["exp_avg"])
    assert second.param_groups[0]["lr"] == 0.2


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (replace(NOW, manifest="other"), "trained on other data"),
        (replace(NOW, seed=3), "made with seed 3"),
        (replace(NOW, config={"sizes": [4, 8], "name": "b"}), "another network"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(saved: Progress, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        loop.require_same(saved, NOW)
    assert caught.value.code == "bad_resume"


def test_a_checkpoint_of_this_run_is_not(tmp_path: Path) -> None:
    read = replace(NOW, step=9, config=json.loads(json.dumps(NOW.config)))
    loop.require_same(read, NOW)
    loop.require_free(tmp_path)
    (tmp_path / loop.CHECKPOINT).touch()
    with pytest.raises(InputError, match="--resume goes on"):
        loop.require_free(tmp_path)


def test_curves_and_log_are_written(tmp_path: Path) -> None:
    loop.log(tmp_path, 3, 1.26, {"loss": 0.5})
    assert json.loads((tmp_path / loop.LOG).read_text()) == {"step": 3, "elapsed": 1.3, "loss": 0.5}
    with loop.board(tmp_path, writes=False) as write:
        write(1, {"loss": 1.0})
    assert not (tmp_path / loop.CURVES).exists()
    with loop.board(tmp_path) as write:
        write(1, {"valid_mrr": 1.0})
    assert any((tmp_path / loop.CURVES).iterdir())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), torch.tensor(float("-inf"))])
def test_losses_that_are_no_numbers_stop_a_training(value: float | torch.Tensor) -> None:
    with pytest.raises(StarlingError, match="diverged: loss is") as caught:
        loop.smooth({"loss": 1.0}, {"other": 1.0, "loss": value})
    assert caught.value.code == "diverged"
