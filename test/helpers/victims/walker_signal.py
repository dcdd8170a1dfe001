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


def hold(broker, known):
    """A pidfd of a new child: the number may be another's by the time of the signal."""
    for pid in set(children(broker)) - known:
        try:
            held = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        if pid in children(broker):
            return pid, held
        os.close(held)
    return 0, -1


def take_a_processor():
    """On a busy machine, a walker would be over before its turn to look came."""
    if len(os.sched_getaffinity(0)) < 2:
        return
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        pass  # not in every container


def main(broker, number, microseconds):
    take_a_processor()
    known = set(children(broker))
    print("looks", flush=True)
    end = time.monotonic() + SECONDS
    pid, held = 0, -1
    while held < 0 and time.monotonic() < end:
        pid, held = hold(broker, known)
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
