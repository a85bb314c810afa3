"""What the compared models write: frames by sampling, pieces from latents, events by sampling."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard
from starling.models.composer import songs
from starling.models.composer.baselines import batches, latents, tx1
from starling.models.composer.baselines.event_transformer import EventTransformer, Kept
from starling.models.composer.baselines.frame_lstm import FrameLstm, State
from starling.models.composer.baselines.kinds import CARDS, KINDS, config_from
from starling.models.composer.baselines.measure_vae import MeasureVae
from starling.models.composer.sampling import Draw, choose, probabilities
from starling.models.composer.songs import VOICES, Frames
from starling.models.composer.statistics import Writer
from starling.models.errors import ParseError

AS_PUBLISHED = Draw(temperature=1.0, top_p=1.0)
LEAST = 240  # frames of a song between two marks, 10 s; what is shorter was thrown away, too


def load(card: ModelCard) -> Any:
    """The network behind a card.

    Raises MissingError (weights absent) and ParseError (damaged, of another kind or version).
    """
    whole = card_file.read_card(card.path)
    if card.kind not in CARDS:
        raise ParseError(
            f"model {card.name} is of kind {card.kind!r}, not one of {', '.join(CARDS)}"
        )
    kind = CARDS[card.kind]
    tensors = card_file.read_weights(whole, card.path.parent)
    network = KINDS[kind].network(config_from(kind, whole["config"]))
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise ParseError(f"{card.path.name} does not fit this version's {card.kind}") from error
    return network.eval()


def writer(network: FrameLstm | EventTransformer | MeasureVae, draw: Draw = AS_PUBLISHED) -> Writer:
    """What goes on from a beginning; a VAE cannot, it draws a piece by itself."""
    if isinstance(network, FrameLstm):
        return lambda beginning, frames, seed: _next_frames(network, beginning, frames, seed, draw)
    if isinstance(network, EventTransformer):
        return lambda beginning, frames, seed: _next_events(network, beginning, frames, seed, draw)
    return lambda beginning, frames, seed: _pieces(network, frames, seed)


def stream(
    network: FrameLstm, frames: int, seed: int = 0, draw: Draw = AS_PUBLISHED
) -> NDArray[np.uint8]:
    """So many symbols and a mark before and after (frames + 2, columns), marks where they come."""
    mark = batches.stream(songs.of([]), network.config.voices)
    return np.concatenate([mark, _sampled(network, mark, frames, seed, draw, marks=True), mark])


def songs_between(symbols: NDArray[np.uint8], least: int = LEAST) -> list[Frames]:
    """The songs (N, 4) between two marks of a stream, those of `least` frames and more."""
    full = symbols.shape[1] > 1
    marks = np.flatnonzero(symbols[:, -1] == (0 if full else batches.MARK))
    found = [symbols[a + 1 : b] for a, b in pairwise(marks) if b - a > least]
    return [_notes(song[:, : len(VOICES)] if full else song) for song in found]


def _notes(classes: NDArray[np.integer]) -> Frames:
    """Notes (N, 4) of classes (N, voices); the voices that are not there are silent."""
    whole = np.zeros((len(classes), len(VOICES)), np.int64)
    whole[:, : classes.shape[1]] = classes
    return songs.from_classes(whole)


def _next_frames(
    network: FrameLstm, beginning: Frames, frames: int, seed: int, draw: Draw
) -> Frames:
    """Frames (frames, 4) after a beginning (n, 4), in which no song ends."""
    given = batches.stream(songs.of([beginning]), network.config.voices)[:-1]
    found = _sampled(network, given, frames, seed, draw, marks=False)
    return _notes(found[:, : network.config.voices])


@torch.no_grad()
def _sampled(
    network: FrameLstm,
    given: NDArray[np.uint8],
    frames: int,
    seed: int,
    draw: Draw,
    *,
    marks: bool,
) -> NDArray[np.uint8]:
    """Symbols (frames, columns) after given ones, each column by itself, from its logits."""
    random, full = np.random.default_rng(seed), given.shape[1] > 1
    found = np.zeros((frames, given.shape[1]), np.uint8)
    hidden, state = network.encode(torch.from_numpy(given[None]).long())
    for at in range(frames):
        for column, logits in enumerate(network.logits(hidden[0, -1])):
            allowed = np.ones(len(logits), bool)
            if not marks and (column == len(VOICES) or not full):
                allowed[0 if full else batches.MARK] = False
            chances = probabilities(logits.numpy(), draw, allowed)
            found[at, column] = choose(chances, random)
        if full and not found[at, -1]:
            found[at] = 0
        hidden, state = _after(network, found[at], state)
    return found


def _after(
    network: FrameLstm, symbols: NDArray[np.uint8], state: State
) -> tuple[torch.Tensor, State]:
    """Hidden vector and state after one more frame."""
    return network.encode(torch.from_numpy(symbols[None, None]).long(), state)


def _pieces(network: MeasureVae, frames: int, seed: int) -> Frames:
    """As many pieces as are needed, from latents spread as those of the training songs."""
    length = network.config.measures * network.config.frames
    drawn = latents.draw(network, -(-frames // length), seed)
    return np.concatenate(latents.decode(network, drawn))[:frames]


@torch.no_grad()
def _next_events(
    network: EventTransformer, beginning: Frames, frames: int, seed: int, draw: Draw
) -> Frames:
    """Frames (frames, 4) after a beginning (n, 4): events until they have lasted so long."""
    random = np.random.default_rng(seed)
    kept: Kept | None = None
    tokens, least = _begun(beginning)
    lasting = len(beginning) - least
    while lasting < len(beginning) + frames:
        logits, kept = _logits(network, tokens, kept)
        free = allowed(tokens[-1]) & (least <= DURATION)
        tokens.append(choose(probabilities(logits, draw, free), random))
        lasting += int(DURATION[tokens[-1]])
        least = 0
    return tx1.decode(tokens[1:])[len(beginning) : len(beginning) + frames]


def _begun(beginning: Frames) -> tuple[list[int], int]:
    """The events of a beginning (n, 4) up to its last wait, and how long that is at least, frames.

    What sounds at its end may go on: how long the last wait is, and what follows, is yet open.
    """
    tokens = [tx1.START, *tx1.encode(beginning)]
    while VOICE[tokens[-1]] >= 0:
        tokens.pop()
    least = int(DURATION[tokens[-1]])
    return (tokens[:-1] if least else tokens), least


def _logits(
    network: EventTransformer, tokens: Sequence[int], kept: Kept | None
) -> tuple[NDArray[np.float32], Kept]:
    """Logits (SYMBOLS,) of the next event; a full context is begun anew with its latter half."""
    context = network.config.context
    if kept is None or kept[0][0].shape[-2] >= context:
        first = tokens[-context:] if kept is None else tokens[-(context // 2) :]
        logits, kept = network.logits(torch.tensor([list(first)]))
    else:
        logits, kept = network.logits(torch.tensor([[tokens[-1]]]), kept)
    return logits[0, -1].numpy(), kept


VOICE = np.array([*(event.voice for event in tx1.EVENTS), -1])  # (SYMBOLS,), -1 for all but notes
DURATION = np.array([*(tx1.WHOLE_FRAMES.get(event.wait, 0) for event in tx1.EVENTS), 0])  # frames


def allowed(last: int) -> NDArray[np.bool_]:
    """Which events (SYMBOLS,) may follow another: voices in their order, then a wait; no mark.

    A wait is of whole frames, and follows another only where that is the longest.
    """
    waits = last >= len(tx1.WAITS) or last == tx1.FRAME_WAITS[-1]
    voices: NDArray[np.bool_] = VOICE[last] < VOICE
    return voices | ((DURATION > 0) & waits)
