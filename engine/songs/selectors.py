"""How people name a song's parts: by number, by name, or by channel (`ch10`). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starling.engine.songs.song import Song, Track
from starling.models.errors import InputError

CHANNEL = re.compile(r"ch(?:annel)?\s*(\d{1,2})", re.IGNORECASE)
LISTED = 20  # parts that a sentence shows


def find(song: Song, selector: int | str, source: str) -> list[Track]:
    """The parts that a number, a name or a channel means, at least one.

    A name and a channel may mean several. Raises InputError that lists the parts; `source` begins
    the sentence.
    """
    text = str(selector).strip()
    named = [track for track in song.tracks.values() if track.name.lower() == text.lower()]
    by_channel = CHANNEL.fullmatch(text)
    if text.isdecimal():
        found = [song.tracks[int(text)]] if int(text) in song.tracks else []
    elif by_channel and not named:
        found = [t for t in song.tracks.values() if t.channel == int(by_channel[1])]
    else:
        found = named
    if not found:
        what = f"channel {by_channel[1]}" if by_channel else f"part {text}"
        raise InputError(
            f"{source}: {what} of {song.name} has no notes; those with notes: "
            f"{listed(list(song.tracks.values()))}"
        )
    return found


def listed(tracks: Sequence[Track]) -> str:
    """Parts for people: number, name, and the channel where it is another number."""
    shown = [shown_part(track) for track in tracks[:LISTED]]
    more = f" and {len(tracks) - LISTED} more" if len(tracks) > LISTED else ""
    return ", ".join(shown) + more


def shown_part(track: Track) -> str:
    """One part for people: `2 Lead (channel 1)`."""
    channel = f" (channel {track.channel})" if track.channel != track.number else ""
    return f"{track.number} {track.name}".strip() + channel
