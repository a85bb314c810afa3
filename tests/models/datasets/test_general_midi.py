"""The percussion map."""

from starling.models.datasets import general_midi

ALL = tuple(general_midi.TITLES)


def test_keys_of_level_one() -> None:
    wanted = {
        "kick": (35, 36),
        "snare": (38, 40),
        "rim": (37,),
        "clap": (39,),
        "hat_closed": (42, 44),
        "hat_open": (46,),
        "tom": (41, 43, 45, 47, 48, 50),
        "cymbal": (49, 51, 52, 53, 55, 57, 59),
        "cowbell": (56,),
        "perc": (0, 34, 54, 58, 60, 81, 127),
    }
    table = general_midi.key_table(ALL)
    assert len(table) == 128
    for name, keys in wanted.items():
        assert {ALL[table[key]] for key in keys} == {name}


def test_a_kit_without_percussion_takes_other_keys_in_turn() -> None:
    table = general_midi.key_table(("kick", "snare"))
    assert (table[36], table[38]) == (0, 1)
    assert set(table[60:64]) == {0, 1}


def test_other_sounds_take_keys_in_turn() -> None:
    assert general_midi.key_table(("angry", "calm", "hungry"))[60:63] == (0, 1, 2)


def test_order_and_titles() -> None:
    assert general_midi.order(("tom", "zap", "kick")) == ("kick", "tom", "zap")
    assert general_midi.title("hat_closed") == "Closed hat"
    assert general_midi.title("big_zap") == "Big zap"
