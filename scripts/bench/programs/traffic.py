"""TCP connections on loopback for the benchmarks.

traffic.py serve: prints {"port": PORT} and accepts; closes a connection when its client does.
traffic.py connect SOURCE PORT: one JSON request a line on stdin, one JSON answer a line on stdout.
  {"open": COUNT, "gap": [MIN, MAX]}: pauses in seconds; answers with [local port, nanoseconds before connect()] of each.
  {"churn": RATE, "seconds": S, "life": L}: opens so many a second, and closes each after L seconds, every other one by a reset,
    with "reset": true all; answers with their count.
  {"close": COUNT}: resets the oldest; answers with how many are left.
Nanoseconds are CLOCK_MONOTONIC's.
"""

import collections
import json
import random
import resource
import select
import socket
import struct
import sys
import time

ADDRESS = "127.0.0.1"
IP_BIND_ADDRESS_NO_PORT = 24
RESET = struct.pack("ii", 1, 0)  # struct linger: close at once, by a reset


def answer(value):
    print(json.dumps(value), flush=True)


def serve():
    listener = socket.create_server((ADDRESS, 0), backlog=4096)
    listener.setblocking(False)
    held, poll = {}, select.epoll()
    poll.register(listener, select.EPOLLIN)
    answer({"port": listener.getsockname()[1]})
    while True:
        for number, _ in poll.poll():
            if number in held:
                held.pop(number).close()
            else:
                accept_all(listener, held, poll)


def accept_all(listener, held, poll):
    try:
        while True:
            accepted, _ = listener.accept()
            held[accepted.fileno()] = accepted
            poll.register(accepted, select.EPOLLIN | select.EPOLLRDHUP)
    except BlockingIOError:
        pass


class Client:
    def __init__(self, source, port):
        self.source, self.port = source, int(port)
        self.held = collections.deque()

    def connect(self):
        made = socket.socket()
        made.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        made.bind((self.source, 0))
        at = time.monotonic_ns()
        made.connect((ADDRESS, self.port))
        self.held.append(made)
        return made.getsockname()[1], at

    def end(self, reset):
        oldest = self.held.popleft()
        if reset:
            oldest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        oldest.close()

    def open(self, count, gap):
        opened = []
        for _ in range(count):
            time.sleep(random.uniform(*gap))
            opened.append(self.connect())
        return opened

    def churn(self, rate, seconds, life, all_reset):
        start, before = time.monotonic(), len(self.held)
        total = int(rate * seconds)
        for index in range(total):
            time.sleep(max(0, start + index / rate - time.monotonic()))
            self.connect()
            if index >= rate * life:
                self.end(reset=all_reset or index % 2 == 0)
        while len(self.held) > before:
            self.end(reset=all_reset or len(self.held) % 2 == 0)
        return {"opened": total, "seconds": time.monotonic() - start}

    def handle(self, request):
        if "open" in request:
            return self.open(request["open"], request["gap"])
        if "churn" in request:
            return self.churn(request["churn"], request["seconds"], request["life"], request.get("reset", False))
        for _ in range(request["close"]):
            self.end(reset=True)
        return len(self.held)


def main(role, *rest):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if role == "serve":
        serve()
    client = Client(*rest)
    for line in sys.stdin:
        answer(client.handle(json.loads(line)))


main(*sys.argv[1:])
