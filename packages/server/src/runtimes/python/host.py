"""The way out: one device that carries requests to the process around this Python and brings answers back."""

import os
from json import dumps, loads

_device = -1


def connect(path="/dev/host"):
    global _device
    _device = os.open(path, os.O_RDWR)


def ask(*request):
    """Sends a request and waits for the answer. An interrupt ends the waiting: the read fails with EINTR."""
    os.write(_device, dumps(request).encode("ascii"))
    parts = []
    while part := os.read(_device, 65536):
        parts.append(part)
    return loads(b"".join(parts))
