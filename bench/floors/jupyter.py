"""The peer of our kernels: starts IPython's and runs cells in it, one for each line that it is told, and says how long it took."""

import sys
import time

from jupyter_client.manager import KernelManager

manager = client = None


def start():
    global manager, client
    if manager is not None:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    began = time.perf_counter()
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return began


def run():
    began = time.perf_counter()
    client.execute("1+1", reply=True, timeout=60)
    return began


for line in sys.stdin:
    began = {"start": start, "run": run}[line.strip()]()
    print((time.perf_counter() - began) * 1000, flush=True)
if manager is not None:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
