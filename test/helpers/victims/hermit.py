"""A puppet that is alone in a user and network namespace of its own, as any user may make one.

With two numbers, root starts it: the first user makes a user namespace in which he has the second uid, too, as from
/etc/subuid; and that uid makes the namespaces of the puppet below it.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys

import puppet

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def unshare(flags):
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def become_subordinate(user, subordinate):
    pid, (waits, ready) = os.getpid(), os.pipe()
    helper = os.fork()
    if helper == 0:
        os.read(waits, 1)
        for name, ids in ("uid_map", f"0 {user} 1\n1 {subordinate} 1"), ("gid_map", "0 0 1"):
            with open(f"/proc/{pid}/{name}", "w") as mapping:
                mapping.write(ids)
        os._exit(0)
    os.setresuid(user, user, user)
    unshare(CLONE_NEWUSER)
    os.write(ready, b"x")
    os.waitpid(helper, 0)
    os.setresuid(1, 1, 1)


if len(sys.argv) == 3:
    become_subordinate(int(sys.argv[1]), int(sys.argv[2]))
unshare(CLONE_NEWUSER | CLONE_NEWNET)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
    fcntl.ioctl(some, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
puppet.main()
