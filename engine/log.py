"""The engine's log: one JSON object a line, in files that rotate. Nothing is sent anywhere."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
import time
from contextlib import suppress
from pathlib import Path

from starling.models import obstacles

LOGGER = logging.getLogger("starling.engine")
FILE = "engine.jsonl"
CLI_FILE = "commands.jsonl"  # another process must not rotate the engine's
FILE_BYTES = 1_000_000  # some 5,000 lines a file
OLD_FILES = 4


class JsonLines(logging.Formatter):
    """Formats a record as JSON: time (UTC), level, event, and what `event` was given."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the text holds."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def open_log(folder: Path, name: str = FILE, *, console: bool = False) -> list[logging.Handler]:
    """Send the log to rotating files in `folder`, and to stderr if `console`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):  # what a user plays is no one else's business
        folder.chmod(0o700)
    obstacles.clear(folder / name)
    handlers: list[logging.Handler] = [
        logging.handlers.RotatingFileHandler(
            folder / name, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True
        )
    ]
    handlers += [logging.StreamHandler(sys.stderr)] if console else []
    for handler in handlers:
        handler.setFormatter(JsonLines())
        LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    return handlers


def close_log(handlers: list[logging.Handler]) -> None:
    """Undo `open_log`."""
    for handler in handlers:
        LOGGER.removeHandler(handler)
        handler.close()


def event(name: str, /, *, level: int = logging.INFO, **fields: object) -> None:
    """Log an event, with the fields that explain it."""
    LOGGER.log(level, name, extra={"fields": fields})


def fault(name: str, exc: BaseException, /, **fields: object) -> None:
    """Log an unforeseen exception, with its traceback."""
    LOGGER.error(name, exc_info=exc, extra={"fields": fields})
