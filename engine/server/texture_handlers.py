"""What the verbs of textures do: `textures`, `stream`, `pace`, `stop` and `freeze`.

All but what reads or writes megabytes (a new prime, a frozen part) is answered at once.
"""

from __future__ import annotations

from starling.engine.server.handler import CARDS, TEXTURE, Answer, Handler, Parts, handler
from starling.engine.server.jobs import Ticket
from starling.engine.sounds import generate, latent_edits, texture_edits
from starling.engine.sounds.control_text import controls_json, distinct
from starling.engine.sounds.passage import Passage
from starling.engine.sounds.primes import Prime
from starling.engine.sounds.takes import endless
from starling.engine.wire import requests
from starling.engine.wire.allowed_paths import allowed_file
from starling.engine.wire.protocol import Address, Value
from starling.models.artifacts.controls import canonical


def _textures(
    parts: Parts, request: requests.TexturesRequest, client: Address, ticket: Ticket
) -> Answer:
    parts.renew_models()
    items = [
        (card.name, card.title, card.weights_hash, controls_json(endless(card)))
        for card in parts.generators.cards.values()
        if card.is_texture
    ]
    return Answer((len(items),), items)


def _stream_now(parts: Parts, request: requests.StreamRequest, client: Address) -> Answer | None:
    """A stream starts at once, unless its prime must be read first."""
    card = parts.generators.texture_card(request.model)
    if not request.prime:
        return _started(parts, request, client, None)
    path = allowed_file(request.prime, (parts.folders.inbox, parts.folders.store))
    prime = parts.primes.known(path, card.sample_rate, client, card.gain)
    return _started(parts, request, client, prime) if prime else None


def _stream(
    parts: Parts, request: requests.StreamRequest, client: Address, ticket: Ticket
) -> Answer:
    card = parts.generators.texture_card(request.model)
    path = allowed_file(request.prime, (parts.folders.inbox, parts.folders.store))
    prime = parts.primes.read(path, card.sample_rate, client, card.gain)
    if prime.remark:
        ticket.progress(0.5, prime.remark)
    return _started(parts, request, client, prime)


def _started(
    parts: Parts, request: requests.StreamRequest, client: Address, prime: Prime | None
) -> Answer:
    controls = distinct(request.controls)
    canonical(endless(parts.generators.texture_card(request.model)), controls)
    passage = Passage(prime.id if prime else "")
    recipe = parts.generators.recipe(request.model, request.seed, controls, passage=passage)
    stream = parts.streams.start(client, recipe, prime.samples if prime else None)
    return Answer((stream.number, str(stream.file.path), stream.rate, stream.root, recipe.json))


def _pace(parts: Parts, request: requests.PaceRequest, client: Address) -> Answer:
    turned = distinct(request.controls)
    found = parts.streams.pace(client, request.stream, request.until, turned)
    return Answer((found.ready, int(found.ended is not None), found.ended or ""))


def _stop(parts: Parts, request: requests.StopRequest, client: Address) -> Answer:
    return Answer((parts.streams.stop(client, request.stream),))


def _freeze(
    parts: Parts, request: requests.FreezeRequest, client: Address, ticket: Ticket
) -> Answer:
    part = parts.streams.part(client, request.stream, request.start, request.frames)
    recipe = part.recipe
    sound = parts.store.put(
        recipe.id, part.samples, part.rate, root=part.root, recipe=recipe.json, holder=client
    )
    return Answer(sound.values())


def vary(parts: Parts, request: requests.VaryRequest, client: Address, ticket: Ticket) -> Answer:
    """Variations of a texture; those of one-shots are in `handlers`."""
    which = latent_edits.VariationRequest(request.amount, request.count, request.seed)
    store, generators = parts.store, parts.generators
    recipe = generators.known(request.recipe)
    card = generators.card(recipe.model)
    sound = generate.make(store, generators, recipe, client, ticket.cancelled)
    audio = generate.samples(store, generators, recipe)

    def keep(prime: Prime) -> None:
        store.put(prime.id, prime.samples[None], prime.rate, holder=client)

    items: list[tuple[Value, ...]] = []
    for each, made in texture_edits.varied(
        generators, recipe, audio, which, keep, ticket.cancelled
    ):
        stored = store.put(
            each.id, made, sound.rate, root=card.root, recipe=each.json, holder=client
        )
        items.append(stored.values())
        ticket.item(items[-1])
        ticket.progress(len(items) / which.count, f"{len(items)} of {which.count}")
    return Answer((len(items),), earlier=items)


TABLE: tuple[Handler, ...] = (
    handler(requests.TexturesRequest, None, _textures, CARDS, 30),
    handler(requests.StreamRequest, _stream_now, _stream, TEXTURE, 60),
    handler(requests.PaceRequest, _pace),
    handler(requests.StopRequest, _stop),
    handler(requests.FreezeRequest, None, _freeze, TEXTURE, 60),
)
