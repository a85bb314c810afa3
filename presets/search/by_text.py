"""Search by one field of text: presets whose words match, then those whose sound is meant."""

from __future__ import annotations

from starling.models.errors import InputError
from starling.presets.library.database import LibraryDatabase, SearchHit
from starling.presets.library.text_query import TERM
from starling.presets.search.by_sound import MAX_K, search_words


def find(library: LibraryDatabase, text: str, k: int) -> list[SearchHit]:
    """The k best presets: by letters first, with score 0, then by what the free words mean.

    Terms with a field or a minus (`tag:pad`, `-dark`) hold for both. Raises as
    `LibraryDatabase.find`.
    """
    hits = library.find(text, k)
    free, fields = _parts(text)
    if len(hits) >= k or not free:
        return hits
    try:
        meant = search_words(library, free, min(MAX_K, k + len(hits)), fields)
    except InputError:  # words that mean no sound: their letters were looked for
        return hits
    known = {hit.preset for hit in hits}
    return [*hits, *(hit for hit in meant if hit.preset not in known)][:k]


def _parts(text: str) -> tuple[str, str]:
    """The free words of a text, and its other terms as a filter.

    >>> _parts("warm pad synth:amsynth -dark")
    ('warm pad', 'synth:amsynth -dark')
    """
    found = list(TERM.finditer(text))
    free = [match for match in found if not match["field"] and not match["minus"]]
    words = " ".join(match["quoted"] or match["plain"] or "" for match in free)
    return words, " ".join(match[0] for match in found if match not in free)
