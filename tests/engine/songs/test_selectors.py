"""Parts by number, name and channel."""

import pytest

from starling.engine.songs.selectors import find
from starling.engine.songs.song import Song, Track
from starling.models.errors import InputError

PARTS = (
    Track(1, 33, "Bass", (), (), 1),
    Track(1, 80, "Lead", (), (), 2),
    Track(10, 0, "lead", (), (), 3),
)
SONG = Song("song", 1.0, {each.number: each for each in PARTS})


@pytest.mark.parametrize(
    ("selector", "numbers"),
    [(2, [2]), ("3", [3]), ("bass", [1]), ("Lead", [2, 3]), ("ch1", [1, 2]), ("CH10", [3])],
)
def test_what_a_selector_means(selector: int | str, numbers: list[int]) -> None:
    assert [track.number for track in find(SONG, selector, "--track")] == numbers


@pytest.mark.parametrize(
    ("selector", "what"), [(4, "part 4"), ("Pad", "part Pad"), ("ch2", "channel 2")]
)
def test_what_there_is_not_lists_what_there_is(selector: int | str, what: str) -> None:
    there = r"1 Bass, 2 Lead \(channel 1\), 3 lead \(channel 10\)"
    with pytest.raises(InputError, match=f"--track: {what} of song has no notes; .*{there}"):
        find(SONG, selector, "--track")
