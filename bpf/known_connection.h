/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What the history knows of a socket's connection, and the events that it makes of that. */
#ifndef SOCKSCOPE_KNOWN_CONNECTION_H
#define SOCKSCOPE_KNOWN_CONNECTION_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "records.h"

#define RING_BYTES (1024 * 1024)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} connections SEC(".maps");

struct history_filter filter SEC(".bss.filter");
struct history_state state SEC(".bss.state");

/*
 * CALLED: connect() has not come so far that the socket changed its state. FOREIGN: somebody connected it
 * whose connections are not recorded, whoever created the socket.
 */
enum phase { CALLED = 1, CONNECTING = 2, OPEN = 3, OVER = 4, FOREIGN = 5 };

struct known_connection {
	struct connection_event event;
	__u32 keep; /* history_state.keep at that time */
	__u32 phase;
};

/* It lies with the socket, and ends with it. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct known_connection);
} known SEC(".maps");

static bool is_in_phase(const struct known_connection *connection, __u32 phase)
{
	return connection && connection->keep == state.keep && connection->phase == phase;
}

static bool is_present(const struct known_connection *connection)
{
	return connection && connection->keep == state.keep && connection->phase != OVER &&
	       connection->phase != FOREIGN;
}

/* Where there is no memory for it, an event is lost. */
#define KNOW(sk)                                                                                             \
	({                                                                                                   \
		struct known_connection *created =                                                           \
		    bpf_sk_storage_get(&known, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);                       \
		if (!created)                                                                                \
			__sync_fetch_and_add(&state.lost, 1);                                                \
		created;                                                                                     \
	})

/* A wakeup costs more than all the rest: there is one for many events. */
static __u64 wakeup(void)
{
	return state.armed && __sync_lock_test_and_set(&state.armed, 0) ? BPF_RB_FORCE_WAKEUP
									: BPF_RB_NO_WAKEUP;
}

static void emit(struct known_connection *connection, __u8 kind, __u64 at_ns)
{
	struct connection_event *event = &connection->event;

	event->kind = kind;
	event->at_ns = at_ns;
	if (bpf_ringbuf_output(&connections, event, sizeof(*event), wakeup()))
		__sync_fetch_and_add(&state.lost, 1);
}

/*
 * One that was CALLED has come to nothing. It is seen only now, with the socket's next connect() or its end:
 * it failed within the call.
 */
static void fail(struct known_connection *connection)
{
	connection->phase = OVER;
	emit(connection, CONNECTION_FAILED, connection->event.began_ns);
}

static void begin(struct known_connection *connection, __u32 phase)
{
	__builtin_memset(connection, 0, sizeof(*connection));
	connection->keep = state.keep;
	connection->phase = phase;
}

#endif
