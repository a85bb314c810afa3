"""What each verb does: THE table from verb to work.

`now` runs in the receive thread and must be quick, `later` in a lane.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from starling.engine.config import Folders
from starling.engine.server.jobs import Priority, Ticket
from starling.engine.server.preset_browser import Browser
from starling.engine.sounds import generate, latent_edits
from starling.engine.sounds.recipe import Recipe
from starling.engine.sounds.store import SoundStore
from starling.engine.wire.allowed_paths import allowed_file
from starling.engine.wire.codec import encode_done, encode_item
from starling.engine.wire.protocol import Request, Value
from starling.models.errors import CancelledError

if TYPE_CHECKING:
    from starling.presets.library.database import Hit

LANES = ("cards", "generate", "encode", "vary", "library", "audition", "scan", "match")
CARDS, GENERATE, ENCODE, VARY, LIBRARY, AUDITION, SCAN, MATCH = LANES
Client = Hashable


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers work with. The functions belong to the server."""

    folders: Folders
    store: SoundStore
    generators: generate.Generators
    browser: Browser
    uptime: Callable[[], float]
    status: Callable[[], tuple[int, int, int]]  # presets, jobs running, jobs waiting
    cancel: Callable[[Client, int], int]
    renew_models: Callable[[], None]  # read the cards again: training may have added one
    warm: Callable[[str], None]  # start a synth's sandbox: somebody will soon audition it
    quit: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: the fields of done, and of each item before it.

    The `earlier` items went out while the work was going on; they go out again to who asks again.
    """

    values: tuple[Value, ...] = ()
    items: Sequence[tuple[Value, ...]] = ()
    earlier: Sequence[tuple[Value, ...]] = ()

    def datagrams(self, request: Request) -> tuple[bytes, ...]:
        """The answer as it travels, without the earlier items."""
        done = encode_done(request.req, request.verb, *self.values)
        return (*_items(request, self.items, len(self.earlier)), done)

    def earlier_datagrams(self, request: Request) -> tuple[bytes, ...]:
        """The earlier items as they travelled."""
        return _items(request, self.earlier, 0)


def _items(request: Request, items: Sequence[tuple[Value, ...]], first: int) -> tuple[bytes, ...]:
    req, verb = request.req, request.verb
    return tuple(encode_item(req, verb, at, *each) for at, each in enumerate(items, first))


Now = Callable[[Parts, Request, Client], Answer | None]
Later = Callable[[Parts, Request, Client, Ticket], Answer]


@dataclass(frozen=True, slots=True)
class Handler:
    """How a verb is served: `now` answers at once or gives None, then `later` works in `lane`."""

    now: Now | None = None
    later: Later | None = None
    lane: str = ""
    deadline_s: float | None = None
    priority: Priority = Priority.INTERACTIVE


def _ping(parts: Parts, request: Request, client: Client) -> Answer:
    return Answer((parts.uptime(),))


def _status(parts: Parts, request: Request, client: Client) -> Answer:
    models = len(parts.generators.cards)
    presets, running, waiting = parts.status()
    text = f"{models} models, {presets} presets, {running} jobs running, {waiting} waiting"
    return Answer((models, presets, running, waiting, text))


def _models(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    parts.renew_models()
    items = [
        (card.name, card.title, card.weights_hash, generate.controls_json(card))
        for card in parts.generators.cards.values()
    ]
    return Answer((len(items),), items)


def _recipe(parts: Parts, request: Request) -> Recipe:
    controls = generate.distinct(cast(Sequence[tuple[str, float]], request.repeats))
    model, seed = cast(str, request.args["model"]), cast(int, request.args["seed"])
    return parts.generators.recipe(model, seed, controls)


def _generate_now(parts: Parts, request: Request, client: Client) -> Answer | None:
    """A sound in the store never waits behind one that is being made."""
    card = parts.generators.card(cast(str, request.args["model"]))
    if not parts.generators.is_warm(card.name):
        return None
    found = generate.stored(parts.store, _recipe(parts, request), client)
    return Answer(found.values()) if found else None


def _generate(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    recipe = _recipe(parts, request)
    return Answer(generate.make(parts.store, parts.generators, recipe, client).values())


def _encode(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    def progress(fraction: float, text: str) -> None:
        if ticket.cancelled():
            raise CancelledError("the request was cancelled")
        ticket.progress(fraction, text)

    text, model = cast(list[str], list(request.args.values()))
    path = allowed_file(text, (parts.folders.inbox, parts.folders.store))
    recipe = latent_edits.encoded(parts.generators, path, model, progress)
    return Answer(generate.make(parts.store, parts.generators, recipe, client).values())


def _vary(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    text, amount, count, seed = request.args.values()
    wanted = latent_edits.Wanted(cast(float, amount), cast(int, count), cast(int, seed))
    recipe = parts.generators.known(cast(str, text))
    items: list[tuple[Value, ...]] = []
    for each in latent_edits.varied(parts.generators, recipe, wanted):
        if ticket.cancelled():
            raise CancelledError("the request was cancelled")
        items.append(generate.make(parts.store, parts.generators, each, client).values())
        ticket.item(items[-1])
        ticket.progress(len(items) / wanted.count, f"{len(items)} of {wanted.count}")
    return Answer((len(items),), earlier=items)


def _morphed(parts: Parts, request: Request) -> Recipe:
    one, other, x, y = request.args.values()
    first, second = (parts.generators.known(cast(str, text)) for text in (one, other))
    return latent_edits.morphed(parts.generators, first, second, cast(float, x), cast(float, y))


def _turned(parts: Parts, request: Request) -> Recipe:
    recipe = parts.generators.known(cast(str, request.args["recipe"]))
    controls = generate.distinct(cast(Sequence[tuple[str, float]], request.repeats))
    return latent_edits.turned(parts.generators, recipe, controls)


def _made(recipe_of: Callable[[Parts, Request], Recipe]) -> Later:
    """Serve a verb that makes the sound of one recipe."""

    def serve(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
        sound = generate.make(parts.store, parts.generators, recipe_of(parts, request), client)
        return Answer(sound.values())

    return serve


def _turn_now(parts: Parts, request: Request, client: Client) -> Answer | None:
    """As generate: what is stored is there at once, whether its model is loaded or not."""
    found = generate.stored(parts.store, _turned(parts, request), client)
    return Answer(found.values()) if found else None


def _hits(hits: Sequence[Hit]) -> Answer:
    items = [
        (
            *(hit.preset, hit.name, hit.synth, hit.bank, ",".join(hit.tags), hit.score),
            int(hit.favourite),
        )
        for hit in hits
    ]
    return Answer((len(items),), items)


def _warm_first(parts: Parts, hits: Sequence[Hit]) -> None:
    if hits:
        parts.warm(hits[0].synth)


def _search(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    text, k, words = request.args.values()
    path = allowed_file(cast(str, text), (parts.folders.inbox, parts.folders.store))
    hits = parts.browser.search(path, cast(int, k), cast(str, words))
    _warm_first(parts, hits)
    return _hits(hits)


def _similar(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    preset, k, words = request.args.values()
    browser = parts.browser
    hits = browser.similar(cast(int, preset), cast(int, k), cast(str, words))
    _warm_first(parts, hits)
    return _hits(hits)


def _find(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    text, k = request.args.values()
    hits = parts.browser.find(cast(str, text), cast(int, k))
    _warm_first(parts, hits)
    return _hits(hits)


def _facets(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    items = parts.browser.facets()
    return Answer((len(items),), items)


def _favourite(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    preset, on = cast(list[int], list(request.args.values()))
    parts.browser.favourite(preset, on)
    return Answer()


def _audition(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    preset, *played = cast(list[int], list(request.args.values()))
    browser = parts.browser
    return Answer(browser.audition(parts.store, preset, played, ticket, client).values())


def _export(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    preset = cast(int, request.args["preset"])
    return Answer((str(parts.browser.export(preset, parts.folders.exports)),))


def _scan(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    report = parts.browser.scan(ticket)
    return Answer((report.added, report.kept, len(report.failed)))


def _match(parts: Parts, request: Request, client: Client, ticket: Ticket) -> Answer:
    from starling.engine.server import match_job

    text, synth, budget = request.args.values()
    path = allowed_file(cast(str, text), (parts.folders.inbox, parts.folders.store))
    asked = match_job.Asked(path, cast(str, synth), cast(int, budget), client)
    found = match_job.run(parts.browser.library, parts.store, asked, ticket)
    return Answer(found.values, found.items, found.previews)


def _release(parts: Parts, request: Request, client: Client) -> Answer:
    parts.store.release(client, cast(str, request.args["sound"]))
    return Answer()


def _cancel(parts: Parts, request: Request, client: Client) -> Answer:
    return Answer((parts.cancel(client, cast(int, request.args["target"])),))


def _quit(parts: Parts, request: Request, client: Client) -> Answer:
    parts.quit()
    return Answer()


# Deadlines are far above what the work takes: generate 0.05 s, encode 3 s, search 0.03 s, a cold
# synth 5 s.
HANDLERS: dict[str, Handler] = {
    "ping": Handler(_ping),
    "status": Handler(_status),
    "models": Handler(None, _models, CARDS, deadline_s=30),
    "generate": Handler(_generate_now, _generate, GENERATE, deadline_s=30),
    "encode": Handler(None, _encode, ENCODE, deadline_s=120),
    "vary": Handler(None, _vary, VARY, deadline_s=60),
    "morph": Handler(None, _made(_morphed), GENERATE, deadline_s=30),
    "turn": Handler(_turn_now, _made(_turned), GENERATE, deadline_s=30),
    "search": Handler(None, _search, LIBRARY, deadline_s=30),
    "similar": Handler(None, _similar, LIBRARY, deadline_s=30),
    "find": Handler(None, _find, LIBRARY, deadline_s=30),
    "facets": Handler(None, _facets, LIBRARY, deadline_s=30),
    "favourite": Handler(None, _favourite, LIBRARY, deadline_s=30),
    "audition": Handler(None, _audition, AUDITION, deadline_s=90),
    "export": Handler(None, _export, LIBRARY, deadline_s=30),
    "scan": Handler(None, _scan, SCAN, priority=Priority.BACKGROUND),
    "match": Handler(None, _match, MATCH, priority=Priority.BACKGROUND),
    "release": Handler(_release),
    "cancel": Handler(_cancel),
    "quit": Handler(_quit),
}
