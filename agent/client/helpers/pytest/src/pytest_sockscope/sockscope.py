"""What a test does with sockets."""

import contextlib
import os
import time

from .connection import Connection, SockscopeError
from .durations import milliseconds

_NOT_FOUND = 1008
_MAX_TARGETS = 2000
_PAUSE = 0.1


class Sockscope:
    """Filters are those of the command line: `pid:42 remote:6379`."""

    def __init__(self, connection):
        self._connection = connection
        self._drills = 0

    @classmethod
    def connect(cls, uid=None):
        """To the agent of this user, or of the one who called sudo."""
        own = os.getuid()
        called = int(os.environ.get("SUDO_UID", "0")) if own == 0 else own
        connection = Connection.of_user(called if uid is None else uid)
        try:
            connection.initialize()
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the outages that are not detached, too."""
        self._connection.close()

    def request(self, method, params):
        """Any request of the protocol."""
        return self._connection.request(method, params)

    def list(self, filter=""):
        """Every socket that matches now."""
        sockets = []
        params = {"filter": filter}
        while True:
            page = self.request("sockets/listJson", params)
            sockets += page["jsonRows"]
            if page["cursor"] is None:
                return sockets
            params["cursor"] = page["cursor"]

    def destroy(self, filter):
        """Aborts what matches, and returns the outcome of each, such as `destroyed`; the processes live on."""
        keys = ("netns", "cookie", "protocol", "local", "remote")
        targets = [{key: socket[key] for key in keys} for socket in self.list(filter)]
        outcomes = []
        for start in range(0, len(targets), _MAX_TARGETS):
            params = {"targets": targets[start : start + _MAX_TARGETS]}
            result = self.request("sockets/destroy", params)
            outcomes += [result["endings"][index]["outcome"] for index in result["of"]]
        return outcomes

    def drill(self, filter, *, times=5, every="5s", jitter=0, wait="30s", end="local", one_of_pool=False, fault=None, down="10s"):
        """Destroys round by round, and measures how what matches reconnects."""
        self._drills += 1
        hold = None if fault is None else {"fault": fault, "ms": milliseconds(down)}
        params = {
            "filter": filter,
            "times": times,
            "everyMs": milliseconds(every),
            "jitter": jitter,
            "waitMs": milliseconds(wait),
            "end": end,
            "oneOfPool": one_of_pool,
            "hold": hold,
            "drill": self._drills,
        }
        return self.request("drills/run", params)

    def assert_reconnects_within(self, filter, within, *, times=1, **options):
        """Fails unless all that was cut was back in this time, counted from the cut, in each round; returns the drill."""
        result = self.drill(filter, times=times, wait=within, **options)
        most = milliseconds(within)
        for number, round in enumerate(result["rounds"], 1):
            back = round["allRecoveredMs"]
            in_time = back is not None and back <= most and round["exit"] is None
            assert in_time, f"round {number}: {round['verdict']}: {round['message']} (expected within {within})"
        return result

    @contextlib.contextmanager
    def outage(self, filter, duration, fault="refused"):
        """Holds a remote down until its time is over, or the block is left."""
        params = {"filter": filter, "fault": fault, "forMs": milliseconds(duration), "detach": False}
        outage = Outage(self, self.request("outages/start", params)["outage"])
        try:
            yield outage
        finally:
            outage.stop()

    @contextlib.contextmanager
    def no_leaks(self, filter, settle="5s"):
        """
        Fails if more sockets match after the block than before; closed ones that their process still holds count. Fails as well where
        nothing matches, neither before nor after it: with a typo in the filter, it would never fail.
        """
        before = self._held(filter)
        yield
        deadline = time.monotonic() + milliseconds(settle) / 1000
        after = self._held(filter)
        while len(after) > len(before) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            after = self._held(filter)
        hint = "check the filter, and let a connection be open that it matches"
        assert before or after, f"no socket matches {filter}, neither before nor afterwards: {hint}"
        assert len(after) <= len(before), f"{filter} matches {len(after)} sockets, before: {len(before)}"

    def _held(self, filter):
        """What the kernel keeps for a while, as in time-wait, has no owner, and is no leak."""
        sockets = self.list(filter) + self.list(f"{filter} state:close")
        return {(each["netns"], each["cookie"]) for each in sockets if each["owners"]}


class Outage:
    def __init__(self, sockscope, started):
        self._sockscope = sockscope
        #: As it started; then, once it was stopped in time, with its final counters.
        self.state = started

    def stop(self):
        """Does nothing where it has ended already."""
        try:
            self.state = self._sockscope.request("outages/stop", {"id": self.state["id"]})["outage"]
        except SockscopeError as error:
            if error.code != _NOT_FOUND:
                raise
