"""A bounded queue of drawing requests that takes turns among addresses and visitors."""

import itertools
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import numpy as np

from ganlib import UserError, sizes
from ganlib.runs.run import Snapshot
from studio.library import Entry

AGAIN = 1  # seconds until a refused visitor must retry
ABSENCE = 5.0  # seconds without a retry after which a visitor loses the place
MOST_PLACES = 1000  # visitors who wait to retry
OF_VISITOR, OF_ADDRESS = 1 / 2, 3 / 4  # largest share of the queue per visitor and per address


class Busy(UserError):
    """The queue is full. `place`, from 1, is the visitor's place among those who retry."""

    def __init__(self, place: int):
        super().__init__(f"The server is busy: you have place {place} in the line; ask again in {AGAIN} s.")
        self.place = place


@dataclass(frozen=True, eq=False)
class Piece:
    """Latents of one snapshot that fit into one call of its generator; or other work that takes as long as drawing them."""

    entry: Entry
    snapshot: Snapshot
    z: np.ndarray  # (N, dim), truncated
    labels: np.ndarray | None  # (N,)
    drawn: Future[Any] = field(default_factory=Future)  # uint8 (N, C, H, W), or what `work` returns
    work: Callable[[], Any] | None = None  # done instead of drawing, by itself

    @property
    def pixels(self) -> int:
        return len(self.z) * sizes.pixels(self.entry.run.config.image_size)

    def joins(self, other: "Piece") -> bool:
        """Whether one generator draws both. Entries are compared by identity, since a changed run gets a new one."""
        drawing = self.work is None and other.work is None
        return drawing and self.entry is other.entry and self.snapshot == other.snapshot


@dataclass(frozen=True)
class Visitor:
    """A client: its address, and an untrusted token that distinguishes visitors who share the address."""

    address: Hashable
    token: Hashable


class FairQueue:
    """A queue of at most `most` pixels, OF_ADDRESS of them per address and OF_VISITOR per visitor. Not thread-safe.

    Takes turns among addresses, one piece each (Nagle 1985, RFC 970), and among the visitors of an address. Asks visitors who
    find no room to retry, and keeps their places as long as they do: a place precedes later ones, and the first visitor of
    every address precedes the second of any.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic):
        self._most, self._clock = most, clock
        # by address and visitor; the next turn is first
        self._waiting: OrderedDict[Hashable, OrderedDict[Visitor, deque[Piece]]] = OrderedDict()
        self._pixels: Counter[Hashable] = Counter()  # queued, by visitor and by address
        self._retrying: dict[Visitor, tuple[float, int]] = {}  # in order of arrival: time of the last try, and pixels

    def put(self, visitor: Visitor, pieces: Sequence[Piece]) -> None:
        """Queues `pieces`. Raises Busy if there is no room; an empty queue takes any number."""
        wanted, own = sum(piece.pixels for piece in pieces), self._pixels[visitor]
        self._forget_absent()
        if own and own + wanted > self._most * OF_VISITOR:
            raise Busy(len(self._retrying) + 1)
        if not self._is_room(visitor, wanted):
            raise Busy(self._keep_place(visitor, wanted))
        self._retrying.pop(visitor, None)
        self._waiting.setdefault(visitor.address, OrderedDict()).setdefault(visitor, deque()).extend(pieces)
        self._count(visitor, wanted)

    def take(self, most: int) -> list[Piece]:
        """Returns the next piece and those that join it in one call of at most `most` pictures. Empty if none waits."""
        taken: list[Piece] = []
        while (visitor := self._next(taken, most)) is not None:
            taken.append(self._pop(visitor))
        return taken

    def _next(self, taken: list[Piece], most: int) -> Visitor | None:
        """Returns the next visitor whose first piece joins those already taken; None if there is none."""
        room = most - sum(len(piece.z) for piece in taken)
        for visitor, pieces in itertools.chain.from_iterable(visitors.items() for visitors in self._waiting.values()):
            piece = pieces[0]
            if not taken or (len(piece.z) <= room and piece.joins(taken[0])):
                return visitor
        return None

    def _pop(self, visitor: Visitor) -> Piece:
        """Removes and returns the visitor's first piece, and moves the visitor and the address to the end."""
        visitors = self._waiting[visitor.address]
        piece = visitors[visitor].popleft()
        self._count(visitor, -piece.pixels)
        self._waiting.move_to_end(visitor.address)
        visitors.move_to_end(visitor)
        if not visitors[visitor]:
            del visitors[visitor]
        if not visitors:
            del self._waiting[visitor.address]
        return piece

    def _count(self, visitor: Visitor, pixels: int) -> None:
        for whose in (visitor, visitor.address):
            self._pixels[whose] += pixels
            if not self._pixels[whose]:
                del self._pixels[whose]

    def _is_room(self, visitor: Visitor, wanted: int) -> bool:
        """Whether `wanted` pixels fit beside those queued and those of visitors with an earlier place."""
        share = round(self._most * OF_ADDRESS)
        claimed: Counter[Hashable] = Counter()  # by address
        for other in takewhile(lambda other: other != visitor, self._order(visitor)):
            claimed[other.address] += self._retrying[other][1]
        here = self._pixels[visitor.address]
        if here and here + claimed.pop(visitor.address, 0) + wanted > share:
            return False
        all_ = sum(self._pixels[address] for address in self._waiting)
        others = sum(min(pixels, max(share - self._pixels[address], 0)) for address, pixels in claimed.items())
        return not all_ or all_ + others + wanted <= self._most

    def _order(self, visitor: Visitor) -> list[Visitor]:
        """Returns the retrying visitors and this one: the first of each address in order of arrival, then the second of each,
        and so on."""
        standing = dict.fromkeys([*self._retrying, visitor])
        seen: Counter[Hashable] = Counter()  # by address

        def number(one: Visitor) -> int:
            seen[one.address] += 1
            return seen[one.address]

        return sorted(standing, key=number)

    def _keep_place(self, visitor: Visitor, wanted: int) -> int:
        """Adds or renews the visitor's place and returns it. If there are too many, drops the last."""
        order = self._order(visitor)
        self._retrying[visitor] = self._clock(), wanted  # an existing key keeps its position
        if len(order) > MOST_PLACES:
            del self._retrying[order[-1]]
        return order.index(visitor) + 1

    def _forget_absent(self) -> None:
        since = self._clock() - ABSENCE
        self._retrying = {visitor: last for visitor, last in self._retrying.items() if last[0] >= since}
