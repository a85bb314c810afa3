"""The chip's controls stand behind a composer's own, and become voicings."""

import pytest

from starling.engine.music import chip_controls
from starling.engine.music.composers import Composers
from starling.models.artifacts.controls import canonical
from starling.models.errors import InputError
from starling.models.nes.chip.play import Voicing


def test_a_composer_has_its_own_controls_and_the_chips(composers: Composers) -> None:
    names = [control.name for control in composers.card("toy").controls]
    assert names[:4] == ["temperature", "top_p", "repetition", "density"]
    assert names[4:] == [control.name for control in chip_controls.CONTROLS]


def test_controls_become_voicings(composers: Composers) -> None:
    chosen = {"p1_duty": 0.0, "p2_level": 3.6, "no_level": 0.0, "no_mode": 1.0}
    controls = chip_controls.whole(canonical(composers.card("toy"), chosen))
    assert controls["p2_level"] == 4
    assert chip_controls.voicings(controls) == {
        "p1": Voicing(0, 12),
        "p2": Voicing(1, 4),
        "tr": Voicing(None, 15),
        "no": Voicing(1, 0),
    }


@pytest.mark.parametrize(("name", "value"), [("p1_duty", 4), ("tr_level", 16), ("tr_duty", 0)])
def test_what_the_chip_does_not_have_is_refused(
    name: str, value: float, composers: Composers
) -> None:
    with pytest.raises(InputError) as caught:
        canonical(composers.card("toy"), {name: value})
    assert caught.value.code == "bad_control" and name in str(caught.value)
