"""Names from untrusted files, made fit to store, to send and to show on one line. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MAX_NAME = 200  # characters of a name, a bank, an author, a reason
MAX_TAG = 40
MAX_TAGS = 12  # with a name and a bank, and four bytes a character, half of a datagram
UNFIT = {"Cc", "Cs", "Zl", "Zp"}  # control characters, lone surrogates, line ends


def cleaned(text: str, most: int = MAX_NAME) -> str:
    r"""The text on one line, without control characters, of at most `most` characters.

    >>> cleaned(" Warm\0 \nPad\ud800 ")
    'Warm Pad'
    """
    start = text[: 4 * most]  # what is further back could only come up behind many blanks
    fit = (" " if unicodedata.category(letter) in UNFIT else letter for letter in start)
    return " ".join("".join(fit).split())[:most].rstrip()


def cleaned_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """At most MAX_TAGS different tags, each cleaned and without commas, which separate them."""
    fit = (cleaned(tag.replace(",", " "), MAX_TAG) for tag in tags)
    return tuple(dict.fromkeys(filter(None, fit)))[:MAX_TAGS]
