"""Makes binds to a port fail in a cgroup: bind_filter.py CGROUP PORT ERRNO. Prints a line when it does; undone when it ends."""

import ctypes
import os
import platform
import signal
import socket
import struct
import sys

cgroup, port, errno = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 321, "aarch64": 280}[platform.machine()]
PROG_LOAD, LINK_CREATE = 5, 28
CGROUP_SOCK_ADDR, INET4_BIND, INET6_BIND = 18, 8, 9
SET_RETVAL = 187


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, 128)
    fd = libc.syscall(number, command, buffer, 128)
    if fd < 0:
        raise OSError(ctypes.get_errno(), f"bpf({command})")
    return fd


def instruction(opcode, registers=0, offset=0, value=0):
    return struct.pack("<BBhi", opcode, registers, offset, value)


# bpf_sock_addr.user_port is at 24, in network order.
program = b"".join(
    [
        instruction(0x61, 0x12, 24),  # r2 = ctx->user_port
        instruction(0x55, 0x02, 4, socket.htons(port)),  # if r2 != port goto allow
        instruction(0xB7, 0x01, 0, -errno),  # r1 = -errno
        instruction(0x85, 0, 0, SET_RETVAL),
        instruction(0xB7, 0x00, 0, 0),  # r0 = 0: refuse
        instruction(0x95),
        instruction(0xB7, 0x00, 0, 1),  # allow: r0 = 1
        instruction(0x95),
    ]
)
code = ctypes.create_string_buffer(program)
license_text = ctypes.create_string_buffer(b"GPL")
target = os.open(cgroup, os.O_RDONLY)
links = []
for attach_type in (INET4_BIND, INET6_BIND):
    load = struct.pack(
        "<IIQQIIQII16sII",
        *(CGROUP_SOCK_ADDR, len(program) // 8, ctypes.addressof(code), ctypes.addressof(license_text)),
        *(0, 0, 0, 0, 0, b"bind_filter", 0, attach_type),
    )
    links.append(bpf(LINK_CREATE, struct.pack("<IIII", bpf(PROG_LOAD, load), target, attach_type, 0)))
print("ready", flush=True)
signal.pause()
