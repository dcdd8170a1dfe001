"""A puppet in a user and a network namespace of a user's, as in a rootless container. Root starts it:
`rootless.py OWNER FIRST COUNT INSIDE`. The namespaces belong to the uid OWNER; the uids in them are COUNT from FIRST on; and the
puppet has the INSIDE-th of them.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys

import puppet

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP, PR_SET_DUMPABLE = 0x8914, 1, 4
libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), "namespace")


def write_maps(pid, first, count):
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{pid}/{name}", "w") as file:
            file.write(f"0 {first} {count}\n")


def enter(owner, first, count, inside):
    """A child that is still root writes the maps, as newuidmap does."""
    pid, (waits, wakes) = os.getpid(), os.pipe()
    child = os.fork()
    if child == 0:
        os.read(waits, 1)
        write_maps(pid, first, count)
        os._exit(0)
    os.setgroups([])
    os.setresgid(owner, owner, owner)
    os.setresuid(owner, owner, owner)
    check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET))
    os.write(wakes, b"x")
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("no maps were written")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
        fcntl.ioctl(some, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    os.setresgid(inside, inside, inside)
    os.setresuid(inside, inside, inside)


enter(*map(int, sys.argv[1:5]))
puppet.main()
