"""THE table of verbs: what a client may request, and what it gets. Pure data; no code but this.

In: the rows in `tables`, by subject; this is where the wire is written down. Out: `VERBS`, from
which `build.py docs` makes `requests.py`, `request_readers.py`, docs/osc.md and Protocol.h. Next:
`udp`, which receives them. A new verb goes into one of the tables and into server/handlers.py;
codec and tests follow.
"""

from __future__ import annotations

from starling.engine.wire.tables.music_verbs import MUSIC_VERBS
from starling.engine.wire.tables.preset_verbs import PRESET_VERBS
from starling.engine.wire.tables.session_verbs import SESSION_VERBS
from starling.engine.wire.tables.sound_verbs import SOUND_VERBS
from starling.engine.wire.tables.texture_verbs import TEXTURE_VERBS
from starling.engine.wire.tables.verb import Verb

COMMON_FAILS = (
    *("bad_arguments", "bad_packet", "unknown_verb", "too_many_requests", "no_memory"),
    *("no_access", "internal"),
)

VERBS: tuple[Verb, ...] = (
    *SESSION_VERBS,
    *SOUND_VERBS,
    *TEXTURE_VERBS,
    *MUSIC_VERBS,
    *PRESET_VERBS,
)
