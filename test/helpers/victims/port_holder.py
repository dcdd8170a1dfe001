"""Holds a port: port_holder.py KIND PORT [ADDRESS]. Prints a line when it does, and one for each connection that it accepts.

listen, reuseport (listens with SO_REUSEPORT), plain (listens without SO_REUSEADDR), bound, udp; deaf: as plain, ignores SIGTERM; smart: on SIGTERM waits for
its sessions to end; closer: closes each connection first, and so has the time-wait; client PORT: connects.
helper: has started a `sleep` that inherited the listening socket, and prints its pid; worker: the same, but it ends soon after it.
siblings: starts a server and a `sleep` that inherit the listening socket, prints their pids, and ends.
tmux NAME: has started a tmux server of that name, which inherited the listening socket, and prints its pid.
"""

import signal
import socket
import subprocess
import sys

kind, port = sys.argv[1], sys.argv[2]
address = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"


def say(text):
    print(text, flush=True)


def holder():
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    if kind in ("listen", "closer", "helper", "worker", "siblings", "tmux"):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == "reuseport":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((address, int(port)))
    if kind not in ("bound", "udp"):
        made.listen()
    return made


def stop(*_):
    if kind == "deaf":
        return
    if kind != "smart":
        sys.exit(0)
    held.close()
    for session in sessions:
        try:
            session.recv(1)
        except OSError as error:
            say(f"session {error.errno}")
    sys.exit(0)


def heir():
    held.set_inheritable(True)
    worker = [sys.executable, "-c", "import sys, time; sys.stdin.read(); time.sleep(0.5)"]
    command = worker if kind == "worker" else ["sleep", "598"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    return subprocess.Popen(command, close_fds=False, **streams)


def siblings():
    held.set_inheritable(True)
    accepting = f"import socket\nheld = socket.socket(fileno={held.fileno()})\nwhile True: held.accept()"
    commands = ([sys.executable, "-c", accepting], ["sleep", "598"])
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    say(" ".join(str(subprocess.Popen(each, close_fds=False, **streams).pid) for each in commands))


def tmux(name):
    held.set_inheritable(True)
    subprocess.run(["tmux", "-L", name, "new-session", "-d", "sleep 598"], close_fds=False, check=True)
    shown = subprocess.run(["tmux", "-L", name, "display-message", "-p", "#{pid}"], stdout=subprocess.PIPE, check=True)
    return shown.stdout.decode().strip()


sessions = []
signal.signal(signal.SIGTERM, stop)
if kind == "client":
    held = socket.create_connection(("127.0.0.1", int(port)))
    say(f"ready {held.getsockname()[1]}")
    try:
        held.recv(1)
        say("closed by the server")
    except OSError as error:
        say(f"errno {error.errno}")
else:
    held = holder()
    if kind == "siblings":
        siblings()
        sys.exit(0)
    if kind == "tmux":
        say(f"ready {tmux(sys.argv[4])}")
    started = heir() if kind in ("helper", "worker") else None
    if kind != "tmux":
        say(f"ready {started.pid}" if started else "ready")
while True:
    if kind in ("bound", "udp", "client"):
        signal.pause()
        continue
    try:
        session, _ = held.accept()
    except OSError:  # taken over
        signal.pause()
    if kind == "closer":
        session.close()  # before the line is printed, so that the client cannot close first
    else:
        sessions.append(session)
    say("accepted")
