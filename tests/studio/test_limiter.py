"""Tests the limiter: how many threads enter at once, and its error's message."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ganlib import UserError
from studio.limiter import Limiter


def test_who_finds_no_room_is_told_what_is_being_done():
    limiter = Limiter(2, "lab reports are being written", patience=0.01)
    with limiter, limiter:
        told = r"^Too many lab reports are being written right now; try again in a minute\.$"
        with pytest.raises(UserError, match=told), limiter:
            pytest.fail("a third was let in")
    with limiter:  # a thread may enter again
        pass


def test_room_is_given_back_after_an_error():
    limiter = Limiter(1, "runs are being packed", patience=0.01)
    with pytest.raises(ZeroDivisionError), limiter:
        1 / 0  # noqa: B018
    with limiter:
        pass


def test_who_waits_is_let_in_when_another_leaves():
    limiter, order = Limiter(1, "animations are being drawn"), []
    begun = threading.Event()

    def second():
        begun.set()
        with limiter:
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        with limiter:
            waiting = pool.submit(second)
            assert begun.wait(10)
            order.append("first")
        waiting.result(10)
    assert order == ["first", "second"]
