"""Where the public recordings that Starling trains on come from: file names to licence.

A card states the origin of each training file through this table; files of a user's own folder
that match none are counted as "not stated".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One set of recordings, as its repository describes it.

    `prefix` is a regular expression for how its file names begin.
    """

    prefix: str
    repository: str
    licence: str
    attribution: str


SOURCES = (
    Source(
        "tr808-fischer_",
        "https://github.com/tidalcycles/sounds-tr808-fischer",
        "CC0-1.0",
        "Michael Fischer, 1994",
    ),
    Source(
        "oramics-",
        "https://github.com/oramics/sampled (DM: CR-78, LM-2, MRK-2, TR-505)",
        "public domain (README of each machine)",
        "oramics/sampled",
    ),
    Source(
        "smpldsnds-",
        "https://github.com/smpldsnds/drum-machines",
        "public domain (README, without further provenance)",
        "smpldsnds/drum-machines",
    ),
    Source(
        "samplepi_",
        "https://github.com/alex-esc/sample-pi",
        "CC0-1.0",
        "samples of Sonic Pi, from Freesound (credits in the repository)",
    ),
    Source(
        "gogodze_",
        "https://github.com/sfzinstruments/karoryfer.gogodze-phu-vol-ii",
        "CC0-1.0",
        "Karoryfer Lecolds, 2018",
    ),
    Source(
        "[BFI]_[A-Z]{3}[0-9]{2}_(EU|MC)_[FM][IN]_[A-Z]{3}[0-9]{2}_",
        "https://zenodo.org/records/4008297",
        "CC-BY-4.0",
        "CatMeows: L. A. Ludovico, S. Ntalampiras, G. Presti, S. Cannas, M. Battini, S. Mattiello, "
        "doi:10.5281/zenodo.4008297",
    ),
)
NOT_STATED = Source("", "not stated", "not stated", "not stated")


def source_of(stem: str) -> Source:
    """The source whose names begin as this file's.

    >>> source_of("gogodze_ks-vl1-rr1").licence
    'CC0-1.0'
    """
    return next((source for source in SOURCES if re.match(source.prefix, stem)), NOT_STATED)


def attribution(stems: Iterable[str]) -> list[dict[str, str | int]]:
    """One entry per source with its number of files, for the card."""
    counts = Counter(source_of(stem) for stem in stems)
    return [
        {**asdict(source), "files": count}
        for source, count in sorted(counts.items(), key=lambda pair: pair[0].prefix)
    ]
