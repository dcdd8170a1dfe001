// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reports events of TCP and UDP sockets, of every network namespace. These programs run inside every connect,
 * close and reset of the machine, so they only record the event.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "pid.h"
#include "reads.h"
#include "records.h"

#define RING_BYTES (512 * 1024)

#define ECONNABORTED 103

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} events SEC(".maps");

struct event_watch watch;

/* Events that the ring had no room for. */
__u32 lost SEC(".bss.lost");

static bool is_watched(const struct sock *sk)
{
	__u16 family = sk->__sk_common.skc_family;
	__u16 protocol = sk->sk_protocol;

	return (family == AF_INET || family == AF_INET6) &&
	       (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_MPTCP);
}

/* A wakeup costs more than all the rest: there is one for each listing, and one before the ring is full. */
static bool is_wakeup_due(void)
{
	return (watch.armed && __sync_lock_test_and_set(&watch.armed, 0)) ||
	       bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > RING_BYTES / 2;
}

static __u32 parent_here(struct task_struct *task)
{
	struct task_struct *parent = READ(task, real_parent);

	return pid_namespace == INITIAL_PID_NAMESPACE ? READ(parent, tgid) : pid_here(parent);
}

/*
 * Of TCP by a pointer that the verifier does not trust (see reads.h), and without a probe read: this is done
 * for each event of each connection.
 */
static __u32 netns_of(struct sock *sk)
{
	struct sock *tcp = (struct sock *)bpf_skc_to_tcp_sock(sk);
	struct net *net;

	if (tcp)
		return tcp->__sk_common.skc_net.net->ns.inum;
	net = READ(sk, __sk_common.skc_net.net);
	return READ(net, ns.inum);
}

/*
 * Whether it says how a connection ends, or that its cookie names another one from now on (socket_ends.cc).
 * Other events only say that there is something new in their namespace.
 */
static bool is_of_end(const struct socket_event *event, const struct sock *sk)
{
	if (event->kind != EVENT_STATE || event->error)
		return true;
	switch (event->new_state) {
	case TCP_ESTABLISHED:
	case TCP_SYN_RECV:
	case TCP_FIN_WAIT2:
		return false;
	case TCP_SYN_SENT:
	case TCP_LISTEN:
		return sk->__sk_common.skc_cookie.counter != 0;
	default:
		return true;
	}
}

/* `noted` is of now: an event of this namespace is in the ring, and the broker reads it after this one. */
static bool is_known(const struct socket_event *event, const struct sock *sk, __u64 noted)
{
	return !watch.armed && watch.noted == noted && !is_of_end(event, sk);
}

static void emit(struct socket_event *event, struct sock *sk)
{
	/* Before anything is written: of an earlier scan, it is no longer true. */
	__u64 scan = watch.scan;
	struct task_struct *task;
	__u64 noted;
	bool wakes;

	event->netns = netns_of(sk);
	event->error = sk->sk_err;
	noted = scan << 32 | event->netns;
	if (is_known(event, sk, noted))
		return;
	task = bpf_get_current_task_btf();
	wakes = is_wakeup_due();
	event->cookie = sk->sk_protocol == IPPROTO_MPTCP ? 0 : bpf_get_socket_cookie(sk);
	event->exiting = (task->flags & PF_EXITING) != 0;
	/* Whoever destroys does so himself, under the socket's lock. */
	if (event->error == ECONNABORTED)
		event->parent = parent_here(task);
	if (!bpf_ringbuf_output(&events, event, sizeof(*event),
				wakes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP)) {
		watch.noted = noted;
		return;
	}
	__sync_fetch_and_add(&lost, 1);
	if (wakes)
		watch.armed = 1;
}

/* The contexts of these programs are the tracepoints' arguments (include/trace/events/sock.h, tcp.h). */

SEC("tp_btf/inet_sock_set_state")
int set_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct socket_event event = {.kind = EVENT_STATE, .old_state = ctx[1], .new_state = ctx[2]};

	if (is_watched(sk))
		emit(&event, sk);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int receive_reset(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct socket_event event = {.kind = EVENT_RECEIVE_RESET};

	if (is_watched(sk))
		emit(&event, sk);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int error_report(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct socket_event event = {.kind = EVENT_ERROR};

	if (is_watched(sk))
		emit(&event, sk);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
