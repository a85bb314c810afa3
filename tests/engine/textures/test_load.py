"""Streams of a machine that is slower than what is played."""

import time

from steps import ME, Player, Start, play, recipe, slow
from toy_texture import RATE


def test_what_the_machine_cannot_render_ends_with_the_oldest(new_streams: Start) -> None:
    streams = new_streams(slow(4.0))
    players = [Player(streams, streams.start(ME, recipe(seed))) for seed in range(8)]
    play(players, 6.0)
    ended = [player.ended is not None for player in players]
    assert ended == sorted(ended, reverse=True), "the oldest first"
    assert 2 <= ended.count(False) <= 4, "and no more than needed"
    assert "too little for 8 notes" in str(players[0].ended)
    for player in players:
        player.underruns = 0
    play(players, 1.0)
    assert sum(player.underruns for player in players if player.ended is None) <= 1


def test_what_it_can_render_goes_on(new_streams: Start) -> None:
    streams = new_streams(slow(8.0))
    players = [Player(streams, streams.start(ME, recipe(seed))) for seed in range(4)]
    play(players, 2.0)
    assert [player.ended for player in players] == [None] * 4


def test_a_bounce_waits_and_nothing_ends(new_streams: Start) -> None:
    streams = new_streams(slow(2.0))
    started = [streams.start(ME, recipe(seed)) for seed in range(6)]
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        for stream in started:
            ready = streams.pace(ME, stream.number, stream.file.frames + 2 * RATE, {}).ready
        time.sleep(0.02)
    assert [stream.ended for stream in started] == [None] * 6 and ready > 0
