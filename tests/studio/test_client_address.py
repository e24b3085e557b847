"""Tests that limits go by client address: inventing tokens gains nothing."""

import numpy as np
import pytest

from studio.client_address import address_of
from studio.drawing.fair_queue import MOST_PLACES, Busy, FairQueue, Piece, Visitor
from studio.library import Library

PICTURE = 28 * 28


@pytest.fixture
def queue():
    """A queue for a hundred pictures."""
    return FairQueue(100 * PICTURE, lambda: 0.0)


@pytest.fixture(scope="module")
def entry(lasting_run):
    lasting_run("tiny")
    return Library(lasting_run.args[0]).find("tiny")


@pytest.fixture
def ask(queue, entry):
    """Requests pictures; returns the queued piece, or the place in the waiting line."""

    def ask(address, token, num):
        piece = Piece(entry, entry.snapshots[-1], np.zeros((num, 8), "f4"), np.zeros(num, int))
        try:
            queue.put(Visitor(address, token), [piece])
        except Busy as busy:
            return busy.place
        return piece

    return ask


class TestShares:
    def test_a_turn_is_an_addresss_and_within_it_a_visitors(self, queue, ask):
        crowd = [ask("school", pupil, 10) for pupil in range(3)]
        more, ann = ask("school", 0, 10), ask("home", "ann", 10)
        order = [piece for _ in range(5) for piece in queue.take(10)]
        assert order == [crowd[0], ann, crowd[1], crowd[2], more]

    def test_many_tokens_leave_room_for_others(self, ask):
        answers = [ask("greedy", token, 5) for token in range(100)]
        assert sum(isinstance(answer, Piece) for answer in answers) == 15
        assert isinstance(ask("home", "ann", 25), Piece)

    def test_who_comes_later_from_elsewhere_stands_before_the_second_of_an_address(self, queue, ask):
        for token in range(50):
            ask("greedy", token, 25)
        assert isinstance(ask("home", "ann", 25), Piece)
        assert ask("elsewhere", "bob", 10) == 2 and ask("greedy", 49, 25) == 48
        queue.take(25), queue.take(25)  # greedy's and ann's: there is room for bob besides the one before him
        assert isinstance(ask("elsewhere", "bob", 10), Piece)

    @pytest.mark.slow
    def test_a_line_that_is_full_of_one_address_has_places_for_others(self, ask):
        ask("greedy", "first", 500)
        for token in range(MOST_PLACES):
            ask("greedy", token, 1)
        assert ask("home", "ann", 1) == 2 and ask("greedy", MOST_PLACES - 1, 1) == MOST_PLACES + 1

    def test_a_class_at_one_address_is_let_in_in_its_order(self, queue, ask):
        answers = [ask("school", pupil, 25) for pupil in range(5)]
        assert answers[3:] == [1, 2]
        queue.take(25)
        assert ask("school", 4, 25) == 2 and isinstance(ask("school", 3, 25), Piece)


class TestAddresses:
    @staticmethod
    def of(host, *forwarded):
        headers = [(b"x-forwarded-for", names.encode()) for names in forwarded]
        return address_of({"type": "http", "client": (host, 1), "headers": headers})

    def test_a_header_is_not_believed(self):
        assert self.of("9.9.9.9", "8.8.8.8") == "9.9.9.9"

    @pytest.mark.parametrize(
        ("forwarded", "address"),
        [
            (["8.8.8.8"], "8.8.8.8"),
            (["1.1.1.1, 8.8.8.8"], "8.8.8.8"),
            (["1.1.1.1", "8.8.8.8, 10.0.0.7, 127.0.0.1"], "8.8.8.8"),
            (["8.8.8.8, <b>"], "8.8.8.8"),
            (["10.0.0.7"], "10.1.1.1"),
            (["", ",", "::::"], "10.1.1.1"),
            ([], "10.1.1.1"),
        ],
    )
    def test_on_a_space_the_last_public_address_counts(self, monkeypatch, forwarded, address):
        monkeypatch.setenv("SPACE_ID", "someone/gan")
        assert self.of("10.1.1.1", *forwarded) == address

    def test_a_network_of_ipv6_is_one_address(self):
        assert self.of("2a00:1450:4001:81b::1") == self.of("2a00:1450:4001:81b:ffff::2") != self.of("2a00:1450:4001:81c::1")
        assert self.of("::ffff:9.9.9.9") == "9.9.9.9"

    def test_who_has_none_is_one_visitor(self):
        assert self.of("testclient") == "testclient" and address_of({"type": "http", "client": None, "headers": []}) == ""
