"""Several processes behind one listening socket: forked, watched, replaced, stopped (POSIX.1-2017 signals).

SIGTERM and SIGINT stop all and wait for requests under way. SIGHUP starts new workers, which read the
configuration afresh, and lets the old ones go when the new ones are ready. A worker that dies is replaced;
when the supervisor itself dies, its workers leave, so that the address is free for the next start.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from limen.http.redaction import redact

Ready = Callable[[], None]
Work = Callable[[Ready], None]

_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
_STOP = frozenset({signal.SIGTERM, signal.SIGINT})
_TICK = 0.2
_BACK_OFF = 1.0
_PID = 4
FAILED = 3  # as uvicorn says: could not start


@dataclass(slots=True)
class Workers:
    """The supervisor. It touches no request, so nothing a request does can hurt it."""

    work: Work
    count: int
    patience: float = 25.0
    _serving: set[int] = field(default_factory=set)
    _coming: set[int] = field(default_factory=set)  # forked, not ready yet
    _leaving: set[int] = field(default_factory=set)
    _replaced: set[int] = field(default_factory=set)  # to leave as soon as all who come are ready
    _deadline: float = 0.0
    _not_before: float = 0.0
    _status: int = 0
    _pipe: tuple[int, int] = (-1, -1)
    _life: tuple[int, int] = (-1, -1)  # its writing end is open for as long as the supervisor lives

    def run(self) -> int:
        """Start the workers and look after them until the last is gone; return the exit status."""
        self._pipe, self._life = os.pipe(), os.pipe()
        os.set_blocking(self._pipe[0], False)
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            self._top_up()
            while self._serving or self._coming or self._leaving or not self._deadline:
                told = signal.sigtimedwait(_SIGNALS, _TICK)
                self._hear()
                self._reap()
                if told is not None:
                    self._obey(told.si_signo)
                self._top_up()
                self._hurry()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            for end in (*self._pipe, *self._life):
                os.close(end)
        return self._status

    def _obey(self, number: int) -> None:
        if number in _STOP:
            self._stop()
        elif number == signal.SIGHUP and not self._deadline:
            self._replaced |= self._serving | self._coming
            self._serving.clear()
            self._coming.clear()

    def _stop(self) -> None:
        self._deadline = self._deadline or monotonic() + self.patience
        everyone = self._serving | self._coming | self._replaced
        self._dismiss(everyone)
        for group in (self._serving, self._coming, self._replaced):
            group.clear()

    def _dismiss(self, pids: set[int]) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        self._leaving |= pids

    def _hear(self) -> None:
        """Learn which workers are ready; when all are, those they replace may go."""
        try:
            told = os.read(self._pipe[0], 4096)
        except BlockingIOError:
            return
        for start in range(0, len(told), _PID):
            pid = int.from_bytes(told[start : start + _PID])
            if pid in self._coming:
                self._coming.remove(pid)
                self._serving.add(pid)
        if not self._coming and len(self._serving) >= self.count:
            self._dismiss(self._replaced)
            self._replaced = set()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._buried(pid, os.waitstatus_to_exitcode(status))

    def _buried(self, pid: int, status: int) -> None:
        was_coming = pid in self._coming
        # Forgotten first: the number may be another process's by now, and must never be signalled again.
        for group in (self._serving, self._coming, self._leaving, self._replaced):
            group.discard(pid)
        if was_coming:
            self._later(status if status > 0 else FAILED)

    def _top_up(self) -> None:
        """Fork as many as are missing, but not in a rush when they die on the way."""
        if self._deadline or monotonic() < self._not_before:
            return
        while len(self._serving) + len(self._coming) < self.count:
            try:
                self._coming.add(self._fork())
            except OSError as error:  # memory or processes ran out: whoever serves goes on
                sys.stderr.write(f"a worker cannot be started: {error.strerror}\n")
                self._later(FAILED if not self._coming else 0)
                return

    def _later(self, status: int) -> None:
        """Try again in a while; end with `status` where nobody serves, and so may never."""
        self._not_before = monotonic() + _BACK_OFF
        if status and not self._replaced and not self._serving and not self._deadline:
            self._status = status
            self._stop()

    def _hurry(self) -> None:
        if self._deadline and monotonic() > self._deadline:
            for pid in self._leaving:
                os.kill(pid, signal.SIGKILL)

    def _fork(self) -> int:
        pid = os.fork()
        if pid:
            return pid
        status = FAILED
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.close(self._life[1])
            threading.Thread(target=_leave_with, args=[self._life[0]], daemon=True).start()
            self.work(self._tell)
            status = 0
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else FAILED
        except BaseException:  # noqa: BLE001 -- whatever it is, a child must never return into the parent's code
            sys.stderr.write(redact(traceback.format_exc()))
        finally:
            sys.stderr.flush()
            sys.stdout.flush()
            os._exit(status)

    def _tell(self) -> None:
        os.write(self._pipe[1], os.getpid().to_bytes(_PID))


def _leave_with(supervisor: int) -> None:
    """Stop this process when the other end of the pipe is gone: nothing is ever written to it."""
    os.read(supervisor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
