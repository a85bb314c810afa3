"""The state between two windows: without history, back from a checkpoint, of the first process."""

import torch

from starling.models.training.carried import Carried


def test_what_is_kept_has_no_history_and_comes_back() -> None:
    lstm = torch.nn.LSTM(3, 4, batch_first=True)
    one, other = Carried(lstm, True), Carried(lstm, True)
    assert one.tensors() == {}
    _, state = lstm(torch.randn(2, 5, 3))
    one.keep(state)
    assert one.state is not None and not one.state[0].requires_grad
    other.restore(one.tensors())
    assert other.state is not None
    assert all(torch.equal(a, b) for a, b in zip(one.state, other.state, strict=True))


def test_none_is_restored_where_none_was_kept_or_in_a_further_process() -> None:
    lstm = torch.nn.LSTM(3, 4)
    first, further = Carried(lstm, True), Carried(lstm, False)
    first.keep((torch.ones(1, 2, 4), torch.zeros(1, 2, 4)))
    further.restore(first.tensors())
    assert further.state is None
    first.restore({})
    assert first.state is None
    first.keep(None)
    assert first.state is None
