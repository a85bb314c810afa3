"""Processes that nobody waits for let those go first that somebody waits for."""

from __future__ import annotations

import os
import subprocess
import sys

__all__ = ["NICENESS", "creation_flags", "give_way"]

NICENESS = 10  # of a scan: a tenth of a core where others want all of it, a whole one where not
LAST = 19  # the system's largest


def give_way(niceness: int, process: int = 0) -> None:
    """Let other processes of the machine go before one (0: this one), as `nice` does.

    A process that it starts afterwards inherits that. Linux may compare nice values within a
    session only (autogroups): of the engine's scans with the engine, not of two terminals.
    Where another process is meant, Windows needs `creation_flags` at its start instead.
    """
    if sys.platform == "win32":
        import ctypes

        if niceness and not process:
            this = ctypes.c_void_p(-1)  # GetCurrentProcess
            flags = subprocess.BELOW_NORMAL_PRIORITY_CLASS
            ctypes.windll.kernel32.SetPriorityClass(this, flags)
    elif niceness:
        before = os.getpriority(os.PRIO_PROCESS, process)
        os.setpriority(os.PRIO_PROCESS, process, min(LAST, before + niceness))


def creation_flags(niceness: int) -> int:
    """What a process is started with on Windows so that it gives way; 0 elsewhere."""
    if sys.platform == "win32" and niceness:
        return subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return 0
