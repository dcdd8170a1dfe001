// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Records TCP connections that open, fail to open, and end, with their process, duration and bytes. The
 * programs run inside every connect and change of state, and are attached only while a history is kept.
 */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "connecting.h"
#include "known_connection.h"
#include "pid.h"
#include "records.h"
#include "uids.h"

#define ECONNABORTED 103

#define ALLOW 1

/* Of a kernel thread, which may work off what others have closed, nothing is said. */
static void fill_process(struct connection_event *event, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return;
	event->pid = current_pid();
	event->start_time = start_time_of(task);
	BPF_CORE_READ_STR_INTO(&event->name, leader, comm);
}

/* connect() is being made; whether it comes to a packet is not known yet. */
static struct connection_event *begin_call(struct bpf_sock_addr *ctx, __u16 family)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct known_connection *connection;
	__u32 uid;

	if (ctx->type != SOCK_STREAM || ctx->protocol != IPPROTO_TCP)
		return NULL;
	connection = bpf_sk_storage_get(&known, ctx->sk, NULL, 0);
	if (is_in_phase(connection, CALLED))
		fail(connection);
	uid = single_uid(task);
	if (!IS_FOR_UID(&filter, uid))
		return NULL;
	connection = KNOW(ctx->sk);
	if (!connection)
		return NULL;
	begin(connection, CALLED);
	fill_process(&connection->event, task);
	connection->event.cookie = bpf_get_socket_cookie(ctx);
	connection->event.began_ns = bpf_ktime_get_ns();
	connection->event.netns = socket_netns(ctx->sk);
	connection->event.uid = uid;
	connection->event.family = family;
	connection->event.remote_port = bpf_ntohs(ctx->user_port);
	connection->event.flags = CONNECTION_OUT | CONNECTION_UNSENT;
	return &connection->event;
}

SEC("cgroup/connect4")
int history_connect4(struct bpf_sock_addr *ctx)
{
	struct connection_event *event = begin_call(ctx, AF_INET);

	if (event)
		*(__be32 *)event->remote_address = remote4(ctx);
	return ALLOW;
}

SEC("cgroup/connect6")
int history_connect6(struct bpf_sock_addr *ctx)
{
	struct connection_event *event = begin_call(ctx, AF_INET6);
	__be32 *address;

	if (!event)
		return ALLOW;
	address = (__be32 *)event->remote_address;
	address[0] = ctx->user_ip6[0];
	address[1] = ctx->user_ip6[1];
	address[2] = ctx->user_ip6[2];
	address[3] = ctx->user_ip6[3];
	return ALLOW;
}

static void fill_addresses(struct connection_event *event, struct sock *sk)
{
	event->family = sk->__sk_common.skc_family;
	event->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (event->family == AF_INET) {
		*(__be32 *)event->local_address = sk->__sk_common.skc_rcv_saddr;
		*(__be32 *)event->remote_address = sk->__sk_common.skc_daddr;
		return;
	}
	BPF_CORE_READ_INTO(&event->local_address, sk, __sk_common.skc_v6_rcv_saddr);
	BPF_CORE_READ_INTO(&event->remote_address, sk, __sk_common.skc_v6_daddr);
}

/* Of one that is seen for the first time. */
static void fill_socket(struct connection_event *event, struct sock *sk, struct tcp_sock *tcp)
{
	event->cookie = bpf_get_socket_cookie(sk);
	event->netns = tcp->inet_conn.icsk_inet.sk.__sk_common.skc_net.net->ns.inum;
	event->uid = sk->sk_uid.val;
}

static void fill_numbers(struct connection_event *event, struct sock *sk, struct tcp_sock *tcp)
{
	__u64 done = sk->__sk_common.skc_flags >> bpf_core_enum_value(enum sock_flags, SOCK_DONE) & 1;

	event->local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
	event->error = sk->sk_err;
	event->sent = tcp->bytes_sent > tcp->bytes_retrans ? tcp->bytes_sent - tcp->bytes_retrans : 0;
	event->received = tcp->bytes_received - (tcp->bytes_received ? done : 0);
	if (tcp->segs_out)
		event->flags &= ~CONNECTION_UNSENT;
}

/*
 * The transitions that a call of the owner makes (socket_ends.cc): then the current process is its owner, or
 * the one that has inherited it.
 */
static bool is_made_by_owner(const struct sock *sk, int from, int to)
{
	if (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK)
		return true;
	return to == TCP_CLOSE && !sk->sk_err &&
	       (from == TCP_ESTABLISHED || from == TCP_SYN_SENT || from == TCP_CLOSE_WAIT);
}

/* Its process is named where none has connected it, and only to whom it may be. */
static void note_closing_process(struct connection_event *event, struct task_struct *task)
{
	__u32 uid = single_uid(task);

	if (!event->pid && IS_FOR_UID(&filter, uid))
		fill_process(event, task);
}

static void note_close(struct connection_event *event, struct sock *sk, int from, int to)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (to == TCP_CLOSE_WAIT && !(event->flags & CONNECTION_HERE))
		event->flags |= CONNECTION_PEER;
	if (!is_made_by_owner(sk, from, to))
		return;
	note_closing_process(event, task);
	if (!(event->flags & CONNECTION_PEER) && from != TCP_CLOSE_WAIT)
		event->flags |= CONNECTION_HERE;
	if (task->flags & PF_EXITING)
		event->flags |= CONNECTION_EXITING;
}

