"""A puppet whose sockets have unusual owners: forked children, threads with their own descriptor tables, a process whose
first thread has ended, or none, in flight to another process.

`{"do": "fork"}` answers with the pid of a child that holds the same sockets, `fork_with_copies` with that of one that has
more descriptors of one of them. `give`, which every puppet has, and `take` pass a socket by SCM_RIGHTS through a Unix
socket in the abstract namespace. `time_waits` leaves sockets without an owner. `split` makes a thread with a descriptor table of its own.
`leave` ends the first thread; another one continues to answer.
"""

import ctypes
import os
import resource
import socket
import subprocess
import sys
import threading

import puppet

CLONE_FILES, PR_SET_PDEATHSIG, SIGKILL = 0x400, 1, 9
EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]  # of one thread
libc = ctypes.CDLL(None, use_errno=True)
mailboxes = {}
left = threading.Event()


def fork(_):
    child = os.fork()
    if child == 0:
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL)
        os.close(0)
        while True:
            threading.Event().wait()
    return child


def fork_with_copies(request):
    """As fork, with more descriptors of one socket."""
    copies = [puppet.sockets[request["name"]].dup() for _ in range(request["count"])]
    child = fork(request)
    for copy in copies:
        copy.close()
    return child


def aim_many(request):
    """Makes so many UDP sockets that have a remote port in common, from a network of their own."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for index in range(request["count"]):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((f"{request['network']}.{1 + index // 5000}", 0))
        made.connect(("127.0.0.1", request["port"]))
        puppet.sockets[f"aimed {index}"] = made


def time_waits(request):
    """Leaves so many connections in time-wait, in a network namespace that is this process's own."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # By default, a connection on loopback takes the place of one that has been in time-wait for a second.
    for name, value in {"max_tw_buckets": 2 * request["count"], "tw_reuse": 0}.items():
        with open(f"/proc/sys/net/ipv4/tcp_{name}", "w") as setting:
            setting.write(str(value))
    with socket.create_server(("0.0.0.0", 0), backlog=1) as listener:
        port = listener.getsockname()[1]
        for index in range(request["count"]):
            with socket.create_connection((f"127.0.0.{1 + index // 10_000}", port)):
                accepted, _ = listener.accept()
            accepted.close()


def mailbox(request):
    """Creates the Unix socket through which other processes pass sockets to this one."""
    mailboxes[request["path"]] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    mailboxes[request["path"]].bind("\0" + request["path"])


def take(request):
    _, fds, _, _ = socket.recv_fds(mailboxes[request["path"]], 1, 1)
    puppet.sockets[request["name"]] = socket.socket(fileno=fds[0])
    puppet.sockets[request["name"]].settimeout(puppet.TIMEOUT)


def threads(request):
    for _ in range(request["count"]):
        threading.Thread(target=threading.Event().wait, daemon=True).start()


def split(_):
    done = threading.Event()

    def own_table():
        libc.unshare(CLONE_FILES)
        done.set()
        threading.Event().wait()

    threading.Thread(target=own_table, daemon=True).start()
    done.wait()


def leave(_):
    left.set()


puppet.COMMANDS += [fork, fork_with_copies, aim_many, time_waits, mailbox, take, threads, split, leave]
threading.Thread(target=lambda: (puppet.main(), os._exit(0)), daemon=True).start()
left.wait()
libc.syscall(EXIT, 0)
sys.exit(1)
