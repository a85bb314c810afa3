"""The judge of the compared models: nats of held-out songs by part; what a VAE makes of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.composer.baselines import batches, latents, ngrams, tx1
from starling.models.composer.baselines.event_transformer import SYMBOLS, EventTransformer
from starling.models.composer.baselines.frame_lstm import FrameLstm
from starling.models.composer.baselines.measure_vae import MeasureVae
from starling.models.composer.songs import VOICES, Songs
from starling.models.errors import InputError
from starling.models.nes.scores.score import RATE

SPAN = 256  # frames that are measured at a time, with the state carried
TOGETHER = 16  # songs of like length, or rows of events, that are measured side by side
PARTS = ("wait", *VOICES, "end")
PART = np.array([0] * len(tx1.WAITS) + [1 + e.voice for e in tx1.EVENTS if not e.wait] + [5])

Sequences = list[list[int]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Negative log-likelihood of songs by part of PARTS, and figures of another kind."""

    nats: dict[str, float]
    frames: int
    others: dict[str, float] = field(default_factory=dict)

    @property
    def per_frame(self) -> float:
        """Nats per frame, of the voices that a model has."""
        return sum(self.nats.values()) / self.frames

    def named(self) -> dict[str, float]:
        """For cards and tables; a model of fewer voices than four has no sum to compare."""
        parts = {f"nats_per_frame_{name}": value / self.frames for name, value in self.nats.items()}
        if not set(VOICES) <= self.nats.keys():
            return parts | self.others
        whole = {"nats_per_frame": self.per_frame, "nats_per_second": self.per_frame * RATE}
        return whole | parts | self.others


def part(songs: Songs, most: int) -> Songs:
    """At most so many of the songs that have frames, evenly spread over all."""
    rows = np.flatnonzero(np.diff(songs.offsets))
    places = np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)
    return songs.part(rows[np.unique(places)])


def measure(network: FrameLstm | EventTransformer | MeasureVae, songs: Songs) -> Figures:
    """The figures of songs, whichever kind of network. Raises InputError for songs of no frames."""
    if not len(songs.frames):
        raise InputError("the songs to measure have no frames; at least 1 is needed")
    was = network.training
    network.eval()
    try:
        if isinstance(network, FrameLstm):
            return _lstm(network, songs)
        if isinstance(network, EventTransformer):
            return _transformer(network, songs)
        return Figures({}, len(songs.frames), reconstruction(network, songs))
    finally:
        network.train(was)


def counted(known: Songs, songs: Songs) -> dict[str, Figures]:
    """The figures of frequencies and of pairs of notes, of each voice by itself."""
    found = {"unigram": ngrams.unigram(known, songs), "bigram": ngrams.bigram(known, songs)}
    return {
        name: Figures(dict(zip(VOICES, nats.sum(axis=0).tolist(), strict=True)), len(songs.frames))
        for name, nats in found.items()
    }


@torch.no_grad()
def _lstm(network: FrameLstm, songs: Songs) -> Figures:
    """Each voice's nats in each frame, and those of the mark, which comes after the last one only.

    At the mark the voices are silent by definition: what their heads say there is not counted.
    """
    voices, device = network.config.voices, next(network.parameters()).device
    columns = len(batches.sizes(voices))
    sounding, ended = np.zeros(columns), 0.0
    for tokens, lengths in _side_by_side(songs, voices):
        state: tuple[Tensor, ...] | None = None
        for at in range(0, tokens.shape[1] - 1, SPAN):
            span = torch.from_numpy(tokens[:, at : at + SPAN + 1]).long().to(device)
            losses, state = network.losses(span, state)
            nats = losses.double().cpu().numpy()
            places = at + np.arange(nats.shape[1])
            sounding += (nats * (places < lengths[:, None])[..., None]).sum(axis=(0, 1))
            ended += float((nats[..., -1] * (places == lengths[:, None])).sum())
    named = dict(zip(VOICES, sounding[:voices].tolist(), strict=False))
    end = ended + float(sounding[voices:].sum())
    return Figures({**named, "end": end}, len(songs.frames))


