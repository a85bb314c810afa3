"""The plugin's host parameters keep what projects and automation of before were saved with."""

from starling.engine.wire.tables.host_parameters import GROUPS, PARAMETERS, grouped

BEFORE_TEXTURES = (
    *("model", "variation"),
    *("control1", "control2", "control3", "control4", "control5", "control6"),
    *("mode", "roundrobin", "tracking", "root", "tune", "start", "length"),
    *("attack", "decay", "sustain", "release", "gain"),
)
BEFORE_THE_CHIP = (
    *BEFORE_TEXTURES,
    *("texture", "texturemodel", "temperature", "topp", "minp", "variety"),
    *("mix1", "mix2", "mix3", "mix4"),
)


def test_new_parameters_stand_behind_the_old_ones() -> None:
    assert tuple(each.id for each in PARAMETERS)[: len(BEFORE_THE_CHIP)] == BEFORE_THE_CHIP


def test_choices_keep_their_values() -> None:
    """Projects hold 0..1: one more label would give the others new values."""
    labels = {each.id: each.labels for each in PARAMETERS if each.labels}
    assert labels["mode"] == ("Play", "Fresh")
    assert labels["tracking"] == labels["texture"] == labels["chip"] == ("Off", "On")
    assert labels["p1duty"] == labels["p2duty"] == ("12.5 %", "25 %", "50 %", "75 %")
    assert labels["chipvoices"] == ("By channel", "By key")


def test_every_default_is_within_its_range_and_every_id_is_there_once() -> None:
    assert all(each.minimum <= each.default <= each.maximum for each in PARAMETERS)
    assert len({each.id for each in PARAMETERS}) == len(PARAMETERS)


def vst3_id(id: str) -> int:
    """JUCE's: the low bits of a hash with 31 as its base; `p1level` and `nolevel` have the same."""
    number = 0
    for letter in id:
        number = (31 * number + ord(letter)) & 0x7FFFFFFF
    return number


def test_no_two_ids_are_one_parameter_to_vst3_hosts() -> None:
    assert vst3_id("p1level") == vst3_id("nolevel")
    assert len({vst3_id(each.id) for each in PARAMETERS}) == len(PARAMETERS)


def test_every_parameter_is_in_one_group_and_keeps_its_place() -> None:
    """Hosts number parameters in the order of the groups."""
    assert tuple(grouped()) == GROUPS, "each begins at a parameter, behind the one before"
    assert tuple(each for members in grouped().values() for each in members) == PARAMETERS


def test_no_two_groups_are_one_unit_to_vst3_hosts() -> None:
    units = {vst3_id(group.id) for group in GROUPS}
    assert len(units) == len(GROUPS)
    assert len({group.title for group in GROUPS}) == len(GROUPS)
    assert 0 not in units, "the root unit"
