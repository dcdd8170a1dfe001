"""A puppet that becomes another program, with its pid, start time and name: `{"do": "become", "command": [...]}` replaces it as exec
does, and its sockets stay open. A fork is the same program for a moment, too, before it becomes another one.
"""

import os

import puppet


def become(request):
    for made in puppet.sockets.values():
        made.set_inheritable(True)
    os.execv(request["command"][0], request["command"])


puppet.COMMANDS.append(become)
puppet.main()
