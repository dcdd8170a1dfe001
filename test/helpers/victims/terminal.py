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


def probed():
    """The terminal as another program has it open, which does not wait."""
    return os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)


def stop(*_):
    """The kernel stops the terminal later than this write returns."""
    os.write(master, b"\x13")
    probe = probed()
    while True:
        try:
            os.write(probe, b" ")
            time.sleep(0.001)
        except BlockingIOError:
            break
    os.close(probe)
    print("stopped", flush=True)


def go_on(*_):
    """The kernel starts the terminal later than this write returns: what is printed before is lost."""
    os.write(master, b"\x11")
    probe = probed()
    while True:
        try:
            os.write(probe, b" ")
            break
        except BlockingIOError:
            time.sleep(0.001)
    os.close(probe)
    print("goes on", flush=True)


signal.signal(signal.SIGUSR1, stop)
signal.signal(signal.SIGUSR2, go_on)
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
print(child.pid, flush=True)
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break  # the child has closed its end
    os.write(2, data)
sys.exit(child.wait())
