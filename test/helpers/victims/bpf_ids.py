"""Prints the ids of all BPF objects of the kernel as JSON: {"prog": [...], "map": [...], "link": [...]}. Root starts it."""

import ctypes
import json
import os
import struct

BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
NEXT_ID = {"prog": 11, "map": 12, "link": 31}
libc = ctypes.CDLL(None, use_errno=True)


def ids(command):
    found, attributes = [], ctypes.create_string_buffer(12)
    while True:
        struct.pack_into("II", attributes, 0, found[-1] if found else 0, 0)
        if libc.syscall(BPF, command, attributes, len(attributes)) != 0:
            return found
        found.append(struct.unpack_from("II", attributes)[1])


print(json.dumps({kind: ids(command) for kind, command in NEXT_ID.items()}))
