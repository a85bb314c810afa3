import json
import threading
from pathlib import Path

import pytest

from starling.engine import log, threads


class Panic(BaseException):
    """What a library in Rust raises."""


@pytest.mark.parametrize("fault", [ZeroDivisionError("0"), SystemExit(3), Panic("unwrap")])
def test_a_thread_goes_on_after_a_fault_which_is_logged(
    fault: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "RESTART_S", 0.01)
    began = threading.Semaphore(0)
    runs: list[int] = []

    def loop() -> None:
        runs.append(1)
        began.release()
        if len(runs) < 3:
            raise fault

    handlers = log.open_log(tmp_path)
    thread = threads.start("test", loop)
    thread.join(10)
    log.close_log(handlers)
    assert not thread.is_alive() and len(runs) == 3
    lines = [json.loads(line) for line in (tmp_path / log.FILE).read_text().splitlines()]
    assert [line["thread"] for line in lines] == ["test", "test"]
    assert type(fault).__name__ in lines[0]["traceback"]
