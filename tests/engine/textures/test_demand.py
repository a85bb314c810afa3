import pytest

from starling.engine.textures.demand import LATE_S, SILENT_S, Demand, Load

RATE = 16_000


def test_a_player_that_moves_on_without_its_frames_is_late() -> None:
    demand = Demand(RATE, heard=0.0)
    demand.pace(0.0, 4_000, 0)
    assert not demand.late, "it has just begun"
    demand.pace(0.1, 5_600, 3_000)
    assert demand.late
    demand.pace(0.2, 5_600, 4_500)
    assert demand.late, "it stands still until it has what it wanted"
    demand.pace(0.3, 7_200, 5_600)
    assert not demand.late


def test_a_client_that_waits_is_never_late() -> None:
    demand = Demand(RATE, heard=0.0)
    for step in range(10):
        demand.pace(step / 10, RATE * (step + 2), RATE * step // 2)
        assert demand.waits and not demand.late
    demand.pace(1.0, RATE * 11, RATE * 11)
    assert not demand.waits


def test_the_consumption_is_that_of_the_pitch() -> None:
    demand = Demand(RATE, heard=0.0)
    for step in range(50):
        demand.pace(step / 50, 4_000 + step * 640, 99_999)
    assert demand.consumption == pytest.approx(2.0)


def test_what_was_wanted_is_never_taken_back() -> None:
    demand = Demand(RATE, heard=0.0)
    demand.pace(0.0, 9_000, 0)
    demand.pace(0.1, 100, 0)
    assert demand.until == 9_000


def test_a_client_that_says_nothing_is_silent() -> None:
    demand = Demand(RATE, heard=5.0)
    assert not demand.is_silent(5.0 + SILENT_S)
    assert demand.is_silent(5.1 + SILENT_S)


def loaded(speed: float) -> Load:
    load = Load()
    load.rendered(speed, 1.0)
    return load


def late(consumption: float) -> Demand:
    return Demand(RATE, 0.0, until=9, late=True, consumption=consumption)


def test_it_is_too_much_when_more_is_played_than_rendered_for_a_while() -> None:
    load = loaded(2.0)
    played = [late(1.0), late(1.0)]
    assert not load.is_too_much(0.0, played)
    assert not load.is_too_much(LATE_S - 0.01, played)
    assert load.is_too_much(LATE_S, played)
    assert not load.is_too_much(LATE_S + 0.1, played), "the others get a chance"
    assert load.is_too_much(LATE_S + 0.3, played)


def test_the_only_note_ends_only_where_it_is_hopeless() -> None:
    def ends(speed: float) -> bool:
        load = loaded(speed)
        return any(load.is_too_much(at / 10, [late(1.0)]) for at in range(50))

    assert not ends(0.6) and ends(0.4)


def test_a_machine_that_is_fast_enough_ends_nothing() -> None:
    load = loaded(2.2)
    assert not any(load.is_too_much(at / 10, [late(1.0), late(1.0)]) for at in range(50))


def test_lateness_must_last() -> None:
    load = loaded(0.5)
    for at in range(40):
        assert not load.is_too_much(at * 0.4, [late(1.0), late(1.0)])
        assert not load.is_too_much(at * 0.4 + 0.2, [late(1.0), late(1.0)])
        assert not load.is_too_much(at * 0.4 + 0.39, [Demand(RATE, 0.0, consumption=1.0)])


def test_a_short_break_is_no_recovery() -> None:
    load, ended = loaded(0.5), 0
    for at in range(20):
        ended += load.is_too_much(at * 0.2, [late(1.0), late(1.0)])
        ended += load.is_too_much(at * 0.2 + 0.18, [late(1.0), late(1.0)])
        load.is_too_much(at * 0.2 + 0.19, [Demand(RATE, 0.0, consumption=1.0)])
    assert ended >= 2


def test_the_speed_follows_what_was_measured() -> None:
    load = Load()
    load.rendered(0.2, 0.1)
    assert load.speed == pytest.approx(2.0)
    for _ in range(50):
        load.rendered(0.2, 0.4)
    assert load.speed == pytest.approx(0.5, rel=0.01)
