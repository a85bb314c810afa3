"""When the first stage ends early, and what is known of it after a resume."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from starling.models.datasets.training_set import SoundSet
from starling.models.oneshot import reconstruction, train
from starling.models.oneshot.network import Config, OneShot
from starling.models.oneshot.train_adversarial import Second
from starling.models.training.watch import Watch


def held_out(sounds: SoundSet) -> SoundSet:
    """Half of the sounds kept for validation."""
    return replace(sounds, held_out=np.arange(len(sounds.sounds)) % 2 == 0)


def test_a_watch_counts_what_was_no_better() -> None:
    watch = Watch()
    for loss in (3.0, 2.0, 2.0, 2.5):
        watch.note(loss)
    assert (watch.best, watch.stale) == (2.0, 2)
    again = Watch()
    again.restore(watch.tensors()["watch"])
    assert again == watch


def test_validation_is_the_same_each_time_and_needs_held_out_sounds(
    small_config: Config, sounds: SoundSet
) -> None:
    model = OneShot(small_config).eval()
    measure = reconstruction.validation(held_out(sounds), small_config, 4)
    assert measure is not None
    assert measure(model) == measure(model) > 0
    none = replace(sounds, held_out=np.zeros(len(sounds.sounds), np.bool_))
    assert reconstruction.validation(none, small_config, 4) is None


def test_a_stage_that_gets_no_better_ends_early(
    small_config: Config, sounds: SoundSet, tmp_path: Path
) -> None:
    """With a learning rate of 0 nothing gets better."""
    settings = train.Settings(
        steps=40, batch=4, threads=1, rate=0.0, valid_steps=1, patience=3, decay=0.0,
        second=Second(share=0.1, batch=4),
    )  # fmt: skip
    result = train.train(held_out(sounds), small_config, settings, tmp_path)
    assert 4 + 4 <= result.step <= 12
    assert "judge" in result.figures
