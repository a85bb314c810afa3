"""Runs that version 0.1.0 began, four steps each, go on as that version itself went on."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import toy_synth as toy

from starling.models.errors import InputError
from starling.models.proxy import train as proxy
from starling.models.proxy.data import ProxyData, hold_out
from starling.models.proxy.settings import Settings
from starling.models.timbre import train as timbre
from starling.models.timbre.batches import Material, open_sets
from starling.models.timbre.network import Config
from starling.models.training.session import CHECKPOINT, Session
from starling.models.training.validation import BEST

KEPT = Path(__file__).parent / "version_0_1_0"
RESUME = Session(resume=True)


def place(out: Path, **files: str) -> Path:
    """A run's folder with files of that version."""
    for source, name in files.items():
        shutil.copy(KEPT / f"{source}.safetensors", out / name)
    return out


def resume_proxy(data: ProxyData, out: Path, settings: Settings) -> dict[str, float]:
    kept, held = hold_out(data)
    small = replace(toy.SMALL, token=4, width=8)
    return proxy.train("starling", kept, held, small, settings, out, RESUME).figures


def test_a_proxy_keeps_its_figures_and_its_best_network(
    toy_data: ProxyData, tmp_path: Path
) -> None:
    out = place(tmp_path, proxy_checkpoint=CHECKPOINT, proxy_best=BEST)
    figures = resume_proxy(toy_data, out, replace(toy.FEW, steps=6))
    assert figures == pytest.approx(
        {
            "l1": 0.99190037,
            "contrast": 6.17660438,
            "valid_mrr": 0.01190702,
            "valid_l1": 0.88603777,
            "step": 2,
        },
        rel=1e-3,
    )


def test_a_proxy_of_other_settings_is_refused_as_before(
    toy_data: ProxyData, tmp_path: Path
) -> None:
    out = place(tmp_path, proxy_checkpoint=CHECKPOINT, proxy_best=BEST)
    with pytest.raises(InputError, match="the checkpoint has another network or other settings"):
        resume_proxy(toy_data, out, replace(toy.FEW, steps=6, rate=1.0))
    with pytest.raises(InputError, match="the checkpoint was made with seed 0"):
        resume_proxy(toy_data, out, replace(toy.FEW, steps=6, seed=1))


def test_a_timbre_run_searches_its_neighbours_again(toy_folder: Path, tmp_path: Path) -> None:
    out = place(tmp_path, timbre_checkpoint=CHECKPOINT)
    config = Config(channels=(2, 2, 2, 2), hidden=4, size=4)
    settings = timbre.Settings(steps=6, batch=16, threads=1)
    result = timbre.train(Material(open_sets([toy_folder])), config, settings, out, RESUME)
    assert result.step == 6
    assert result.figures["loss"] == pytest.approx(2.7506, rel=1e-3)  # by the changes of now
    assert result.figures["validation_mrr"] == pytest.approx(0.1714, abs=0.02)
