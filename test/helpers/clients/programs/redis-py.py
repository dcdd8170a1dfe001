"""redis-py with a timeout, as its documentation advises, and a command every fifth of a second. Its argument is the port."""

import sys
import time

import redis

client = redis.Redis(port=int(sys.argv[1]), socket_timeout=1)
ready = False
while True:
    try:
        client.ping()
        if not ready:
            print("ready", flush=True)
        ready = True
    except redis.RedisError:
        pass  # the next one may succeed
    time.sleep(0.2)
