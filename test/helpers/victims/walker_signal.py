"""Sends a signal to the next walker of a broker: walker_signal.py BROKER SIGNAL MICROSECONDS, so long after its start, or later.

Prints a line when it looks, and then the pid of the walker, or 0: there was none within the time, or it was over by then. A walker
is over within a millisecond or two, before a program that looks for it would see it on a busy machine: the kernel holds it at its
start, as a tracer of the broker may ask (ptrace(2), PTRACE_O_TRACECLONE and its like), until it may go on.
"""

import ctypes
import os
import signal
import sys
import time

SECONDS = 5

# linux/ptrace.h
CONT, DETACH, GETEVENTMSG, SEIZE = 7, 17, 0x4201, 0x4206
OPTION_FORK, OPTION_VFORK, OPTION_CLONE = 2, 4, 8
EVENT_STOP = 128
FORK_EVENTS = (1, 2, 3)
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=None):
    if libc.ptrace(request, pid, None, data) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def next_child(broker):
    """The child that the broker forks next. It is held, as is the broker."""
    while True:
        _, status = os.waitpid(broker, WALL)
        if not os.WIFSTOPPED(status):
            raise ProcessLookupError  # it has ended
        event = status >> 16
        if event in FORK_EVENTS:
            child = ctypes.c_ulong()
            ptrace(GETEVENTMSG, broker, ctypes.byref(child))
            os.waitpid(child.value, WALL)
            return child.value
        ptrace(CONT, broker, None if event else os.WSTOPSIG(status))


def is_stopped(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(") ")[2][0] == "T"


def main(broker, number, microseconds):
    ptrace(SEIZE, broker, OPTION_FORK | OPTION_VFORK | OPTION_CLONE)
    print("looks", flush=True)
    signal.alarm(SECONDS)
    walker = next_child(broker)
    signal.alarm(0)
    held = os.pidfd_open(walker)
    started = time.monotonic_ns()
    if microseconds == 0:
        signal.pidfd_send_signal(held, number)
    for pid in (walker, broker):
        ptrace(DETACH, pid)
    if microseconds > 0:
        while time.monotonic_ns() < started + 1000 * microseconds:
            pass
        signal.pidfd_send_signal(held, number)
    while number == signal.SIGSTOP and not is_stopped(walker):
        time.sleep(0.001)
    return walker


def give_up(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, give_up)
try:
    pid = main(int(sys.argv[1]), getattr(signal, sys.argv[2]), int(sys.argv[3]))
except (ProcessLookupError, FileNotFoundError, TimeoutError):
    pid = 0
print(pid, flush=True)
