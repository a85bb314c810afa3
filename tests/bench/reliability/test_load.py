"""The bench of load in its short form: nothing is lost."""

import sys
from pathlib import Path

import pytest
from bench_load import KINDS, NEW_SHARE, measure, rate_of


def test_all_clients_offer_what_is_meant() -> None:
    rates = [rate_of(number, 64, 1_000) for number in range(64)]
    assert sum(rates) == pytest.approx(1_000)
    assert sum(rates[::8]) == pytest.approx(1_000 * NEW_SHARE)
    assert rate_of(0, 1, 10) == 10 * NEW_SHARE


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_of_a_small_load_nothing_is_lost(tmp_path: Path) -> None:
    pytest.importorskip("dexed")
    figures = measure(tmp_path, clients=8, rate=40, seconds=2.0, junk=500, idle_count=10)
    assert (figures["lost"], figures["refused"], figures["tracebacks"]) == (0, {}, 0)
    assert figures["answered"] in range(60, 100)
    assert isinstance(figures["junk"], int) and figures["junk"] > 500
    assert figures["scans"]
    for kind in KINDS[:2]:
        assert 0 < float(str(figures[f"{kind}_p99_ms"])) < 60_000
    assert 50 < float(str(figures["memory_after_mib"])) < 4_000
