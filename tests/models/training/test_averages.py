"""Running averages of losses and of weights, and losses that are no numbers."""

import pytest
import torch
from torch import nn

from starling.models.errors import StarlingError
from starling.models.training import averages


def test_shown_losses_are_means() -> None:
    figures = averages.smooth({}, {"loss": torch.tensor(2.0)})
    assert figures == {"loss": 2.0}
    assert averages.smooth(figures, {"loss": 1.0})["loss"] == pytest.approx(1.98)


def test_the_average_follows_weights_and_statistics() -> None:
    average, network = (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)) for _ in range(2))
    network(torch.randn(8, 2))
    averages.update_average(average, network, 0, decay=0.0)
    held, now = average.state_dict(), network.state_dict()
    assert all(torch.equal(held[name], now[name]) for name in now), "without decay it is a copy"
    before = held["0.weight"].clone()
    nn.init.zeros_(network[0].weight)  # type: ignore[arg-type]
    averages.update_average(average, network, 10_000, decay=0.9)
    torch.testing.assert_close(average.state_dict()["0.weight"], 0.9 * before)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), torch.tensor(float("-inf"))])
def test_losses_that_are_no_numbers_stop_a_training(value: float | torch.Tensor) -> None:
    with pytest.raises(StarlingError, match="diverged: loss is") as caught:
        averages.smooth({"loss": 1.0}, {"other": 1.0, "loss": value})
    assert caught.value.code == "diverged"
