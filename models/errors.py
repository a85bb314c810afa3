"""Every error that Starling raises on purpose. One tree; no other module defines exceptions.

    StarlingError            a sentence for the user; CLI exit code 1, `/starling/fail` on the wire
    ├── InputError           the caller's mistake: names the field, the value and what is allowed
    │   └── ParseError       a file or packet that is not what it claims to be
    ├── MissingError         something is not installed or not on disk; says how to fix it
    ├── PluginError          a third-party plugin crashed, hung or made no sound
    └── CancelledError       the user cancelled, or a deadline passed

It lives here because `models` stands at the bottom of the import order, so all three packages may
import it. `code` is the machine-readable word that travels in `/starling/fail`.
"""

from starling.models.plain import plain


class StarlingError(Exception):
    """Carries a sentence for the user and a `code` for scripts.

    What strangers' names and files have brought into the sentence is made plain: no terminal and
    no message takes control characters as such.

    >>> InputError("seed must be 0..2147483647, got -1", code="bad_seed").code
    'bad_seed'
    """

    default_code = "internal"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(plain(sentence))
        self.code = code or self.default_code


class InputError(StarlingError, ValueError):
    """The caller's mistake: the sentence names the field, the value and what is allowed."""

    default_code = "bad_arguments"


class ParseError(InputError):
    """A file or packet is not what it claims to be."""

    default_code = "bad_file"


class MissingError(StarlingError):
    """Something needed is absent; the sentence says what and which command brings it."""

    default_code = "missing"


class PluginError(StarlingError):
    """A third-party plugin crashed, hung or made no sound; the process that hosted it is gone."""

    default_code = "plugin_failed"


class CancelledError(StarlingError):
    """The user cancelled the work, or its deadline passed; nothing half-written remains."""

    default_code = "cancelled"
