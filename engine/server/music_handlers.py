"""What the verbs of music do: `composers` and `compose`."""

from __future__ import annotations

from starling.engine.music import pieces
from starling.engine.music.pieces import Wanted
from starling.engine.server.handler import CARDS, MUSIC, Answer, Handler, Parts, handler
from starling.engine.server.jobs import Ticket
from starling.engine.sounds.control_text import controls_json, distinct
from starling.engine.wire import requests
from starling.engine.wire.allowed_paths import allowed_file
from starling.engine.wire.protocol import Address
from starling.models.errors import CancelledError


def _composers(
    parts: Parts, request: requests.ComposersRequest, client: Address, ticket: Ticket
) -> Answer:
    parts.renew_models()
    items = [
        (card.name, card.title, card.weights_hash, controls_json(card))
        for card in parts.composers.cards.values()
    ]
    return Answer((len(items),), items)


def _compose(
    parts: Parts, request: requests.ComposeRequest, client: Address, ticket: Ticket
) -> Answer:
    def progress(fraction: float, text: str) -> None:
        if ticket.cancelled():
            raise CancelledError("the request was cancelled")
        ticket.progress(fraction, text)

    folders = (parts.folders.inbox, parts.folders.store)
    prompt = allowed_file(request.prompt, folders) if request.prompt else None
    wanted = Wanted(
        *(request.model, request.seed, request.bars, request.voices, request.metre, request.tempo),
        distinct(request.controls),
    )
    planned = pieces.plan(parts.composers, wanted, prompt)
    for remark in planned.remarks:
        progress(0.0, f"the prompt: {remark}")
    return Answer(pieces.make(parts.store, parts.composers, planned, client, progress).values())


TABLE: tuple[Handler, ...] = (
    handler(requests.ComposersRequest, None, _composers, CARDS, 30),
    handler(requests.ComposeRequest, None, _compose, MUSIC, 600),
)
