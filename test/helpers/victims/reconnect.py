#!/usr/bin/python3
"""
A client that reconnects, after a pause, whenever it has lost its connection or could not make one. Prints a JSON line for
each connect() and its result, with its own times: CLOCK_MONOTONIC, in nanoseconds.
    reconnect.py ADDRESS PORT LEAST_PAUSE_MS MOST_PAUSE_MS MOST_FAILURES
After so many connects in a row that fail it makes no more, and goes on running; 0: there is no limit.
"""

import errno
import json
import random
import signal
import socket
import sys
import time


def say(what, at, error=None):
    name = errno.errorcode.get(error.errno, str(error)) if error else None
    print(json.dumps({"what": what, "at": at, "errno": name}), flush=True)


def connect_once(address, port):
    """Returns whether it was connected."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        called = time.monotonic_ns()
        try:
            connection.connect((address, port))
        except OSError as error:
            ended = time.monotonic_ns()
            say("connect", called)
            say("failed", ended, error)
            return False
        connected = time.monotonic_ns()
        try:
            connection.sendall(b"hello")
            say("connect", called)
            say("connected", connected)
            while connection.recv(4096):
                pass
            say("lost", time.monotonic_ns())
        except OSError as error:
            say("lost", time.monotonic_ns(), error)
        return True


def main(address, port, least_ms, most_ms, most_failures):
    failures = 0
    while most_failures == "0" or failures < int(most_failures):
        failures = 0 if connect_once(address, int(port)) else failures + 1
        time.sleep(random.uniform(float(least_ms), float(most_ms)) / 1000)
    signal.pause()


main(*sys.argv[1:])
