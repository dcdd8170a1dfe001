"""A connection to the agent: JSON-RPC with the framing of the Language Server Protocol, over its Unix socket."""

import json
import os
import socket
import stat

# Of agent/protocol/compatibility.ts: agents with another number are asked for nothing.
PROTOCOL = 24

# A listing has at most so many bytes in a page, and a drill lists at most so many attempts.
MAX_MESSAGE = 64 * 1024 * 1024


class SockscopeError(Exception):
    """An answer of the agent that is an error; `code` is that of the protocol, or None."""

    def __init__(self, message, code=None):
        super().__init__(message)
        self.code = code


class NoAgentError(SockscopeError):
    """No agent serves this user."""


class Connection:
    def __init__(self, stream):
        self._stream = stream
        self._file = stream.makefile("rb")
        self._last = 0

    @classmethod
    def of_user(cls, uid):
        """Only root can have put the socket there: another program could pose as the agent."""
        path = f"/run/sockscope/{uid}/agent.sock"
        try:
            for folder in ("/run/sockscope", os.path.dirname(path)):
                _require_roots(folder)
            if os.lstat(path).st_uid != uid:
                raise SockscopeError(f"{path} belongs to another user")
            stream = socket.socket(socket.AF_UNIX)
            stream.connect(path)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            message = f"No agent serves uid {uid}: start it with sudo sockscope agent serve"
            raise NoAgentError(message) from error
        return cls(stream)

    def initialize(self):
        side = {"version": "pytest", "protocol": PROTOCOL}
        params = {"processId": os.getpid(), "rootUri": None, "capabilities": {}, "initializationOptions": side}
        info = self.request("initialize", params)["capabilities"]["experimental"]
        self._send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        if info["protocol"] != PROTOCOL:
            theirs = f"protocol {info['protocol']}, version {info['version']}"
            raise SockscopeError(f"The agent has {theirs}, and this plugin protocol {PROTOCOL}: update one of them")

    def request(self, method, params):
        """The result. Raises SockscopeError. Notifications that come meanwhile are not used here."""
        self._last += 1
        self._send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._last and "method" not in message:
                break
        if "error" in message:
            raise SockscopeError(message["error"]["message"], message["error"]["code"])
        return message["result"]

    def close(self):
        self._file.close()
        self._stream.close()

    def _send(self, message):
        body = json.dumps(message).encode()
        self._stream.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def _receive(self):
        length = None
        while True:
            line = self._file.readline(1024)
            if not line.endswith(b"\n"):
                raise SockscopeError("The agent has hung up")
            if line == b"\r\n":
                break
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length is None or length > MAX_MESSAGE:
            raise SockscopeError("What answers at the place of the agent is no agent of Sockscope")
        body = self._file.read(length)
        if len(body) < length:
            raise SockscopeError("The agent has hung up")
        return json.loads(body)


def _require_roots(folder):
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise SockscopeError(f"{folder} can be changed by others than root, so its socket may not be the agent's")
