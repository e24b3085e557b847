"""Who draws next, and who has to come again: a bounded queue that is fair among visitors."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import takewhile

import numpy as np

from ganlib import UserError
from ganlib.runs import Snapshot
from studio.library import Entry

AGAIN = 1  # seconds until a visitor who found no room asks again
ABSENCE = 5.0  # seconds without a question after which such a visitor's place is lost
MOST_PLACES = 1000  # of visitors who found no room


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


class FairQueue:
    """Pieces that wait, at most `most` pixels together and half as many of one visitor; for one thread at a time.

    Visitors take turns, a piece each (Nagle 1985, RFC 970), so that nobody waits for more than that of another. Who finds no
    room gets a place in a line, and is let in before those who come later, as long as they ask again. A visitor is anything
    that tells one from another.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic):
        self._most, self._clock = most, clock
        self._waiting: OrderedDict[Hashable, deque[Piece]] = OrderedDict()  # by visitor; whose turn is next comes first
        self._pixels: Counter[Hashable] = Counter()  # of those who wait
        self._line: dict[Hashable, tuple[float, int]] = {}  # in order: when they last asked, and for how many pixels

    def put(self, visitor: Hashable, pieces: Sequence[Piece]) -> None:
        """Lets `pieces` wait. Raises Busy where they find no room; any find it where nothing else waits."""
        wanted, own, all_ = sum(piece.pixels for piece in pieces), self._pixels[visitor], self._pixels.total()
        self._forget_absent()
        if own and own + wanted > self._most / 2:
            raise Busy(len(self._line) + 1)
        ahead = takewhile(lambda other: other != visitor, self._line)
        claimed = sum(self._line[other][1] for other in ahead)
        if all_ and all_ + claimed + wanted > self._most:
            raise Busy(self._stand(visitor, wanted))
        self._line.pop(visitor, None)
        self._waiting.setdefault(visitor, deque()).extend(pieces)
        self._pixels[visitor] += wanted

    def take(self, most: int) -> list[Piece]:
        """The next piece, and those that join it in one call of `most` pictures at most. Empty where none waits."""
        taken: list[Piece] = []
        while (visitor := self._next(taken, most)) is not None:
            taken.append(self._pop(visitor))
        return taken

    def _next(self, taken: list[Piece], most: int) -> Hashable | None:
        """Whose turn it is, of those whose next piece joins the ones that are taken; None for nobody."""
        room = most - sum(len(piece.z) for piece in taken)
        for visitor, pieces in self._waiting.items():
            piece = pieces[0]
            if not taken or (len(piece.z) <= room and piece.joins(taken[0])):
                return visitor
        return None

    def _pop(self, visitor: Hashable) -> Piece:
        """The visitor's next piece; the turn is then the others' before it is theirs again."""
        piece = self._waiting[visitor].popleft()
        self._pixels[visitor] -= piece.pixels
        self._waiting.move_to_end(visitor)
        if not self._waiting[visitor]:
            del self._waiting[visitor], self._pixels[visitor]
        return piece

    def _stand(self, visitor: Hashable, wanted: int) -> int:
        """Gives or keeps the visitor a place in the line, and tells it."""
        if visitor not in self._line and len(self._line) >= MOST_PLACES:
            return MOST_PLACES + 1
        self._line[visitor] = self._clock(), wanted  # a key that is there stays where it is
        return list(self._line).index(visitor) + 1

    def _forget_absent(self) -> None:
        since = self._clock() - ABSENCE
        self._line = {visitor: last for visitor, last in self._line.items() if last[0] >= since}
