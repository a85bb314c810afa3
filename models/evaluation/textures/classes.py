"""The classes that a texture model mixes, beside those of its source."""

from __future__ import annotations

from starling.models.artifacts.catalogue import ModelCard
from starling.models.datasets.album import Album
from starling.models.errors import InputError
from starling.models.samplernn.take import MIX


def in_common(card: ModelCard, source: Album) -> list[str]:
    """The classes that both have; one without a name where the model mixes none.

    Raises InputError where there is none.
    """
    own = [each.name.removeprefix(MIX) for each in card.controls if each.name.startswith(MIX)]
    known = [label for label in source.labels if label in own] if own else [""]
    if not known:
        raise InputError(
            f"{card.name} has the classes {', '.join(own)} and {source.name} has "
            f"{', '.join(source.labels)}: none in common"
        )
    return known


def mix(card: ModelCard, label: str) -> dict[str, float]:
    """The weights that play one class alone; none where a model mixes none."""
    names = (each.name for each in card.controls if each.name.startswith(MIX))
    return {name: float(name == f"{MIX}{label}") for name in names}
