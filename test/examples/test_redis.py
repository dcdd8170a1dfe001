"""
Does this program's Redis client reconnect? For pytest with pytest-sockscope; needs a Redis server at REDIS_PORT (default: 6379), and an
agent: sudo sockscope agent serve
"""

import contextlib
import os
import threading

import pytest
import redis

PORT = int(os.environ.get("REDIS_PORT", "6379"))
# Only the connections of this process to Redis.
MINE = f"pid:{os.getpid()} remote:{PORT}"


@contextlib.contextmanager
def connected():
    client = redis.Redis(port=PORT)
    try:
        client.ping()
        yield client
    finally:
        client.connection_pool.disconnect()


@pytest.fixture
def cache():
    """A client that is at work, as in a server: redis-py connects again with the next command."""
    stopped = threading.Event()
    with connected() as client:

        def work():
            while not stopped.wait(0.05):
                with contextlib.suppress(redis.ConnectionError):
                    client.incr("visits")

        worker = threading.Thread(target=work)
        worker.start()
        yield client
        stopped.set()
        worker.join()


def test_reconnects(sockscope, cache):
    drill = sockscope.assert_reconnects_within(MINE, "30s", times=2, every="500ms")
    assert drill["summary"]["recovered"] == 2


def test_survives_an_outage(sockscope, cache):
    sockscope.assert_reconnects_within(MINE, "30s", fault="refused", down="500ms")


def test_commands_fail_while_redis_is_down(sockscope, cache):
    with sockscope.outage(MINE, "30s"):
        with pytest.raises(redis.ConnectionError):
            cache.ping()
    assert cache.ping()


def test_leaves_no_connection_behind(sockscope, cache):
    with sockscope.no_leaks(MINE, settle="30s"):
        with connected() as client:
            client.set("greeting", "hello")


def test_would_see_one_that_is_left_behind(sockscope):
    with contextlib.ExitStack() as left:
        with pytest.raises(AssertionError, match="matches 1 sockets, before: 0"):
            with sockscope.no_leaks(MINE, settle="200ms"):
                left.enter_context(connected())


def test_a_filter_that_matches_nothing_judges_nothing(sockscope):
    with pytest.raises(AssertionError, match="no socket matches pid:.* remote:1, neither before nor afterwards"):
        with sockscope.no_leaks(f"pid:{os.getpid()} remote:1"):
            pass


def test_only_what_matches_is_cut(sockscope):
    with connected():
        [mine] = sockscope.list(MINE)
        with connected() as bystander:
            assert sockscope.destroy(f"{MINE} cookie:{mine['cookie']}") == ["destroyed"]
            assert bystander.ping()
            assert len(sockscope.list(MINE)) == 1
