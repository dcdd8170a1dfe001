"""A puppet that sends and takes as much as its sockets let it, for so many seconds, and answers with the number of bytes."""

import select
import time

import puppet


def during(request, event, step):
    some = puppet.sockets[request["name"]]
    some.setblocking(False)
    poll = select.poll()
    poll.register(some, event)
    total, end = 0, time.monotonic() + request["seconds"]
    while (left := end - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            total += step(some)
    some.settimeout(puppet.TIMEOUT)
    return total


def pour(request):
    data = bytes(65536)
    return during(request, select.POLLOUT, lambda some: some.send(data))


def drain(request):
    return during(request, select.POLLIN, lambda some: len(some.recv(1 << 20)))


puppet.COMMANDS += [pour, drain]
if __name__ == "__main__":
    puppet.main()
