"""Many sockets of every usual kind in one process, which keeps them until its standard input ends.

Prints their number in the kernel, as JSON, when all of them exist.
"""

import json
import os
import socket
import sys

PAIRS = {"127.0.0.1": 10, "::1": 6}
UDP_BOUND = 6
UDP_PAIRS = 3
UNACCEPTED = 3
TIME_WAIT = 2

kept = []


def keep(some):
    kept.append(some)
    return some


def make(address, kind=socket.SOCK_STREAM):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.socket(family, kind)


def listen(address):
    made = keep(make(address))
    made.bind((address, 0))
    made.listen(64)
    return made


def connect(listener):
    client = make(listener.getsockname()[0])
    client.connect(listener.getsockname()[:2])
    return client


def connections(listener, count):
    for _ in range(count):
        keep(connect(listener))
        keep(listener.accept()[0])


def leave_time_wait(listener):
    """The client closes first, so its end stays in time-wait without an owner."""
    client = connect(listener)
    accepted, _ = listener.accept()
    client.close()
    accepted.recv(1)
    accepted.close()


def datagrams():
    for index in range(UDP_BOUND):
        keep(make("::1" if index % 2 else "127.0.0.1", socket.SOCK_DGRAM)).bind(("::1" if index % 2 else "127.0.0.1", 0))
    for _ in range(UDP_PAIRS):
        ends = [keep(make("127.0.0.1", socket.SOCK_DGRAM)) for _ in range(2)]
        for end in ends:
            end.bind(("127.0.0.1", 0))
        for end, other in (ends, ends[::-1]):
            end.connect(other.getsockname())


def main():
    for address, count in PAIRS.items():
        connections(listen(address), count)
    waiting = listen("127.0.0.1")
    for _ in range(TIME_WAIT):
        leave_time_wait(waiting)
    for _ in range(UNACCEPTED):
        keep(connect(waiting))
    datagrams()
    bound = keep(make("127.0.0.1"))
    bound.bind(("127.0.0.1", 0))
    children = [fork_holder() for _ in range(int(sys.argv[1]))]
    print(json.dumps({"sockets": len(kept) + UNACCEPTED + TIME_WAIT, "children": children}), flush=True)
    sys.stdin.read()


def fork_holder():
    """A child that holds the same sockets, for as long as its parent lives."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    kept.append(writer)  # a descriptor; closed with the process
    return pid


if __name__ == "__main__":
    main()
