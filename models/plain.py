"""Text of strangers (names in files, names of files), made fit to show: never interpreted. Pure.

`plain` is for terminals and logs, where control characters are commands; `plain_label` for figures,
where dollar signs set mathematics. Markup of tables is switched off where the tables are made.
"""

from __future__ import annotations

import unicodedata

__all__ = ["plain", "plain_label"]

COMMANDS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, lone surrogates, line ends
DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
SHOWN = "\N{REPLACEMENT CHARACTER}"


def plain(text: str, keep: str = "\n\t") -> str:
    r"""The text with what a terminal would obey replaced, but for the characters in `keep`.

    >>> plain("\x1b[31mBass")
    '\ufffd[31mBass'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(SHOWN if _is_command(each) and each not in keep else each for each in text)


def plain_label(text: str) -> str:
    r"""A label of a figure: one line, and dollars are dollars.

    >>> plain_label("$100 Bass$")
    '\\$100 Bass\\$'
    """
    return plain(text, keep="").replace("$", r"\$")


def _is_command(letter: str) -> bool:
    return letter in DIRECTIONS or unicodedata.category(letter) in COMMANDS
