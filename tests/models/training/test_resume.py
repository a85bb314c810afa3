"""What a run keeps, and which run a checkpoint belongs to."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from starling.models.errors import InputError, MissingError
from starling.models.training import resume
from starling.models.training.checkpoint import CheckpointHeader, Saved
from starling.models.training.session import CHECKPOINT, check_folder

NOW = CheckpointHeader(5, 1.0, 0, "data", {"sizes": (4, 8), "name": "a"})


def test_an_optimiser_is_filled_from_a_checkpoint() -> None:
    weight = nn.Parameter(torch.ones(2))
    first, second = (torch.optim.AdamW([weight], lr=rate) for rate in (0.1, 0.2))
    weight.grad = torch.ones(2)
    first.step()
    resume.fill(second, first.state_dict()["state"])
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
def test_a_checkpoint_of_another_run_is_refused(saved: CheckpointHeader, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resume.require_same(saved, NOW)
    assert caught.value.code == "bad_resume"


def test_a_checkpoint_of_this_run_is_not(tmp_path: Path) -> None:
    read = replace(NOW, step=9, config=json.loads(json.dumps(NOW.config)))
    resume.require_same(read, NOW)
    check_folder(tmp_path, resume=False)
    (tmp_path / CHECKPOINT).touch()
    check_folder(tmp_path, resume=True)
    with pytest.raises(InputError, match="--resume goes on"):
        check_folder(tmp_path, resume=False)


def test_a_folder_is_looked_at_before_any_work(tmp_path: Path) -> None:
    check_folder(tmp_path / "not" / "yet", resume=False)
    with pytest.raises(MissingError, match=r"no checkpoint at .*; train without --resume first"):
        check_folder(tmp_path / "not" / "yet", resume=True)
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="no folder that can be written to") as caught:
            check_folder(place, resume=False)
        assert caught.value.code == "bad_out"


def test_figures_of_version_0_1_0_are_found_in_the_header() -> None:
    figures, best = {"l1": 0.5}, {"valid_mrr": 0.25, "step": 2}
    old = replace(NOW, config={"run": {"encoder": "mlp"}, "figures": figures, "best": best})
    saved = resume.modern(Saved(old, {}, {}, {}, {}))
    assert saved.header.config == {"encoder": "mlp"} and not resume.knows_before(saved)
    assert saved.more["fit.figures.l1"] == 0.5 and saved.more["fit.best.step"] == 2
    assert saved.more["watch"].tolist() == [-0.25, 0, 0]
    assert resume.modern(Saved(NOW, {}, {}, {}, {})).header == NOW
