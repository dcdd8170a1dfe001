"""A puppet whose connections come and go: pairs of 127.0.0.2 and a listener of its own, with local ports from a small pool.

{"do": "churn", "rate": R, "ports": N}: opens R a second from now on, and ends each within two seconds, at either end, by a
  reset; its tuple is free at once, and the next connection may have it.
{"do": "pause"} and {"do": "resume"}: of what opens.
{"do": "report"}: ends all; the cookies of those ends that were destroyed, which no program can do to itself, and how many
  connections there were.
"""

import ctypes
import errno
import heapq
import json
import os
import random
import resource
import select
import socket
import sys
import time

from puppet import describe

LIFE = (0.1, 2.0)  # seconds
UNSPECIFIED = bytes(16)  # AF_UNSPEC: connect() to it ends a connection by a reset

libc = ctypes.CDLL(None, use_errno=True)


class Churn:
    def __init__(self):
        self.poll = select.epoll()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.ends, self.due, self.destroyed = {}, [], []
        self.opened, self.rate, self.ports, self.next = 0, 0, [], 0.0

    def churn(self, request):
        self.ports = list(range(20000, 20000 + request["ports"]))
        self.rate = request["rate"]
        self.resume(request)
        return self.listener.getsockname()[1]

    def pause(self, _):
        self.next = float("inf")

    def resume(self, _):
        self.next = time.monotonic()

    def report(self, request):
        self.pause(request)
        for fd in list(self.ends):
            if fd in self.ends:
                self.end(fd)
        self.notice(0)
        return {"destroyed": self.destroyed, "opened": self.opened, "open": len(self.ends)}

    def open(self):
        near = socket.socket()
        near.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = self.ports.pop(random.randrange(len(self.ports)))
        near.bind(("127.0.0.2", port))
        near.connect(self.listener.getsockname())
        far, _ = self.listener.accept()
        self.opened += 1
        for end in (near, far):
            self.ends[end.fileno()] = (end, describe(end)["cookie"], port if end is near else None)
            self.poll.register(end, select.EPOLLRDHUP)
        chosen = random.choice((near, far)).fileno()
        heapq.heappush(self.due, (time.monotonic() + random.uniform(*LIFE), chosen, self.ends[chosen][1]))

    def end(self, fd):
        """Whether it was destroyed before is known by the pending error, as ending it takes the lock that a destroy takes."""
        end, cookie, port = self.ends.pop(fd)
        libc.connect(fd, UNSPECIFIED, len(UNSPECIFIED))
        if end.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNABORTED:
            self.destroyed.append(cookie)
        self.poll.unregister(end)
        end.close()
        if port is not None:
            self.ports.append(port)

    def work(self):
        """What is due; returns the seconds until there is more."""
        now = time.monotonic()
        while self.due and self.due[0][0] <= now:
            _, fd, cookie = heapq.heappop(self.due)
            if fd in self.ends and self.ends[fd][1] == cookie:
                self.end(fd)
        while self.next <= now and self.ports:
            self.open()
            self.next += 1 / self.rate
        soonest = min(self.next, self.due[0][0] if self.due else self.next)
        return max(0, min(soonest - time.monotonic(), 1))

    def notice(self, seconds):
        """Ends those whose other end has ended, or that were destroyed. Returns whether there is a request."""
        ready = [fd for fd, _ in self.poll.poll(seconds)]
        for fd in ready:
            if fd in self.ends:
                self.end(fd)
        return sys.stdin.fileno() in ready


def main():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    churn = Churn()
    churn.poll.register(sys.stdin, select.EPOLLIN)
    print(json.dumps({"ok": {"pid": os.getpid()}}), flush=True)
    while True:
        if not churn.notice(churn.work()):
            continue
        line = sys.stdin.readline()
        if not line:
            return
        request = json.loads(line)
        command = getattr(churn, request["do"])
        print(json.dumps({"ok": command(request)}), flush=True)


main()
