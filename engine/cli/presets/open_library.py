"""The user's library, open for as long as a command needs it."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING

from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.engine.server.preset_browser import Browser


def opened_browser() -> AbstractContextManager[Browser]:
    """Open the library for searches and single presets; leaving the block closes it."""
    from starling.engine.server.preset_browser import Browser

    return closing(Browser(folders().library))
