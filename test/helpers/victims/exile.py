"""A puppet that can create sockets in a network namespace without a name, and without a process once it has left. Root starts it.

`{"do": "leave"}` makes the namespace, enters it, and answers with its inode number; `{"do": "back"}` returns. `loopback`
sets it up or down in the puppet's namespace. `linger` makes close() wait up to so many seconds until all is acknowledged.
"""

import ctypes
import fcntl
import os
import socket
import struct

import puppet

CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x8914, 1
CURRENT = "/proc/thread-self/ns/net"
libc = ctypes.CDLL(None, use_errno=True)
home = os.open(CURRENT, os.O_RDONLY)


def check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), "network namespace")


def leave(_):
    check(libc.unshare(CLONE_NEWNET))
    return os.stat(CURRENT).st_ino


def back(_):
    check(libc.setns(home, CLONE_NEWNET))


def loopback(request):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
        fcntl.ioctl(some, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP if request["up"] else 0))


def linger(request):
    value = struct.pack("ii", 1, request["seconds"])
    puppet.sockets[request["name"]].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, value)


puppet.COMMANDS += [leave, back, loopback, linger]
puppet.main()
