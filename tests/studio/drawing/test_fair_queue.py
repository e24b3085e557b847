"""Tests the drawing queue: turns, shared calls, capacity and places, with a fake clock."""

import numpy as np
import pytest

from studio.drawing.fair_queue import ABSENCE, MOST_PLACES, Busy, FairQueue, Piece, Visitor
from studio.library import Library

PICTURE = 28 * 28


@pytest.fixture(scope="module")
def entry(lasting_run):
    lasting_run("tiny")
    return Library(lasting_run.args[0]).find("tiny")


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def queue(clock):
    """A queue for a hundred pictures."""
    return FairQueue(100 * PICTURE, lambda: clock[0])


@pytest.fixture
def pieces(entry):
    """Returns pieces with these numbers of pictures, of the last snapshot or another."""

    def pieces(*sizes, moment=-1):
        return [Piece(entry, entry.snapshots[moment], np.zeros((num, 8), "f4"), np.zeros(num, int)) for num in sizes]

    return pieces


def at_home(token):
    """Returns a visitor with an address of their own."""
    return Visitor(f"{token}'s", token)


@pytest.fixture
def place(queue, pieces):
    """Queues a request; returns the visitor's place in the waiting line, or None if it is admitted."""

    def place(visitor, num):
        try:
            queue.put(visitor if isinstance(visitor, Visitor) else at_home(visitor), pieces(num))
        except Busy as busy:
            return busy.place

    return place


class TestTurns:
    def test_visitors_take_turns_a_piece_each(self, queue, pieces):
        greedy, ann, bob = pieces(10, 10, 10), pieces(10), pieces(10, 10)
        for visitor, wanted in (("greedy", greedy), ("ann", ann), ("bob", bob)):
            queue.put(at_home(visitor), wanted)
        order = [*queue.take(10), *queue.take(10), *queue.take(10), *queue.take(10), *queue.take(10), *queue.take(10)]
        assert order == [greedy[0], ann[0], bob[0], greedy[1], bob[1], greedy[2]]
        assert queue.take(10) == []

    def test_who_asks_more_often_has_no_more_turns(self, queue, pieces):
        greedy, ann = pieces(*[5] * 8), pieces(5)
        for piece in greedy:
            queue.put(at_home("greedy"), [piece])
        queue.put(at_home("ann"), ann)
        assert queue.take(5) == greedy[:1] and queue.take(5) == ann

    def test_what_joins_is_taken_together_up_to_a_bound(self, queue, pieces):
        ann, bob, eve = pieces(10, 10), pieces(10), pieces(30)
        for visitor, wanted in (("ann", ann), ("bob", bob), ("eve", eve)):
            queue.put(at_home(visitor), wanted)
        assert queue.take(32) == [ann[0], bob[0], ann[1]] and queue.take(32) == eve

    def test_another_snapshot_waits_for_a_call_of_its_own(self, queue, pieces):
        ann, bob, eve = pieces(1), pieces(1, moment=0), pieces(1)
        for visitor, wanted in (("ann", ann), ("bob", bob), ("eve", eve)):
            queue.put(at_home(visitor), wanted)
        assert queue.take(64) == [*ann, *eve] and queue.take(64) == bob

    def test_a_run_that_was_written_anew_does_not_join_its_former_self(self, make_run, checkpoints, queue):
        run, library = make_run(), Library(checkpoints)
        former = library.find("tiny")
        run.save_snapshot(run.generator(run.snapshots()[0]), 256)
        for visitor, entry in (("ann", former), ("bob", library.find("tiny"))):
            queue.put(at_home(visitor), [Piece(entry, former.snapshots[0], np.zeros((1, 8), "f4"), np.zeros(1, int))])
        assert len(queue.take(64)) == 1


class TestRoom:
    def test_who_finds_none_is_told_a_place_in_the_order_of_coming(self, place):
        assert [place(visitor, 40) for visitor in ("ann", "bob", "eve", "joe")] == [None, None, 1, 2]
        assert place("eve", 40) == 1 and place("joe", 40) == 2

    def test_who_stands_first_is_let_in_before_who_comes_later(self, queue, place):
        for visitor in ("ann", "bob", "eve"):
            place(visitor, 40)
        queue.take(40)  # forty pictures are drawn, which leaves room for one request
        assert place("joe", 40) == 2 and place("eve", 40) is None and place("joe", 40) == 1

    def test_a_small_wish_passes_where_room_is_left_beside_those_ahead(self, place):
        for visitor, num in (("ann", 30), ("bob", 30), ("eve", 45)):
            place(visitor, num)
        assert place("joe", 1) == 2  # eve's forty-five don't fit yet, and are before joe's
        assert place("eve", 30) is None and place("joe", 10) is None

    def test_who_stays_away_loses_the_place(self, queue, clock, place):
        for visitor in ("ann", "bob", "eve"):
            place(visitor, 40)
        clock[0] += ABSENCE / 2
        assert place("joe", 40) == 2
        clock[0] += ABSENCE / 2 + 0.1
        assert place("joe", 40) == 1

    def test_one_visitor_has_half_of_it(self, place):
        assert place("greedy", 30) is None and place("greedy", 30) == 1
        assert place("ann", 40) is None and place("greedy", 20) is None

    def test_what_is_larger_than_all_of_it_waits_alone(self, queue, place):
        assert place("ann", 500) is None and place("bob", 1) == 1
        queue.take(1)
        assert place("bob", 500) is None

    @pytest.mark.slow
    def test_the_line_is_bounded(self, place):
        place("ann", 500)
        assert [place(number, 1) for number in range(MOST_PLACES + 2)][-2:] == [MOST_PLACES + 1] * 2
        assert place(0, 1) == 1
