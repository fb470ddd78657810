import random

import pytest

from rocov2.errors import SourceError
from rocov2.net import meter
from rocov2.net.meter import Health, Pace


class Clock:
    """Time as the test wants it."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(meter, "time", made)
    return made


def second(pace, clock, good=0, slowed=0):
    """A second with that many answers."""
    for number in range(good + slowed):
        clock.now += 1.01 / (good + slowed)
        pace.answered(slowed=number < slowed)


def test_requests_are_spaced_to_the_ceiling(clock):
    pace = Pace(10.0)
    started = clock.now
    for _ in range(21):
        pace.wait()
    assert clock.now - started == pytest.approx(2.0)


def test_no_ceiling_means_no_waiting(clock):
    pace = Pace(None)
    pace.wait()
    assert clock.now == 100.0


def test_many_refusals_halve_the_pace_and_quiet_seconds_restore_it(clock):
    pace = Pace(40.0)
    second(pace, clock, good=20, slowed=20)
    assert pace.rate == pytest.approx(20.0)
    for _ in range(10):
        second(pace, clock, good=10)
    assert pace.rate == 40.0


def test_a_few_refusals_are_ordinary_noise(clock):
    pace = Pace(40.0)
    second(pace, clock, good=38, slowed=2)
    assert pace.rate == 40.0


def test_an_unlimited_source_is_slowed_from_what_it_was_seen_to_do(clock):
    pace = Pace(None)
    second(pace, clock, good=100, slowed=100)
    assert pace.rate == pytest.approx(100.0, rel=0.1)
    for _ in range(12):
        second(pace, clock, good=10)
    assert pace.rate is None


def test_the_pace_never_falls_to_nothing(clock):
    pace = Pace(4.0)
    for _ in range(9):
        second(pace, clock, slowed=4)
    assert pace.rate == meter.SLOWEST


def test_five_percent_failures_are_borne_and_six_are_not():
    health = Health()
    for number in range(1000):
        health.record(failed=number % 20 == 0)
    health.check("here")
    for number in range(1000):
        health.record(failed=number % 16 == 0)
    with pytest.raises(SourceError, match="of the last 1000"):
        health.check("here")


def test_a_handful_of_failures_in_a_small_run_does_not_stop_it():
    health = Health()
    for number in range(40):
        health.record(failed=number % 2 == 0)
    health.check("here")


@pytest.mark.parametrize("answers", [5, 20, 50, 300])
def test_five_percent_of_refusals_by_chance_cost_nothing_of_the_pace(clock, answers):
    pace, draw = Pace(float(answers)), random.Random(7)
    rates = []
    for _ in range(300):
        slowed = sum(draw.random() < 0.05 for _ in range(answers))
        second(pace, clock, good=answers - slowed, slowed=slowed)
        rates.append(pace.rate)
    assert sum(rates) / len(rates) > 0.95 * answers
