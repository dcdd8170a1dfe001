"""A process whose sockets a test controls: one JSON request a line on stdin, one JSON answer a line on stdout.

Requests: {"do": NAME, ...}. Answers: {"ok": VALUE}, or {"errno": "ECONNABORTED"} with the name of the error of the call.
"""

import errno
import json
import os
import resource
import socket
import struct
import sys

SO_COOKIE = 57
IPV6_FREEBIND = 78
# Seconds for a blocking call; afterwards its answer is the errno ETIMEDOUT. What the other end has sent, or the kernel sends again, may take
# its time on a busy machine; a connect may be meant to have no answer.
CONNECT_TIMEOUT, TIMEOUT = 5.0, 60.0
FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
KINDS = {  # socket type and IP protocol; 253 is for experiments
    "tcp": (socket.SOCK_STREAM, 0),
    "udp": (socket.SOCK_DGRAM, 0),
    "udplite": (socket.SOCK_DGRAM, 136),
    "mptcp": (socket.SOCK_STREAM, 262),
    "raw": (socket.SOCK_RAW, 253),
}

sockets = {}


def make(request):
    made = socket.socket(FAMILIES[request["family"]], *KINDS[request.get("protocol", "tcp")])
    made.settimeout(TIMEOUT)
    if made.family == socket.AF_INET6 and made.type != socket.SOCK_RAW:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not request.get("dual")))
    if request.get("freebind"):
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    if request.get("reuseport"):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if request.get("reuse"):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sockets[request["name"]] = made
    return made


def describe(some):
    cookie = int.from_bytes(some.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8), sys.byteorder)
    local = some.getsockname()
    try:
        remote = some.getpeername()[:2]
    except OSError:
        remote = None
    return {"cookie": str(cookie), "local": local[:2], "remote": remote}


def bind(request):
    made = make(request)
    made.bind((request["address"], request.get("port", 0)))
    return describe(made)


def bind_many(request):
    """Binds `count` UDP sockets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for index in range(request["count"]):
        bind({**request, "name": f"{request['name']} {index}", "protocol": "udp"})


def listen(request):
    bind(request)
    made = sockets[request["name"]]
    made.listen(request.get("backlog", 16))
    return describe(made)


def connect(request):
    made = make(request)
    if "bind" in request:
        made.bind(tuple(request["bind"]))
    if request.get("wait") is False:
        made.setblocking(False)
        code = made.connect_ex(tuple(request["to"]))
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, "connect")
        made.settimeout(TIMEOUT)
    else:
        made.settimeout(CONNECT_TIMEOUT)
        made.connect(tuple(request["to"]))
        made.settimeout(TIMEOUT)
    return describe(made)


def accept(request):
    accepted, _ = sockets[request["from"]].accept()
    accepted.settimeout(TIMEOUT)
    sockets[request["name"]] = accepted
    return describe(accepted)


def send(request):
    data = request["text"].encode()
    some = sockets[request["name"]]
    return some.sendto(data, tuple(request["to"])) if "to" in request else some.send(data)


def fill(request):
    some = sockets[request["name"]]
    some.setblocking(False)
    try:
        while True:
            some.send(bytes(65536))
    except BlockingIOError:
        some.settimeout(TIMEOUT)


def receive(request):
    """`within`: seconds, where nothing may come."""
    some = sockets[request["name"]]
    some.settimeout(request.get("within", TIMEOUT))
    data, sender = some.recvfrom(65536)
    return {"text": data.decode(errors="replace"), "from": sender[:2] if sender else None}


def pending(request):
    """Reads and clears the pending error of a socket."""
    return errno.errorcode.get(sockets[request["name"]].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def pending_many(request):
    """Likewise of those of bind_many: the errors, by cookie."""
    errors = {}
    for index in range(request["count"]):
        name = f"{request['name']} {index}"
        error = pending({"name": name})
        if error is not None:
            errors[describe(sockets[name])["cookie"]] = error
    return errors


def close(request):
    sockets.pop(request["name"]).close()


def reset(request):
    """Closes it by an RST."""
    some = sockets.pop(request["name"])
    some.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    some.close()


def level_of(name):
    """Of SO_ and TCP_ options that are numbers."""
    return socket.SOL_SOCKET if name.startswith("SO_") else socket.IPPROTO_TCP


def set_options(request):
    for name, value in request["options"].items():
        sockets[request["name"]].setsockopt(level_of(name), getattr(socket, name), value)


def get_options(request):
    some = sockets[request["name"]]
    return {name: some.getsockopt(level_of(name), getattr(socket, name)) for name in request["options"]}


def shutdown(request):
    sockets[request["name"]].shutdown(socket.SHUT_WR)


def give(request):
    """Passes a socket to the puppet with this mailbox (holder.py)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as through:
        through.connect("\0" + request["path"])
        socket.send_fds(through, [b"x"], [sockets[request["name"]].fileno()])


def info(request):
    return describe(sockets[request["name"]])


COMMANDS = [bind, bind_many, listen, connect, accept, send, fill, receive, pending, pending_many, close, reset, set_options, get_options, shutdown, give, info]


def answer(request):
    try:
        command = next(each for each in COMMANDS if each.__name__ == request["do"])
        return {"ok": command(request)}
    except socket.timeout:
        return {"errno": "ETIMEDOUT"}
    except OSError as error:
        return {"errno": errno.errorcode[error.errno]}


def main():
    print(json.dumps({"ok": {"pid": os.getpid()}}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
