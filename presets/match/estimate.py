"""A trained estimator's answer to a target: one more preset of the initial population.

estimate = load_estimate(Path("runs/e.json"))
match_target(target, "amsynth", library, options, estimate=estimate)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starling.models.dsp.mel import levelled, log_mel
from starling.models.errors import InputError
from starling.presets.formats.schema import Schema
from starling.presets.match.pipeline import PresetEstimate
from starling.presets.match.target import Target


def load_estimate(card: Path) -> PresetEstimate:
    """The estimator behind a card, for a target's first second. Loads torch.

    Raises MissingError or ParseError for a card that cannot be used; the estimate raises InputError
    for another synth or schema.
    """
    from starling.models.estimator.inference import load_estimator

    estimator = load_estimator(card)

    def estimate(schema: Schema, target: Target) -> Mapping[str, float]:
        if estimator.space.schema_hash != schema.hash:
            raise InputError(f"{card.name} is not for this {schema.synth}: the parameters differ")
        [values] = estimator.predict(log_mel(levelled(target.samples))[None])
        return estimator.space.named(values)

    return estimate