def _side_by_side(
    songs: Songs, voices: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Symbols (n, longest + 2, columns) of songs of like length, and their lengths in frames."""
    whole, lengths = batches.stream(songs, voices), np.diff(songs.offsets)
    ranked = np.argsort(lengths, kind="stable")
    for at in range(0, len(ranked), TOGETHER):
        rows = ranked[at : at + TOGETHER]
        within = np.minimum(np.arange(lengths[rows].max() + 2), lengths[rows, None] + 1)
        yield whole[(songs.offsets[rows] + rows)[:, None] + within], lengths[rows]


def _transformer(network: EventTransformer, songs: Songs) -> Figures:
    """Nats by what an event is, and the perplexity of an event as LakhNES counts them."""
    whole = [tx1.encode(song) for song in songs if len(song)]
    by_part = np.bincount(PART, _nats(network, whole), len(PARTS))
    others: dict[str, float] = {}
    if published := tx1.evaluated(songs):
        mean = _nats(network, published).sum() / tx1.event_count(songs)
        others["perplexity_per_lakhnes_event"] = math.exp(mean)
    return Figures(dict(zip(PARTS, by_part.tolist(), strict=True)), len(songs.frames), others)


@torch.no_grad()
def _nats(network: EventTransformer, sequences: Sequences) -> NDArray[np.float64]:
    """Nats (SYMBOLS,) of each event, summed over sequences with a mark before and after each."""
    device, total = next(network.parameters()).device, np.zeros(SYMBOLS)
    rows = [row for each in sequences for row in spans(each, network.config.context)]
    rows.sort(key=lambda row: len(row[0]))
    for at in range(0, len(rows), TOGETHER):
        group = rows[at : at + TOGETHER]
        longest = max(len(row) for row, _ in group)
        tokens = np.array([row + [tx1.START] * (longest - len(row)) for row, _ in group])
        nats = network.losses(torch.from_numpy(tokens).to(device)).double().cpu().numpy()
        places = np.arange(longest - 1)
        ends = np.array([len(row) - 1 for row, _ in group])
        begins = np.array([first for _, first in group])
        mattering = (places >= begins[:, None]) & (places < ends[:, None])
        total += np.bincount(tokens[:, 1:][mattering], nats[mattering], SYMBOLS)
    return total


def spans(tokens: list[int], context: int) -> Iterator[tuple[list[int], int]]:
    """Rows of at most context + 1 events, a mark around the whole, and the first that counts.

    All count once, as predictions from at least half a context, or from all there is.
    """
    whole, half = [tx1.START, *tokens, tx1.START], context // 2
    yield whole[: context + 1], 0
    for begin in range(half, len(whole) - 1 - (context - half), half):
        yield whole[begin : begin + context + 1], context - half


@torch.no_grad()
def vae_loss(network: MeasureVae, pieces: NDArray[np.integer]) -> float:
    """The published loss of pieces (n, voices, measures, frames), without noise."""
    was, device = network.training, next(network.parameters()).device
    network.eval()
    total = 0.0
    for at in range(0, len(pieces), TOGETHER):
        some = torch.from_numpy(pieces[at : at + TOGETHER]).long().to(device)
        total += float(network(some)[0]) * len(some)
    network.train(was)
    return total / len(pieces)


def reconstruction(network: MeasureVae, songs: Songs) -> dict[str, float]:
    """The loss of songs' pieces, and in what share of a voice's frames the note comes back.

    Beside it stands that share for silence alone. Raises InputError for songs shorter than a piece.
    """
    config = network.config
    pieces = batches.measures(songs, config.voices, config.measures, config.frames)
    if not len(pieces):
        length = config.measures * config.frames
        raise InputError(f"no song has the {length} frames of a piece", code="too_short")
    right = 0.0
    for at in range(0, len(pieces), TOGETHER):
        some = pieces[at : at + TOGETHER]
        found = latents.classes(network, latents.encode(network, some))
        right += float((found == some.reshape(found.shape)).sum())
    return {
        "loss": vae_loss(network, pieces),
        "reconstructed": right / pieces.size,
        "silent": float((pieces == 0).mean()),
    }
