"""Counts what the process asks of the network, and keeps it from asking too much.

`METER` counts requests, bytes and retries; `Pace` spaces requests and slows down when the server asks for it; `Health`
stops a run whose source fails too often.
"""

import math
import threading
import time
from collections import deque
from dataclasses import dataclass

from rocov2.errors import SourceError

SLOWED_SHARE = 0.1  # of a second's answers: up to this, and two deviations of chance, 503s are noise and only retried
RECOVERY = 1.25
SLOWEST = 1.0  # requests a second
WINDOW = 1000
MAX_ERROR_SHARE = 0.05  # the bucket's manners: stop above 5 % errors
ENOUGH_FAILURES = 50
DEAD_AFTER = 20


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests made, bytes of bodies received and retries, since the process began or between two snapshots."""

    requests: int = 0
    bytes: int = 0
    retries: int = 0

    def __sub__(self, earlier: "Traffic") -> "Traffic":
        return Traffic(self.requests - earlier.requests, self.bytes - earlier.bytes, self.retries - earlier.retries)


class Meter:
    """Process-wide counters; a task's traffic is the difference of two snapshots."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._traffic = Traffic()

    def add(self, requests: int = 0, received: int = 0, retries: int = 0) -> None:
        """Add to the counters."""
        with self._lock:
            now = self._traffic
            self._traffic = Traffic(now.requests + requests, now.bytes + received, now.retries + retries)

    def snapshot(self) -> Traffic:
        """Return the counters as they are now."""
        with self._lock:
            return self._traffic


METER = Meter()


class Pace:
    """Spaces requests to at most `ceiling` a second; halves after a second with many 429s or 503s, then recovers."""

    def __init__(self, ceiling: float | None) -> None:
        self.ceiling = ceiling
        self.rate = ceiling
        self._lock = threading.Lock()
        self._next = 0.0
        self._window = time.monotonic()
        self._answers = 0
        self._slowed = 0
        self._seen = 0.0

    def wait(self) -> None:
        """Sleep until this request's turn."""
        if self.rate is None:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, now)
            self._next = turn + 1 / (self.rate or SLOWEST)
        time.sleep(max(0.0, turn - now))

    def answered(self, *, slowed: bool) -> None:
        """Take note of an answer; `slowed` when it was a 429 or 503. Once a second the rate is reconsidered."""
        with self._lock:
            self._answers += 1
            self._slowed += slowed
            elapsed = time.monotonic() - self._window
            if elapsed >= 1:
                self._reconsider(self._answers / elapsed)
                self._window, self._answers, self._slowed = time.monotonic(), 0, 0

    def _reconsider(self, observed: float) -> None:
        ordinary = SLOWED_SHARE * self._answers + 2 * math.sqrt(SLOWED_SHARE * (1 - SLOWED_SHARE) * self._answers)
        if self._slowed >= 2 and self._slowed > ordinary:
            self._seen = max(self._seen, observed)
            self.rate = max(SLOWEST, (self.rate or observed) / 2)
        elif self.rate is not None and self._slowed <= SLOWED_SHARE * self._answers:
            self.rate *= RECOVERY
            if self.ceiling is not None:
                self.rate = min(self.rate, self.ceiling)
            elif self.rate > 2 * self._seen:
                self.rate = None


class Health:
    """Remembers the last outcomes and stops the run when too many objects fail for good."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outcomes: deque[bool] = deque(maxlen=WINDOW)
        self._failures = 0
        self._in_a_row = 0

    def record(self, *, failed: bool) -> None:
        """Take note of an object's outcome after its retries."""
        with self._lock:
            if len(self._outcomes) == WINDOW:
                self._failures -= self._outcomes[0]
            self._outcomes.append(failed)
            self._failures += failed
            self._in_a_row = self._in_a_row + 1 if failed else 0

    def check(self, where: str) -> None:
        """Raise SourceError when 20 objects in a row failed, or over 5 % of the last 1,000 (and at least 50)."""
        with self._lock:
            failures, seen, in_a_row = self._failures, len(self._outcomes), self._in_a_row
        many = failures >= ENOUGH_FAILURES and failures > MAX_ERROR_SHARE * seen
        if many or in_a_row >= DEAD_AFTER:
            raise SourceError(
                f"{where}: {failures} of the last {seen} objects failed after retries",
                "the source is down or refuses us; wait, then run the same command again",
            )
