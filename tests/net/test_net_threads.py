"""Calls in threads whose results come as they are done."""

import threading
import time

import pytest

from rocov2.net.threads import map_as_done


def test_every_item_has_one_result_and_a_slow_one_holds_up_nobody():
    def slowly(number):
        time.sleep(0.3 if number == 0 else 0)
        return number

    found = list(map_as_done(slowly, range(100), 4))
    assert (sorted(found), found[-1]) == (list(range(100)), 0)


@pytest.mark.parametrize("items", [[1, 0], range(50, -1, -1)])
def test_an_error_is_raised_where_the_results_are_read(items):
    with pytest.raises(ZeroDivisionError):
        list(map_as_done(lambda number: 1 / number, items, 3))


def test_whoever_stops_reading_stops_the_calls():
    called, before = [], threading.active_count()
    results = map_as_done(called.append, iter(range(10_000)), 2)
    next(results)
    results.close()
    assert len(called) < 100
    assert threading.active_count() == before
