import json
import logging
from pathlib import Path

from starling.engine import log


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / log.FILE).read_text().splitlines()]


def test_an_event_is_one_line_of_json(tmp_path: Path) -> None:
    handlers = log.open_log(tmp_path)
    log.event("client joined", name='a "daw"\n', client=("127.0.0.1", 5))
    log.event("odd", level=logging.WARNING, path=tmp_path)
    log.close_log(handlers)
    first, second = lines(tmp_path)
    assert first["event"] == "client joined" and first["name"] == 'a "daw"\n'
    assert second["level"] == "warning" and second["path"] == str(tmp_path)
    assert str(first["time"]).endswith("Z")


def test_a_fault_carries_its_traceback(tmp_path: Path) -> None:
    handlers = log.open_log(tmp_path)
    try:
        raise ZeroDivisionError("one over nought")
    except ZeroDivisionError as exc:
        log.fault("fault in a job", exc, verb="generate")
    log.close_log(handlers)
    [line] = lines(tmp_path)
    assert "ZeroDivisionError: one over nought" in str(line["traceback"])
    assert line["verb"] == "generate"


def test_files_rotate_and_old_ones_go(tmp_path: Path) -> None:
    handlers = log.open_log(tmp_path)
    for _ in range(60):
        log.event("long", text="x" * (log.FILE_BYTES // 10))
    log.close_log(handlers)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [log.FILE, *(f"{log.FILE}.{n}" for n in range(1, log.OLD_FILES + 1))]
    assert all(path.stat().st_size <= log.FILE_BYTES for path in tmp_path.iterdir())
