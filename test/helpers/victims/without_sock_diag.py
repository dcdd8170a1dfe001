"""Runs a command for which the kernel has no sock_diag: socket(AF_NETLINK, type, NETLINK_SOCK_DIAG) fails with EPROTONOSUPPORT."""

import ctypes
import errno
import os
import struct
import sys

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
PR_SET_NO_NEW_PRIVS = 38
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NUMBER, ARGUMENT_0, ARGUMENT_2 = 0, 16, 32
SOCKET = {'x86_64': 41, 'aarch64': 198}[os.uname().machine]
AF_NETLINK, NETLINK_SOCK_DIAG = 16, 4


def step(code, value, if_true=0, if_false=0):
    return struct.pack('HBBI', code, if_true, if_false, value)


program = b''.join((
    step(LOAD, NUMBER),
    step(EQUAL, SOCKET, 0, 5),
    step(LOAD, ARGUMENT_0),
    step(EQUAL, AF_NETLINK, 0, 3),
    step(LOAD, ARGUMENT_2),
    step(EQUAL, NETLINK_SOCK_DIAG, 0, 1),
    step(RETURN, ERRNO | errno.EPROTONOSUPPORT),
    step(RETURN, ALLOW),
))


class Filter(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('steps', ctypes.c_char_p)]


libc = ctypes.CDLL(None, use_errno=True)
# A filter needs one of the two, and this one lets sudo work where root runs it.
if os.geteuid() != 0 and libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
    raise OSError(ctypes.get_errno(), 'prctl')
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Filter(len(program) // 8, program))) != 0:
    raise OSError(ctypes.get_errno(), 'prctl')
os.execvp(sys.argv[1], sys.argv[1:])
