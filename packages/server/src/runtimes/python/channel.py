"""Frames to and from the daemon: the length as four bytes, little end first, then JSON."""

import os
import select
from _thread import get_ident
from collections import deque
from json import dumps, loads
from threading import Lock

from . import interrupts

#: Bytes; the daemon takes somewhat more in one frame, and ends whoever sends more than that.
MAX_QUESTION = 7 << 20


class Gone(BaseException):
    """There is nobody at the other end any more: the daemon is gone, or a cell has closed this one."""

    def __init__(self, why, status):
        super().__init__(why)
        self.status = status


class Channel:
    def __init__(self, fd):
        self.fd = fd
        self._readable = select.poll()
        self._readable.register(fd, select.POLLIN)
        self._received = bytearray()
        self._sending = Lock()
        self._lock = Lock()
        # What the lock guards:
        self._requests = deque()
        self._questions = 0
        self._answers = {}
        self._somebody_reads = False
        self._waiting = []
        self._inside = set()

    def next_request(self):
        return self._wait_until(lambda: self._requests and self._requests.popleft())

    def ask(self, what, *details):
        """Sends a question and waits for the answer. Any thread may ask, but nothing that runs within the waiting of that same
        thread, as a finalizer or a signal handler may: it is answered with None."""
        if get_ident() in self._inside:
            return None
        with interrupts.held(), self._lock:
            self._questions += 1
            number = self._questions
            self._answers[number] = None
        try:
            question = dumps({"type": what, "number": number, **_ASKED[what](*details)})
            if len(question) > MAX_QUESTION:
                raise ValueError("too large to be shown")
            self.send(question)
            return self._wait_until(lambda: self._answers[number])["text"]
        finally:
            self._answers.pop(number, None)

    def send(self, text):
        body = text.encode("ascii")
        rest = memoryview(len(body).to_bytes(4, "little") + body)
        with interrupts.held(), self._sending:
            while rest:
                rest = rest[self._write(rest) :]

    def _write(self, data):
        try:
            return os.write(self.fd, data)
        except OSError as error:
            raise _closed(error) from None

    def _wait_until(self, found):
        with interrupts.held() as allowed:
            self._inside.add(get_ident())
            try:
                while not (thing := self._look(found, allowed)):
                    pass
                return thing
            finally:
                self._inside.discard(get_ident())

    def _look(self, found, allowed):
        """What was looked for, or nothing and some waiting. One of the threads that wait reads for all of them."""
        with self._lock:
            if thing := found():
                return thing
            somebody_reads = self._somebody_reads
            if somebody_reads:
                read = Lock()
                read.acquire()
                self._waiting.append(read)
            self._somebody_reads = True
        if somebody_reads:
            with interrupts.allowed(allowed):
                read.acquire()
        else:
            self._read(allowed)
        return None

    def _read(self, allowed):
        frames = ()
        try:
            with interrupts.allowed(allowed):
                self._readable.poll()
            frames = self._frames()
        finally:
            with self._lock:
                for frame in frames:
                    self._sort(frame)
                self._somebody_reads = False
                while self._waiting:
                    self._waiting.pop().release()

    def _frames(self):
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError as error:
            raise _closed(error) from None
        if not data:
            raise Gone("the daemon is gone", 0)
        received = self._received
        received += data
        frames = []
        while len(received) >= 4:
            end = 4 + int.from_bytes(received[:4], "little")
            if len(received) < end:
                break
            frames.append(loads(received[4:end]))
            del received[:end]
        return frames

    def _sort(self, frame):
        if frame["type"] != "answer":
            self._requests.append(frame)
        elif frame["number"] in self._answers:
            self._answers[frame["number"]] = frame


def _closed(error):
    return Gone(f"the channel to the daemon is closed: {error.strerror}", 1)


_ASKED = {
    "display": lambda value: {"value": value},
    "input": lambda prompt, password: {"prompt": prompt, "password": password},
    "sync": lambda: {},
}
