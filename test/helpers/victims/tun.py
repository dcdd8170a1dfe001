"""A network with one silent neighbour, 10.9.0.2 and fd09::2, behind a TUN device: it never answers.

`{"do": "syn", "port": P, "from": Q}` sends one SYN from the neighbour's port Q to 10.9.0.1:P.
Root starts it, in a network namespace of the test.
"""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
HERE, NEIGHBOUR = "10.9.0.1", "10.9.0.2"


def open_tun():
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"silent", IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "addr", "add", f"{HERE}/24", "dev", "silent"], check=True)
    subprocess.run(["ip", "addr", "add", "fd09::1/64", "dev", "silent", "nodad"], check=True)
    subprocess.run(["ip", "link", "set", "silent", "up"], check=True)
    return tun


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def syn(port, source_port):
    addresses = socket.inet_aton(NEIGHBOUR) + socket.inet_aton(HERE)
    tcp = struct.pack("!HHIIBBHHH", source_port, port, 1000, 0, 5 << 4, 0x02, 65535, 0, 0)
    pseudo = addresses + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, socket.IPPROTO_TCP, 0) + addresses
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + tcp


def main():
    tun = open_tun()
    print(json.dumps({"ok": {"pid": os.getpid()}}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        os.write(tun, syn(request["port"], request["from"]))
        print(json.dumps({"ok": None}), flush=True)


if __name__ == "__main__":
    main()
