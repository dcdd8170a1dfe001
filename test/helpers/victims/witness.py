"""A puppet that also reports the end of a connection, and the results of binds on a port.

`{"do": "ending", "name": N}` reads all data, without waiting: null while the connection lives, "EOF", or an errno.
`{"do": "trials", "port": P, "protocol": "tcp"}` binds the port on each address, listens, and closes again:
[{"address", "reuseaddr", "error"}], an errno or null. `{"do": "ignore"}`: ignores SIGTERM from now on.
"""

import errno
import signal
import socket

import puppet

ADDRESSES = ["0.0.0.0", "127.0.0.1", "::", "::1"]


def ending(request):
    some = puppet.sockets[request["name"]]
    some.setblocking(False)
    try:
        while some.recv(65536):
            pass
        return "EOF"
    except BlockingIOError:
        return None
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        some.settimeout(puppet.TIMEOUT)


def trial(port, protocol, address, reuseaddr):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM) as some:
        some.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuseaddr))
        try:
            some.bind((address, port))
            if protocol == "tcp":
                some.listen()
        except OSError as error:
            return errno.errorcode[error.errno]


def trials(request):
    port, protocol = request["port"], request["protocol"]
    return [
        {"address": address, "reuseaddr": reuseaddr, "error": trial(port, protocol, address, reuseaddr)}
        for reuseaddr in ([False, True] if protocol == "tcp" else [False])
        for address in ADDRESSES
    ]


def ignore(_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


puppet.COMMANDS += [ending, trials, ignore]
if __name__ == "__main__":
    puppet.main()
