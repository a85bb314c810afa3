"""What each verb does: THE table from verb to work.

In: a typed request and what the handlers work with (`handler.Parts`). Out: an `Answer`, the fields
of done and of the items. Next, for a sound: `sounds/recipe`, then `sounds/generate`.
`now` runs in the receive thread and must be quick, `later` in a lane of `jobs`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from starling.engine.server import music_handlers, texture_handlers
from starling.engine.server.answers import hit_values
from starling.engine.server.handler import (
    AUDITION,
    CARDS,
    ENCODE,
    GENERATE,
    LIBRARY,
    MATCH,
    SCAN,
    TEXTURE,
    VARY,
    Answer,
    Handler,
    Later,
    Parts,
    R,
    handler,
)
from starling.engine.server.jobs import Priority, Ticket
from starling.engine.sounds import control_text, generate, latent_edits
from starling.engine.sounds.recipe import Recipe, parse_recipe
from starling.engine.wire import requests
from starling.engine.wire.allowed_paths import allowed_file
from starling.engine.wire.protocol import Address, Value
from starling.models.errors import CancelledError, InputError

if TYPE_CHECKING:
    from starling.presets.library.database import SearchHit


SHOWN = 500  # characters of a sentence within another


def _ping(parts: Parts, request: requests.PingRequest, client: Address) -> Answer:
    return Answer((parts.uptime(),))


def _status(parts: Parts, request: requests.StatusRequest, client: Address) -> Answer:
    models = len(parts.generators.cards)
    presets, running, waiting = parts.status()
    text = f"{models} models, {presets} presets, {running} jobs running, {waiting} waiting"
    if playing := parts.streams.playing():
        text += f", {playing} textures playing"
    if damaged := parts.store.damaged:
        text += f", damaged sounds found: {damaged}"
    if hearing := parts.hearing():
        text += f"; {hearing[:SHOWN]}"
    if trouble := parts.trouble():
        text += f"; presets cannot be counted: {trouble[:SHOWN]}"
    return Answer((models, presets, running, waiting, text))


def _models(
    parts: Parts, request: requests.ModelsRequest, client: Address, ticket: Ticket
) -> Answer:
    parts.renew_models()
    items = [
        (card.name, card.title, card.weights_hash, control_text.controls_json(card))
        for card in parts.generators.one_shots.values()
    ]
    return Answer((len(items),), items)


def _generated(parts: Parts, request: requests.GenerateRequest) -> Recipe:
    controls = control_text.distinct(request.controls)
    return parts.generators.recipe(request.model, request.seed, controls)


def _generate_now(
    parts: Parts, request: requests.GenerateRequest, client: Address
) -> Answer | None:
    """A sound in the store waits neither behind one that is being made nor for its model."""
    return _stored(parts, _generated(parts, request), client)


def _stored(parts: Parts, recipe: Recipe, client: Address) -> Answer | None:
    found = generate.stored(parts.store, recipe, client, quick=True)
    return Answer(found.values()) if found else None


def _made(recipe_of: Callable[[Parts, R], Recipe]) -> Later[R]:
    """Serve a verb that makes the sound of one recipe."""

    def serve(parts: Parts, request: R, client: Address, ticket: Ticket) -> Answer:
        recipe = recipe_of(parts, request)
        sound = generate.make(parts.store, parts.generators, recipe, client, ticket.cancelled)
        return Answer(sound.values())

    return serve


def _encode(
    parts: Parts, request: requests.EncodeRequest, client: Address, ticket: Ticket
) -> Answer:
    def progress(fraction: float, text: str) -> None:
        _stop_if_cancelled(ticket)
        ticket.progress(fraction, text)

    path = _allowed(parts, request.path)
    recipe = latent_edits.encoded(parts.generators, path, request.model, progress, ticket.cancelled)
    return Answer(generate.make(parts.store, parts.generators, recipe, client).values())


def _vary(parts: Parts, request: requests.VaryRequest, client: Address, ticket: Ticket) -> Answer:
    which = latent_edits.VariationRequest(request.amount, request.count, request.seed)
    recipe = parts.generators.known(request.recipe)
    items: list[tuple[Value, ...]] = []
    for each in latent_edits.varied(parts.generators, recipe, which):
        _stop_if_cancelled(ticket)
        items.append(generate.make(parts.store, parts.generators, each, client).values())
        ticket.item(items[-1])
        ticket.progress(len(items) / which.count, f"{len(items)} of {which.count}")
    return Answer((len(items),), earlier=items)


def _morphed(parts: Parts, request: requests.MorphRequest) -> Recipe:
    one, other = parts.generators.known(request.recipe), parts.generators.known(request.other)
    return latent_edits.morphed(parts.generators, one, other, request.x, request.y)


def _turned(parts: Parts, request: requests.TurnRequest) -> Recipe:
    recipe = parts.generators.known(request.recipe)
    return latent_edits.turned(parts.generators, recipe, control_text.distinct(request.controls))


def _turn_now(parts: Parts, request: requests.TurnRequest, client: Address) -> Answer | None:
    """As generate: what is stored is there at once, whether its model is loaded or not."""
    return _stored(parts, _turned(parts, request), client)


def _search(
    parts: Parts, request: requests.SearchRequest, client: Address, ticket: Ticket
) -> Answer:
    path = _allowed(parts, request.path) if request.path else None
    found = parts.browser.search(
        path, request.k, request.filter, request.words, request.options, ticket.cancelled
    )
    answer = _hits(parts, found.hits)
    return Answer((*answer.values, found.start, found.end, found.windows), answer.items)


def _similar(
    parts: Parts, request: requests.SimilarRequest, client: Address, ticket: Ticket
) -> Answer:
    found = parts.browser.similar(
        request.preset, request.k, request.filter, request.words, request.options
    )
    return _hits(parts, found)


def _find(parts: Parts, request: requests.FindRequest, client: Address, ticket: Ticket) -> Answer:
    return _hits(parts, parts.browser.find(request.text, request.k))


def _hits(parts: Parts, hits: Sequence[SearchHit]) -> Answer:
    """Hits as items; the synth of the first is started, since it will be auditioned first."""
    if hits:
        parts.warm(hits[0].synth)
    items = [hit_values(hit) for hit in hits]
    return Answer((len(items),), items)


def _facets(
    parts: Parts, request: requests.FacetsRequest, client: Address, ticket: Ticket
) -> Answer:
    items = parts.browser.facets()
    return Answer((len(items),), items)


def _favourite(
    parts: Parts, request: requests.FavouriteRequest, client: Address, ticket: Ticket
) -> Answer:
    parts.browser.favourite(request.preset, request.on)
    return Answer()


def _audition(
    parts: Parts, request: requests.AuditionRequest, client: Address, ticket: Ticket
) -> Answer:
    played = (request.note, request.velocity, request.seconds)
    sound = parts.browser.audition(parts.store, request.preset, played, ticket, client)
    return Answer(sound.values())


def _export(
    parts: Parts, request: requests.ExportRequest, client: Address, ticket: Ticket
) -> Answer:
    return Answer((str(parts.browser.export(request.preset, parts.folders.exports)),))


def _scan(parts: Parts, request: requests.ScanRequest, client: Address, ticket: Ticket) -> Answer:
    report = parts.browser.scan(ticket)
    return Answer((report.added, report.kept, len(report.failed)))


def _match(parts: Parts, request: requests.MatchRequest, client: Address, ticket: Ticket) -> Answer:
    from starling.engine.server import match_job

    path = _allowed(parts, request.path)
    job = match_job.MatchJob(path, request.synth, request.budget, client)
    found = match_job.run(parts.browser.library, parts.store, job, ticket)
    return Answer(found.values, found.items, found.previews)


def _release(parts: Parts, request: requests.ReleaseRequest, client: Address) -> Answer:
    parts.store.release(client, request.sound)
    return Answer()


def _cancel(parts: Parts, request: requests.CancelRequest, client: Address) -> Answer:
    return Answer((parts.cancel(client, request.target),))


def _quit(parts: Parts, request: requests.QuitRequest, client: Address) -> Answer:
    parts.quit()
    return Answer()


def _allowed(parts: Parts, text: str) -> Path:
    return allowed_file(text, (parts.folders.inbox, parts.folders.store))


def _stop_if_cancelled(ticket: Ticket) -> None:
    if ticket.cancelled():
        raise CancelledError("the request was cancelled")


# Deadlines are far above what the work takes: generate 0.05 s, encode 3 s, search 0.03 s, a cold
# synth 5 s.
TABLE: tuple[Handler, ...] = (
    handler(requests.PingRequest, _ping),
    handler(requests.StatusRequest, _status),
    handler(requests.ModelsRequest, None, _models, CARDS, 30),
    handler(requests.GenerateRequest, _generate_now, _made(_generated), GENERATE, 30),
    handler(requests.EncodeRequest, None, _encode, ENCODE, 120),
    handler(requests.VaryRequest, None, _vary, VARY, 60),
    handler(requests.MorphRequest, None, _made(_morphed), GENERATE, 30),
    handler(requests.TurnRequest, _turn_now, _made(_turned), GENERATE, 30),
    handler(requests.SearchRequest, None, _search, LIBRARY, 30),
    handler(requests.SimilarRequest, None, _similar, LIBRARY, 30),
    handler(requests.FindRequest, None, _find, LIBRARY, 30),
    handler(requests.FacetsRequest, None, _facets, LIBRARY, 30),
    handler(requests.FavouriteRequest, None, _favourite, LIBRARY, 30),
    handler(requests.AuditionRequest, None, _audition, AUDITION, 90),
    handler(requests.ExportRequest, None, _export, LIBRARY, 30),
    handler(requests.ScanRequest, None, _scan, SCAN, priority=Priority.BACKGROUND),
    handler(requests.MatchRequest, None, _match, MATCH, priority=Priority.BACKGROUND),
    handler(requests.ReleaseRequest, _release),
    handler(requests.CancelRequest, _cancel),
    handler(requests.QuitRequest, _quit),
    *texture_handlers.TABLE,
    *music_handlers.TABLE,
)
HANDLERS = {each.verb: each for each in TABLE}

# A texture of a minute takes seconds: it must not delay a note.
OF_TEXTURES = {
    "generate": handler(requests.GenerateRequest, _generate_now, _made(_generated), TEXTURE, 300),
    "turn": handler(requests.TurnRequest, _turn_now, _made(_turned), TEXTURE, 300),
    "vary": handler(requests.VaryRequest, None, texture_handlers.vary, TEXTURE, 300),
}


def handler_for(parts: Parts, request: requests.Request) -> Handler:
    """What serves a request: its verb's handler, or that for sounds of textures."""
    if request.verb in OF_TEXTURES and _is_of_texture(parts, request):
        return OF_TEXTURES[request.verb]
    return HANDLERS[request.verb]


def _is_of_texture(parts: Parts, request: requests.Request) -> bool:
    if isinstance(request, requests.TurnRequest | requests.VaryRequest):
        try:
            model = parse_recipe(request.recipe).model
        except InputError:  # the handler says so
            return False
    else:
        model = request.model if isinstance(request, requests.GenerateRequest) else ""
    card = parts.generators.cards.get(model)
    return card is not None and card.is_texture
