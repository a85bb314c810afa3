"""Which embedder a preset encoder predicts: one of the library's, for datasets of log-mels."""

from __future__ import annotations

from pathlib import Path

from starling.models.proxy.data import Embedding


def embedding(name: str = "", weights: Path | None = None) -> Embedding:
    """The embedder of a name or key; a new library's if none is given.

    Raises InputError for an unknown one, MissingError where its weights are absent, are not those
    of the key, or listen to something else than log-mels.
    """
    from starling.presets.features import embedders

    found = embedders.find(name, weights) if name else embedders.default()
    return Embedding(found.key, found.metric, found.from_log_mel)
