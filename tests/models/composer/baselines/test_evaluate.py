"""Figures of held-out songs: every frame and event once, whatever the spans and groups."""

import numpy as np
import pytest
import torch
from song_data import toy_song, toy_songs
from tiny_baselines import REDUCED, TINY, material

from starling.models.composer import songs
from starling.models.composer.baselines import batches, evaluate, ngrams, tx1
from starling.models.composer.baselines.event_transformer import EventTransformer
from starling.models.composer.baselines.frame_lstm import FrameLstm
from starling.models.composer.baselines.measure_vae import MeasureVae
from starling.models.errors import InputError


@pytest.mark.parametrize("config", [TINY["lstm"], REDUCED["lstm"]])
def test_the_lstm_s_nats_are_those_of_each_song_alone(
    config: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, every = FrameLstm(config).eval(), toy_songs(5, 60)  # type: ignore[arg-type]
    monkeypatch.setattr(evaluate, "SPAN", 16)
    monkeypatch.setattr(evaluate, "TOGETHER", 3)
    found = evaluate.measure(network, every)
    sounding = ended = 0.0
    for song in every:
        seen = torch.from_numpy(batches.stream(songs.of([song]), network.config.voices))[None]
        with torch.no_grad():
            losses = network.losses(seen.long())[0][0]
        sounding += float(losses[:-1].sum())
        ended += float(losses[-1, -1])
    assert found.per_frame * len(every.frames) == pytest.approx(sounding + ended, rel=1e-5)
    assert found.frames == len(every.frames)


def test_a_model_of_one_voice_has_no_sum_to_compare() -> None:
    full = evaluate.measure(FrameLstm(TINY["lstm"]), toy_songs(2, 60)).named()
    parts = [full[f"nats_per_frame_{name}"] for name in ("P1", "P2", "TR", "NO", "end")]
    assert sum(parts) == pytest.approx(full["nats_per_frame"])
    assert full["nats_per_second"] == pytest.approx(24 * full["nats_per_frame"])
    reduced = evaluate.measure(FrameLstm(REDUCED["lstm"]), toy_songs(2, 60)).named()
    assert reduced.keys() == {"nats_per_frame_P1", "nats_per_frame_end"}


@pytest.mark.parametrize("count", [0, 1, 7, 23, 24, 25, 36, 37, 90])
def test_spans_predict_every_event_once_from_half_a_context_at_least(count: int) -> None:
    predicted: list[int] = []
    whole = [tx1.START, *range(count), tx1.START]
    for row, first in evaluate.spans(list(range(count)), 24):
        assert len(row) <= 25 and (first == 0 or first >= 12)
        predicted += row[1 + first :]
    assert predicted == whole[1:]


def test_the_transformer_s_nats_are_those_of_each_event() -> None:
    torch.manual_seed(0)
    network = EventTransformer(TINY["transformer"]).eval()
    every = songs.of([toy_song(0, 16), toy_song(1, 14), np.zeros((0, 4), np.uint8)])
    wanted = 0.0
    for song in list(every)[:2]:
        row = torch.tensor([[tx1.START, *tx1.encode(song), tx1.START]])
        assert row.shape[1] <= 25, "of one context"
        with torch.no_grad():
            wanted += float(network.losses(row).sum())
    found = evaluate.measure(network, every)
    assert found.per_frame * 30 == pytest.approx(wanted, rel=1e-5)
    assert set(found.nats) == set(evaluate.PARTS)
    perplexity = found.named()["perplexity_per_lakhnes_event"]
    assert 300 < perplexity < 1200, "of a network that knows nothing about 631 symbols"


def test_counts_have_the_figures_of_the_n_grams() -> None:
    known, new = material().training, material().validation
    found = evaluate.counted(known, new)
    for name, nats in (("unigram", ngrams.unigram), ("bigram", ngrams.bigram)):
        assert found[name].per_frame == pytest.approx(ngrams.nats_per_frame(nats(known, new)))
    assert set(found["bigram"].named()) > {"nats_per_frame", "nats_per_frame_NO"}


@pytest.mark.parametrize("config", [TINY["vae"], REDUCED["vae"]])
def test_what_a_vae_makes_of_songs(config: object, monkeypatch: pytest.MonkeyPatch) -> None:
    network = MeasureVae(config)  # type: ignore[arg-type]
    every = toy_songs(4, 100)
    found = evaluate.measure(network, every).named()
    assert found.keys() == {"loss", "reconstructed", "silent"}
    assert network.training, "as it was"
    monkeypatch.setattr(evaluate, "TOGETHER", 5)
    again = evaluate.measure(network, every).named()
    assert again == pytest.approx(found, rel=1e-5)
    pieces = batches.measures(every, network.config.voices, 2, 16)
    assert found["silent"] == pytest.approx((pieces == 0).mean())


def test_songs_that_cannot_be_measured_are_named() -> None:
    with pytest.raises(InputError, match="no song has the 32 frames"):
        evaluate.measure(MeasureVae(TINY["vae"]), toy_songs(1, 31))
    with pytest.raises(InputError, match="no frames"):
        evaluate.measure(FrameLstm(TINY["lstm"]), songs.of([]))


def test_a_part_of_songs_is_spread_over_those_that_sound() -> None:
    every = songs.of([toy_song(at, length) for at, length in enumerate((5, 0, 6, 7, 8))])
    assert np.diff(evaluate.part(every, 2).offsets).tolist() == [5, 8]
    assert np.diff(evaluate.part(every, 9).offsets).tolist() == [5, 6, 7, 8]
