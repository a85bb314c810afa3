"""Sound matching as the verb `match` serves it: previews while it searches, presets at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starling.engine.server.answers import hit_values
from starling.engine.sounds.recipe import ID_DIGITS, Audition, Take, rounded, sorted_controls
from starling.engine.wire.failure_codes import translated
from starling.engine.wire.protocol import Address, Value

if TYPE_CHECKING:
    from starling.engine.server.jobs import Ticket
    from starling.engine.sounds.store import SoundStore, StoredSound
    from starling.presets.library.database import LibraryDatabase
    from starling.presets.match.pipeline import Variant

HALF_DB = 6.0  # a variant as far as this from the target has the score 0.5
STORED = 0.97  # of the way: the search is over, the variants are put into the library
TITLE = 40  # characters of the file's name that a variant's name keeps
INBOX_TAIL = re.compile(r"-[0-9a-f]{8}$")  # what the plugin adds to names in the inbox


@dataclass(frozen=True, slots=True)
class MatchJob:
    """A file and the synth to tune. `client` holds the sounds."""

    path: Path
    synth: str
    budget: int
    client: Address


@dataclass(slots=True)
class MatchAnswer:
    """What goes back: the fields of done, the final items, and the previews that went before."""

    values: tuple[Value, ...] = ()
    items: list[tuple[Value, ...]] = field(default_factory=list)
    previews: list[tuple[Value, ...]] = field(default_factory=list)


def run(library: LibraryDatabase, store: SoundStore, job: MatchJob, ticket: Ticket) -> MatchAnswer:
    """Match a file and put the variants into the library.

    Raises ParseError, InputError (code `silent`, or the budget), MissingError, PluginError,
    StarlingError (code `store_full`) and CancelledError, after which nothing is stored.
    """
    from starling.presets.match.pipeline import MatchOptions, match_target
    from starling.presets.match.store import store_matches
    from starling.presets.match.target import load_target

    options = MatchOptions(
        job.budget, title=f"Match of {INBOX_TAIL.sub('', job.path.stem)[:TITLE]}"
    )
    target = load_target(job.path, ticket.cancelled)
    library.require_presets()
    answer = MatchAnswer()

    def preview(synth: str, schema: str, variant: Variant) -> None:
        sound = keep(store, synth, schema, variant, job.client)
        answer.previews.append(row(0, synth, (), variant, sound))
        ticket.item(answer.previews[-1])

    with translated():
        matched = match_target(
            target,
            job.synth,
            library,
            options,
            progress=lambda part, text: ticket.progress(STORED * part, text),
            preview=preview,
            cancelled=ticket.cancelled,
        )
        ids = store_matches(library, matched, ticket.cancelled)
    for preset_id, variant in zip(ids, matched.variants, strict=True):
        sound = keep(store, matched.synth, matched.schema.hash, variant, job.client)
        tags = library.preset(preset_id).tags
        answer.items.append(row(preset_id, matched.synth, tags, variant, sound))
    count = len(answer.previews) + len(answer.items)
    answer.values = (matched.start_loss, matched.loss, matched.evaluations, count)
    return answer


def row(
    preset: int, synth: str, tags: tuple[str, ...], variant: Variant, sound: StoredSound
) -> tuple[Value, ...]:
    """A variant as an item of the verb; `preset` 0 for one that is not in the library."""
    from starling.presets.library.preset import SearchHit
    from starling.presets.match.store import BANK

    hit = SearchHit(preset, variant.name, synth, BANK, tags, score(variant.loss))
    return (*hit_values(hit), variant.loss, sound.id, str(sound.path))


def score(loss: float) -> float:
    """A loss in dB on the scale of searches: 1 is the same sound, 0.5 is 6 dB away."""
    return float(2.0 ** (-loss / HALF_DB))


def keep(
    store: SoundStore, synth: str, schema: str, variant: Variant, client: Address
) -> StoredSound:
    """Put a variant's sound into the store, held for the client."""
    from starling.presets.features.spectral_loss import SAMPLE_RATE
    from starling.presets.match.evaluators import VELOCITY
    from starling.presets.synths.render_stamp import render_stamp

    take = Take(
        Audition(
            synth,
            schema,
            render_stamp(synth)[:ID_DIGITS],
            sorted_controls(variant.values),
            variant.note,
            VELOCITY,
            rounded(variant.audio.shape[1] / SAMPLE_RATE),
            SAMPLE_RATE,
        ),
        rounded(variant.held),
    )
    return store.put(
        take.id, variant.audio, SAMPLE_RATE, root=variant.note, recipe=take.json, holder=client
    )
