"""Connects to a port; once that ends, connects again without any pause until it succeeds. Then prints, as JSON, how many
connects were refused, and CLOCK_MONOTONIC milliseconds of the end and of the success."""

import json
import socket
import sys
import time


def connect():
    one = socket.socket()
    failed = one.connect_ex(("127.0.0.1", int(sys.argv[1])))
    if failed:
        one.close()
    return None if failed else one


def until_end(one):
    try:
        one.recv(1)
    except OSError:
        pass
    return time.monotonic() * 1000


held = connect()
ended = until_end(held)
held.close()
refused = 0
back = connect()
while back is None:
    refused += 1
    back = connect()
print(json.dumps({"refused": refused, "ended": ended, "back": time.monotonic() * 1000}), flush=True)
until_end(back)
