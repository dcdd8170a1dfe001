// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The raw iterators of the benchmark's floor: what any program pays to get each socket from the kernel. */
#include "bpf/kernel.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "test/bench/floor.h"

SEC("iter/task_file")
int floor_task_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct floor_record record = {};
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk)
		return 0;
	if (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6)
		return 0;
	record.cookie = bpf_get_socket_cookie(sk);
	record.netns = sk->__sk_common.skc_net.net->ns.inum;
	record.pid = task->tgid;
	record.fd = ctx->fd;
	record.uid = sk->sk_uid.val;
	record.local_port = sk->__sk_common.skc_num;
	record.remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	record.state = sk->__sk_common.skc_state;
	record.local_address = sk->__sk_common.skc_rcv_saddr;
	record.remote_address = sk->__sk_common.skc_daddr;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* A destroy's floor: it writes nothing but a count, as a walk for one target does. */
SEC("iter/tcp")
int floor_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *socket = ctx->sk_common;
	__u64 address = (__u64)socket;

	if (socket)
		bpf_seq_write(ctx->meta->seq, &address, sizeof(address));
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
