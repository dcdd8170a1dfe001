"""Sends a signal to the next walker of a broker: walker_signal.py BROKER SIGNAL MICROSECONDS, as late after it has been seen.

Prints a line when it looks, and then the pid of the walker, or 0: there was none within the time.
"""

import os
import signal
import sys
import time

SECONDS = 5.0


def children(broker):
    with open(f"/proc/{broker}/task/{broker}/children") as file:
        return [int(pid) for pid in file.read().split()]


def hold(broker):
    """A pidfd of a child: the number may be another's by the time of the signal."""
    for pid in children(broker):
        try:
            held = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        if pid in children(broker):
            return pid, held
        os.close(held)
    return 0, -1


def main(broker, number, microseconds):
    print("looks", flush=True)
    end = time.monotonic() + SECONDS
    pid, held = 0, -1
    while held < 0 and time.monotonic() < end:
        pid, held = hold(broker)
    until = time.monotonic_ns() + 1000 * microseconds
    while time.monotonic_ns() < until:
        pass
    try:
        if held >= 0:
            signal.pidfd_send_signal(held, number)
    except ProcessLookupError:
        pid = 0  # it has ended
    print(pid, flush=True)


try:
    main(sys.argv[1], getattr(signal, sys.argv[2]), int(sys.argv[3]))
except FileNotFoundError:
    print(0, flush=True)  # the broker has ended
