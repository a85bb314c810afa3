"""A trained proxy as the surrogate of the loss: only promising candidates are rendered.

    surrogate = load_surrogate(Path("runs/amsynth.json"))
    match_target(target, "amsynth", library, options, surrogate=surrogate)

The proxy predicts a preset's embedding from its parameters alone; a candidate is preferred whose
prediction lies nearest to the embedding of the target.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import resample
from starling.models.errors import InputError
from starling.presets.features.embedders import find
from starling.presets.features.spectral_loss import SAMPLE_RATE
from starling.presets.formats.schema import Schema
from starling.presets.match.evaluators import VELOCITY
from starling.presets.match.initial_population import InitialPopulation
from starling.presets.match.optimiser import PredictedLoss
from starling.presets.match.parameter_vector import SearchSpace
from starling.presets.match.pipeline import Surrogate
from starling.presets.match.target import Target


def load_surrogate(card: Path) -> Surrogate:
    """The surrogate of a proxy's card. Loads torch.

    Raises MissingError or ParseError for a card that cannot be used, MissingError where its
    embedder is not here; the surrogate raises InputError for another synth or schema.
    """
    from starling.models.proxy.encoder import OURS, load_proxy

    proxy = load_proxy(card)
    embedder = find(proxy.embedding)

    def surrogate(schema: Schema, target: Target, initial: InitialPopulation) -> PredictedLoss:
        if proxy.card["config"]["schema_hash"] != schema.hash:
            raise InputError(f"{card.name} is not for this {schema.synth}: the parameters differ")
        signal = resample(target.samples, SAMPLE_RATE, embedder.sample_rate)
        wanted = proxy.target(embedder.embed(signal)[None])  # (1, size)
        notes = (
            [float(initial.note), float(VELOCITY), initial.held] if proxy.encoder == OURS else None
        )
        space = SearchSpace(schema)

        def predicted_loss(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
            presets = [space.values(vector, initial.best.values) for vector in vectors]
            rows = np.array([list(preset.values()) for preset in presets], np.float32)
            apart = np.abs(proxy.predict(rows, notes) - wanted).mean(axis=1)  # (n,)
            return np.asarray(apart, np.float64)

        return predicted_loss

    return surrogate
