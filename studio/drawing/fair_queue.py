"""A bounded queue of drawing requests that takes turns among addresses and visitors."""

import itertools
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import takewhile

import numpy as np

from ganlib import UserError
from ganlib.runs.run import Snapshot
from studio.library import Entry

AGAIN = 1  # seconds until a visitor who found no room asks again
ABSENCE = 5.0  # seconds without a question after which such a visitor's place is lost
MOST_PLACES = 1000  # of visitors who found no room
OF_VISITOR, OF_ADDRESS = 1 / 2, 3 / 4  # of the queue's room, that one may take: what an address leaves is for the others


class Busy(UserError):
    """There is no room in the queue. `place`, from 1, is the visitor's among those who ask again."""

    def __init__(self, place: int):
        super().__init__(f"The server is busy: you have place {place} in the line; ask again in {AGAIN} s.")
        self.place = place


@dataclass(frozen=True, eq=False)
class Piece:
    """Latents of one snapshot, few enough for one call of its generator."""

    entry: Entry
    snapshot: Snapshot
    z: np.ndarray  # (N, dim), truncated
    labels: np.ndarray | None  # (N,)
    drawn: Future[np.ndarray] = field(default_factory=Future)  # uint8 (N, C, H, W)

    @property
    def pixels(self) -> int:
        return len(self.z) * self.entry.run.config.image_size**2

    def joins(self, other: "Piece") -> bool:
        """Whether the same generator draws both: an entry is read anew when the files of its run change."""
        return self.entry is other.entry and self.snapshot == other.snapshot


@dataclass(frozen=True)
class Visitor:
    """Who asks: one of those at an address, told apart by a token that anyone may invent."""

    address: Hashable
    token: Hashable


class FairQueue:
    """Pieces that wait, at most `most` pixels together; OF_ADDRESS of them of one address and OF_VISITOR of one visitor;
    for one thread at a time.

    Addresses take turns, a piece each (Nagle 1985, RFC 970), and so do the visitors at one, so that nobody waits for more than
    that of another. Who finds no room gets a place in a line, and is let in before those who come later, as long as they ask
    again; of each address one stands before the second of any.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic):
        self._most, self._clock = most, clock
        # by address and visitor; whose turn is next comes first
        self._waiting: OrderedDict[Hashable, OrderedDict[Visitor, deque[Piece]]] = OrderedDict()
        self._pixels: Counter[Hashable] = Counter()  # of those who wait, by visitor and by address
        self._line: dict[Visitor, tuple[float, int]] = {}  # by coming: when they last asked, and for how many pixels

    def put(self, visitor: Visitor, pieces: Sequence[Piece]) -> None:
        """Lets `pieces` wait. Raises Busy where they find no room; any find it where nothing else waits."""
        wanted, own = sum(piece.pixels for piece in pieces), self._pixels[visitor]
        self._forget_absent()
        if own and own + wanted > self._most * OF_VISITOR:
            raise Busy(len(self._line) + 1)
        if not self._is_room(visitor, wanted):
            raise Busy(self._stand(visitor, wanted))
        self._line.pop(visitor, None)
        self._waiting.setdefault(visitor.address, OrderedDict()).setdefault(visitor, deque()).extend(pieces)
        self._count(visitor, wanted)

    def take(self, most: int) -> list[Piece]:
        """The next piece, and those that join it in one call of `most` pictures at most. Empty where none waits."""
        taken: list[Piece] = []
        while (visitor := self._next(taken, most)) is not None:
            taken.append(self._pop(visitor))
        return taken

    def _next(self, taken: list[Piece], most: int) -> Visitor | None:
        """Whose turn it is, of those whose next piece joins the ones that are taken; None for nobody."""
        room = most - sum(len(piece.z) for piece in taken)
        for visitor, pieces in itertools.chain.from_iterable(visitors.items() for visitors in self._waiting.values()):
            piece = pieces[0]
            if not taken or (len(piece.z) <= room and piece.joins(taken[0])):
                return visitor
        return None

    def _pop(self, visitor: Visitor) -> Piece:
        """The visitor's next piece; the turn is then the others' before it is theirs again."""
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
        """Whether so many pixels fit in beside those who wait, and those who stand before the visitor in the line."""
        share = round(self._most * OF_ADDRESS)
        claimed: Counter[Hashable] = Counter()  # by address
        for other in takewhile(lambda other: other != visitor, self._order(visitor)):
            claimed[other.address] += self._line[other][1]
        here = self._pixels[visitor.address]
        if here and here + claimed.pop(visitor.address, 0) + wanted > share:
            return False
        all_ = sum(self._pixels[address] for address in self._waiting)
        others = sum(min(pixels, max(share - self._pixels[address], 0)) for address, pixels in claimed.items())
        return not all_ or all_ + others + wanted <= self._most

    def _order(self, visitor: Visitor) -> list[Visitor]:
        """Who stands in the line, and the visitor: in the order of their coming the first of each address, then the second
        of each, and so on."""
        standing = dict.fromkeys([*self._line, visitor])
        seen: Counter[Hashable] = Counter()  # by address

        def number(one: Visitor) -> int:
            seen[one.address] += 1
            return seen[one.address]

        return sorted(standing, key=number)

    def _stand(self, visitor: Visitor, wanted: int) -> int:
        """Gives or keeps the visitor a place in the line, and tells it. Where the line is full, its last goes."""
        order = self._order(visitor)
        self._line[visitor] = self._clock(), wanted  # a key that is there stays where it is
        if len(order) > MOST_PLACES:
            del self._line[order[-1]]
        return order.index(visitor) + 1

    def _forget_absent(self) -> None:
        since = self._clock() - ABSENCE
        self._line = {visitor: last for visitor, last in self._line.items() if last[0] >= since}
