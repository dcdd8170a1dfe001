"""A puppet that can stall inside send(): the data lies on pages that userfaultfd does not serve, so the call waits,
with the socket's lock held, until the command `serve`. Root starts it.

`{"do": "stall", "name": N}` answers when the call hangs; `{"do": "serve"}` answers with what each call returned.
"""

import ctypes
import fcntl
import mmap
import os
import struct
import threading

import puppet

USERFAULTFD = {"x86_64": 323, "aarch64": 282}[os.uname().machine]
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_ZEROPAGE = 0xC018AA3F, 0xC020AA00, 0xC020AA04
API, MODE_MISSING = 0xAA, 1
PAGE = mmap.PAGESIZE

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
stalls = []


class Stall:
    """One send() that hangs."""

    def __init__(self, some):
        self.result = None
        self.page = libc.mmap(None, PAGE, mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        self.faults = libc.syscall(USERFAULTFD, os.O_CLOEXEC)
        if self.faults < 0:
            raise OSError(ctypes.get_errno(), "userfaultfd")
        fcntl.ioctl(self.faults, UFFDIO_API, struct.pack("QQQ", API, 0, 0))
        fcntl.ioctl(self.faults, UFFDIO_REGISTER, struct.pack("QQQQ", self.page, PAGE, MODE_MISSING, 0))
        self.thread = threading.Thread(target=self.send, args=[some.fileno()], daemon=True)
        self.thread.start()
        os.read(self.faults, 64)  # the fault: the call has the lock by now

    def send(self, fd):
        sent = libc.send(fd, ctypes.c_void_p(self.page), 4, 0)
        self.result = sent if sent >= 0 else puppet.errno.errorcode[ctypes.get_errno()]

    def serve(self):
        fcntl.ioctl(self.faults, UFFDIO_ZEROPAGE, struct.pack("QQQq", self.page, PAGE, 0, 0))
        self.thread.join()
        return self.result


def stall(request):
    stalls.append(Stall(puppet.sockets[request["name"]]))


def serve(_):
    served = [each.serve() for each in stalls]
    stalls.clear()
    return served


puppet.COMMANDS += [stall, serve]
puppet.main()
