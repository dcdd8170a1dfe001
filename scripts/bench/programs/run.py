"""Runs commands one at a time, in the network namespace and as the user in which it was itself started.

One JSON request a line on stdin: {"command": [PROGRAM, ...], "environment": {...}}, PROGRAM with its path. One JSON answer a
line on stdout: milliseconds from before the start of the program until its end, its exit code, and the end of what it said on
stderr. Its output is thrown away.
So a measured time has neither the start of nsenter in it, nor the event loop of Node.
"""

import json
import os
import sys
import time

NOTHING = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(2)]
SAID = os.memfd_create("stderr")
MOST_SAID = 500


def run(command, environment):
    os.ftruncate(SAID, 0)
    os.lseek(SAID, 0, os.SEEK_SET)
    started = time.monotonic_ns()
    actions = [*NOTHING, (os.POSIX_SPAWN_DUP2, SAID, 2)]
    pid = os.posix_spawn(command[0], command, environment, file_actions=actions)
    _, status = os.waitpid(pid, 0)
    elapsed = (time.monotonic_ns() - started) / 1e6
    size = os.fstat(SAID).st_size
    said = os.pread(SAID, MOST_SAID, max(0, size - MOST_SAID)).decode(errors="replace")
    return {"ms": elapsed, "code": os.waitstatus_to_exitcode(status), "said": said}


for line in sys.stdin:
    print(json.dumps(run(**json.loads(line))), flush=True)
