"""What a figure was measured on: the processor, its instruction sets, the threads used."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
# What numerical libraries choose their code by, weakest first: Linux's name and the common one.
INSTRUCTION_SETS = {
    "sse4_2": "sse4_2",
    "avx": "avx",
    "f16c": "f16c",
    "fma": "fma",
    "avx2": "avx2",
    "avx_vnni": "avx_vnni",
    "avx512f": "avx512f",
    "avx512_vnni": "avx512_vnni",
    "avx512_bf16": "avx512_bf16",
    "amx_tile": "amx",
    "asimd": "neon",
    "asimddp": "dotprod",
    "i8mm": "i8mm",
    "sve": "sve",
    "sve2": "sve2",
}
Facts = dict[str, object]


def machine(threads: int | None = None) -> Facts:
    """The facts that every bench adds to its figures; `threads` are all cores if not given.

    `cores` counts those that this process may use, which a container may limit.
    """
    fields = cpu_fields(CPU_INFO.read_text("utf-8") if CPU_INFO.is_file() else "")
    return {
        "processor": processor(fields),
        "instruction_sets": instruction_sets(fields),
        "threads": threads or cores(),
        "cores": cores(),
    }


def cores() -> int:
    """How many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def cpu_fields(text: str) -> dict[str, str]:
    """The fields of the first processor in Linux's /proc/cpuinfo."""
    first = text.strip().split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def processor(fields: dict[str, str]) -> str:
    """The processor's model, as the system calls it; the machine's kind where it says nothing.

    Virtual machines often hide the model's number; family, model and stepping tell what it is.
    """
    if name := fields.get("model name"):
        numbers = [fields.get(key, "?") for key in ("cpu family", "model", "stepping")]
        return f"{name} ({'.'.join(numbers)})" if "model" in fields else name
    return apple_brand() or platform.processor() or platform.machine()


def instruction_sets(fields: dict[str, str]) -> list[str]:
    """Those of INSTRUCTION_SETS that the processor has; of a Mac's, what all of them have."""
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    found = [common for name, common in INSTRUCTION_SETS.items() if name in flags]
    return found or (["neon"] if platform.machine() in ("arm64", "aarch64") else [])


def apple_brand() -> str:
    """The processor's model on a Mac, elsewhere nothing."""
    if sys.platform != "darwin":
        return ""
    command = ("sysctl", "-n", "machdep.cpu.brand_string")
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
