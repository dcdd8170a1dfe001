"""A puppet that makes established TCP sockets up by TCP_REPAIR, with whatever tuple, and then is a user's. Root starts it.

`{"do": "forge", "name": N, "bind": ADDRESS, "to": ADDRESS}`; its sequence numbers are 0. `{"do": "become", "uid": U, "gid": G}`.
"""

import os
import socket

import puppet

TCP_REPAIR, TCP_REPAIR_ON = 19, 1


def forge(request):
    made = puppet.make({**request, "family": "ipv6", "freebind": True})
    made.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON)
    made.bind(tuple(request["bind"]))
    made.connect(tuple(request["to"]))
    return puppet.describe(made)


def become(request):
    os.setgroups([])
    os.setresgid(*[request["gid"]] * 3)
    os.setresuid(*[request["uid"]] * 3)


puppet.COMMANDS += [forge, become]
puppet.main()
