// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Destroys the sockets that the target map names, and nothing else; a target with `inspects` is only
 * reported. The iterators hold the socket's lock while a program runs, so the checks here still hold when the
 * socket is destroyed.
 */
#include "kernel.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "reads.h"
#include "records.h"

#define MAX_TARGETS 10000

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_TARGETS);
	__type(key, __u64);
	__type(value, struct target_value);
} targets SEC(".maps");

/* Targets without an answer yet. Written by the broker before each walk. */
__u32 pending_targets;

/* Returned for an object, it ends the read (kernel/bpf/bpf_iter.c: bpf_seq_read). */
#define STOP_WALK 1

/* Linux 6.5, commit 4ddbcb886268. Not weak: without it, this object must not load. */
extern int bpf_sock_destroy(struct sock_common *sock) __ksym;

static bool same_address(const __u8 *wanted, const void *address)
{
	const __u64 *a = (const __u64 *)wanted, *b = address;

	return a[0] == b[0] && a[1] == b[1];
}

static bool same_addresses(const struct target_value *target, struct sock_common *skc)
{
	struct in6_addr local, remote;

	if (skc->skc_family == AF_INET)
		return *(__be32 *)target->local_address == skc->skc_rcv_saddr &&
		       *(__be32 *)target->remote_address == skc->skc_daddr;
	local = skc->skc_v6_rcv_saddr;
	remote = skc->skc_v6_daddr;
	return same_address(target->local_address, &local) && same_address(target->remote_address, &remote);
}

static bool same_tuple(const struct target_value *target, struct sock_common *skc, __u16 protocol)
{
	return target->protocol == protocol && target->family == skc->skc_family &&
	       target->local_port == skc->skc_num && target->remote_port == bpf_ntohs(skc->skc_dport) &&
	       same_addresses(target, skc);
}

/* Has a socket, but no file: made by the kernel for itself (vxlan and the like). An orphan has neither. */
static bool is_kernel_owned(struct sock *sk)
{
	struct socket *socket = READ(sk, sk_socket);

	return socket && !READ(socket, file);
}

/* The reason to leave this socket of a process or an orphan alone, or DESTROY_PENDING. */
static enum destroy_status refusal(struct sock *sk)
{
	/*
	 * Aborting the queued children sleeps under rcu_read_lock before 6.12.112 and 7.2.9 (commit
	 * eaab8cab451b), so sock_diag must do it.
	 */
	if (sk->__sk_common.skc_state == TCP_LISTEN && sk->sk_ack_backlog > 0)
		return DESTROY_BACKLOG;
	return DESTROY_PENDING;
}

/*
 * A walk can wait for a socket's lock without limit, and outlive the broker, which would have emptied the
 * map, so each target has its own expiry.
 */
static bool is_expired(const struct target_value *target)
{
	return bpf_ktime_get_ns() >= target->expires_ns;
}

/* The target that names this socket, if it is still pending. */
static struct target_value *find_target(struct sock_common *skc)
{
	__u64 cookie = bpf_get_socket_cookie(skc);
	struct target_value *target = bpf_map_lookup_elem(&targets, &cookie);

	return target && target->status == DESTROY_PENDING && !is_expired(target) ? target : NULL;
}

/*
 * The only function that destroys. The record goes first: when the buffer is full, nothing is destroyed, and
 * the next read runs the program on this socket again. The other way round, destroyed sockets would go
 * unreported.
 */
static void destroy(struct seq_file *seq, struct sock_common *skc, struct target_value *target)
{
	struct destroy_record record = {.cookie = bpf_get_socket_cookie(skc)};

	if (target->inspects || bpf_seq_write(seq, &record, sizeof(record)) || is_expired(target))
		return;
	target->error = bpf_sock_destroy(skc);
	target->status = DESTROY_DONE;
}

/*
 * A destroyed listener keeps its port until its process closes it; another socket can have the port at once
 * if both have SO_REUSEADDR. A listener that sock_diag will destroy instead gets it here as well.
 */
static void take_over(struct sock *sk, struct target_value *target)
{
	int on = 1;

	if (sk->__sk_common.skc_state != TCP_LISTEN || is_expired(target))
		return;
	if (target->status != DESTROY_PENDING && target->status != DESTROY_BACKLOG)
		return;
	target->error = bpf_setsockopt(sk, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (target->error)
		target->status = DESTROY_DONE;
}

/*
 * Inspects or destroys a full socket. `skc` and `sk` are the same: the kfunc takes only the iterator's own
 * pointer, whose type has too few fields to check. Only iter/tcp has bpf_setsockopt.
 */
static __always_inline void answer(struct seq_file *seq, struct sock_common *skc, struct sock *sk,
				   struct target_value *target, bool is_tcp)
{
	bool is_kernels = is_kernel_owned(sk);

	if (is_kernels || target->inspects) {
		target->status = is_kernels ? DESTROY_KERNEL : DESTROY_HELD;
		return;
	}
	target->status = refusal(sk);
	if (is_tcp && target->takes_over)
		take_over(sk, target);
	if (target->status == DESTROY_PENDING)
		destroy(seq, skc, target);
}

static void count_answer(const struct target_value *target)
{
	if (target->status != DESTROY_PENDING)
		__sync_fetch_and_sub(&pending_targets, 1);
}

static __always_inline void answer_tcp(struct seq_file *seq, struct sock_common *skc,
				       struct target_value *target)
{
	struct tcp_sock *tcp;

	if (!same_tuple(target, skc, IPPROTO_TCP)) {
		target->status = DESTROY_CHANGED;
		return;
	}
	/* Not full sockets: there, bpf_sock_destroy reads past their end (CVE-2026-98384). */
	if (skc->skc_state == TCP_TIME_WAIT || skc->skc_state == TCP_NEW_SYN_RECV) {
		target->status = target->inspects ? DESTROY_HELD : DESTROY_MINISOCK;
		return;
	}
	tcp = bpf_skc_to_tcp_sock(skc);
	if (tcp)
		answer(seq, skc, (struct sock *)tcp, target, true);
}

SEC("iter/tcp")
int destroy_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct target_value *target;

	if (!skc)
		return 0;
	if (!pending_targets)
		return STOP_WALK;
	target = find_target(skc);
	if (!target)
		return 0;
	answer_tcp(ctx->meta->seq, skc, target);
	count_answer(target);
	return 0;
}

SEC("iter/udp")
int destroy_udp(struct bpf_iter__udp *ctx)
{
	struct sock *sk = (struct sock *)ctx->udp_sk;
	struct target_value *target;

	if (!sk)
		return 0;
	if (!pending_targets)
		return STOP_WALK;
	target = find_target((struct sock_common *)sk);
	if (!target)
		return 0;
	if (same_tuple(target, (struct sock_common *)sk, IPPROTO_UDP))
		answer(ctx->meta->seq, (struct sock_common *)sk, sk, target, false);
	else
		target->status = DESTROY_CHANGED;
	count_answer(target);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
