"""Runs a command with a terminal as its standard error, as a shell does. SIGUSR1 stops the terminal's output (Ctrl-S), SIGUSR2
lets it go on (Ctrl-Q); a line on standard output says when either is done. What the command prints goes to standard error; SIGTERM is
passed on.
"""

import os
import pty
import signal
import subprocess
import sys
import time

master, slave = pty.openpty()
# It has a line discipline of its own, with the flow control that terminals have from the start.
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave)
name = os.ttyname(slave)
os.close(slave)


def takes(probe):
    try:
        return os.write(probe, b" ") > 0
    except BlockingIOError:
        return False


def press(key, stops):
    """The kernel stops or starts the terminal later than this write returns: what is printed before is lost."""
    os.write(master, key)
    # As another program has it open, which does not wait.
    probe = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    while takes(probe) == stops:
        time.sleep(0.001)
    os.close(probe)
    print("stopped" if stops else "goes on", flush=True)


signal.signal(signal.SIGUSR1, lambda *_: press(b"\x13", True))
signal.signal(signal.SIGUSR2, lambda *_: press(b"\x11", False))
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
print(child.pid, flush=True)
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break  # the child has closed its end
    os.write(2, data)
sys.exit(child.wait())