static __u32 parent_here(struct task_struct *task)
{
	return pid_here(BPF_CORE_READ(task, real_parent));
}

static void end(struct known_connection *connection, struct sock *sk, struct tcp_sock *tcp)
{
	struct connection_event *event = &connection->event;
	bool opened = connection->phase == OPEN;

	fill_numbers(event, sk, tcp);
	/* Whoever destroys does so himself, under the socket's lock. */
	if (event->error == ECONNABORTED)
		event->parent = parent_here(bpf_get_current_task_btf());
	connection->phase = OVER;
	emit(connection, opened ? CONNECTION_ENDED : CONNECTION_FAILED, bpf_ktime_get_ns());
}

static void open(struct known_connection *connection, struct sock *sk, struct tcp_sock *tcp)
{
	struct connection_event *event = &connection->event;

	connection->phase = OPEN;
	fill_addresses(event, sk);
	fill_numbers(event, sk, tcp);
	event->opened_ns = bpf_ktime_get_ns();
	if (event->flags & CONNECTION_IN)
		event->began_ns = event->opened_ns;
	emit(connection, CONNECTION_OPENED, event->opened_ns);
}

/* The subflows of MPTCP and what the kernel connects come here without a call. */
static void note_connecting(struct known_connection *connection, struct sock *sk, struct tcp_sock *tcp)
{
	struct connection_event *event = &connection->event;

	if (!is_present(connection)) {
		struct task_struct *task = bpf_get_current_task_btf();

		begin(connection, CONNECTING);
		fill_socket(event, sk, tcp);
		fill_process(event, task);
		event->began_ns = bpf_ktime_get_ns();
		event->uid = single_uid(task);
		event->flags = CONNECTION_OUT | CONNECTION_UNSENT;
	}
	connection->phase = CONNECTING;
	fill_addresses(event, sk);
}

/* What the state says of one that is seen for the first time: who closed it first, too. */
static __u8 flags_from(int from)
{
	switch (from) {
	case TCP_SYN_SENT:
		return CONNECTION_OUT;
	case TCP_SYN_RECV:
		return CONNECTION_IN;
	case TCP_CLOSE_WAIT:
	case TCP_LAST_ACK:
		return CONNECTION_PEER;
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
		return CONNECTION_HERE;
	}
	return 0;
}

/* One that a listener took, or that was open, or about to be, before the history was kept. */
static void note_new(struct known_connection *connection, struct sock *sk, struct tcp_sock *tcp, int from)
{
	begin(connection, from == TCP_SYN_SENT ? CONNECTING : OPEN);
	fill_socket(&connection->event, sk, tcp);
	fill_addresses(&connection->event, sk);
	connection->event.flags = flags_from(from);
}

static bool is_of_connection(int from, int to)
{
	return from != TCP_LISTEN && to != TCP_LISTEN && to != TCP_SYN_RECV &&
	       !(from == TCP_SYN_RECV && to == TCP_CLOSE);
}

static struct known_connection *note_foreign(struct sock *sk)
{
	struct known_connection *connection = IS_FOR_UID(&filter, sk->sk_uid.val) ? KNOW(sk) : NULL;

	if (connection)
		begin(connection, FOREIGN);
	return NULL;
}

/* NULL: it is not to be recorded. */
static struct known_connection *connection_of(struct sock *sk, int to)
{
	struct known_connection *connection = bpf_sk_storage_get(&known, sk, NULL, 0);

	if (is_present(connection))
		return connection;
	if (to == TCP_SYN_SENT)
		return IS_FOR_UID(&filter, single_uid(bpf_get_current_task_btf())) ? KNOW(sk)
										   : note_foreign(sk);
	if (is_in_phase(connection, FOREIGN) || !IS_FOR_UID(&filter, sk->sk_uid.val))
		return NULL;
	return KNOW(sk);
}

/* The context is the tracepoint's arguments (include/trace/events/sock.h). */
SEC("tp_btf/inet_sock_set_state")
int history_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	struct known_connection *connection;
	int from = ctx[1], to = ctx[2];

	if (!tcp || !is_of_connection(from, to))
		return 0;
	connection = connection_of(sk, to);
	if (!connection)
		return 0;
	if (to == TCP_SYN_SENT) {
		note_connecting(connection, sk, tcp);
		return 0;
	}
	if (!is_present(connection))
		note_new(connection, sk, tcp, from);
	if (to == TCP_ESTABLISHED) {
		open(connection, sk, tcp);
		return 0;
	}
	note_close(&connection->event, sk, from, to);
	if (to == TCP_CLOSE)
		end(connection, sk, tcp);
	return 0;
}

/* The end of a socket whose last connect() has failed before it changed its state (tcp.h, likewise). */
SEC("tp_btf/tcp_destroy_sock")
int history_destroy(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct known_connection *connection = bpf_sk_storage_get(&known, sk, NULL, 0);

	if (is_in_phase(connection, CALLED))
		fail(connection);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
