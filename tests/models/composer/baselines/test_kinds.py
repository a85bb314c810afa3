"""Configurations by kind: sizes that are set, what there is not, and a card's back again."""

import json
from dataclasses import asdict

import pytest

from starling.engine.cli.train import composer_baseline
from starling.models.artifacts.catalogue import KINDS as CARD_KINDS
from starling.models.composer.baselines import frame_lstm, kinds, measure_vae
from starling.models.composer.baselines.kinds import CARDS, KINDS, config_of
from starling.models.errors import InputError, ParseError


def test_without_sizes_it_is_as_published() -> None:
    assert config_of("lstm") == frame_lstm.Config()
    assert config_of("lstm", reduced=True) == frame_lstm.REDUCED
    assert config_of("vae", reduced=True) == measure_vae.REDUCED


def test_sizes_are_set_where_a_kind_has_them() -> None:
    lstm = config_of("lstm", width=32, batch=5, window=9)
    assert (lstm.hidden, lstm.batch, lstm.window) == (32, 5, 9)
    vae = config_of("vae", reduced=True, width=64, batch=3)
    assert (vae.hidden, vae.widths, vae.batch, vae.latent) == (64, (80, 8), 3, 124)
    transformer = config_of("transformer", width=48, window=64)
    assert (transformer.width, transformer.context) == (48, 64)


def test_what_there_is_not_is_answered() -> None:
    with pytest.raises(InputError, match="kind must be one of lstm, vae, transformer, got 'gan'"):
        config_of("gan")
    with pytest.raises(InputError, match="reduced is for lstm and vae"):
        config_of("transformer", reduced=True)
    with pytest.raises(InputError, match="window of vae is published, it must be 0, got 7"):
        config_of("vae", window=7)
    with pytest.raises(InputError, match=r"width must be a multiple of 12 for 6 heads, got 100"):
        config_of("transformer", width=100)


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_s_configuration_comes_back(kind: str) -> None:
    config = config_of(kind)
    entry = json.loads(json.dumps(asdict(config)))
    assert kinds.config_from(kind, entry) == config
    with pytest.raises(ParseError, match="not of this version"):
        kinds.config_from(kind, entry | {"new": 1})


def test_the_tables_agree() -> None:
    assert tuple(KINDS) == composer_baseline.KINDS
    assert all(CARD_KINDS[card] is False for card in CARDS), "none of them makes sounds"
    assert {CARDS[known.card]: known for known in KINDS.values()} == KINDS


def test_rates_fall_as_published() -> None:
    lstm, vae, transformer = (KINDS[name].level for name in ("lstm", "vae", "transformer"))
    assert [lstm(step, 0.5, 7) for step in (0, 99, 100, 250)] == pytest.approx([1, 1, 0.93, 0.8649])
    assert [vae(step, 0.5, 28) for step in (0, 27, 28)] == pytest.approx([1, 1, 0.998])
    assert transformer(0, 0.0, 7) == pytest.approx(0.01)
    assert transformer(5000, 1.0, 7) == pytest.approx(0.05)
