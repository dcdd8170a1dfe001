// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Destroys the sockets that the target map names, and nothing else; a target with `inspects` is only
 * reported. The iterators hold the socket's lock while a program runs, so the checks here still hold when the
 * socket is destroyed.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "records.h"
#include "targets.h"

/* Linux 6.5, commit 4ddbcb886268. Not weak: without it, this object must not load. */
extern int bpf_sock_destroy(struct sock_common *sock) __ksym;

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
