"""Runs a command whose standard error is a pipe that is full, as one is that nobody reads. SIGUSR1 has it read from then on, and prints
a line once it is empty: what it was filled with is left out, and the rest goes to standard error. SIGTERM is passed on.
"""

import os
import signal
import subprocess
import sys

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
near, far = os.pipe()
os.set_blocking(far, False)
for size in (65536, 1):
    try:
        while True:
            os.write(far, b"\0" * size)
    except BlockingIOError:
        pass
os.set_blocking(far, True)
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=far)
os.close(far)
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
signal.sigwait({signal.SIGUSR1})
os.set_blocking(near, False)
try:
    while True:
        os.read(near, 65536)
except BlockingIOError:
    print("empty", flush=True)
os.set_blocking(near, True)
while data := os.read(near, 65536):
    os.write(2, data)
sys.exit(child.wait())
