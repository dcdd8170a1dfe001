// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Lists the TCP, UDP, UDP-Lite, MPTCP and RAW sockets in file descriptor tables, of every network namespace,
 * in one pass that takes no socket lock. Only processes of the reader's pid namespace are visited.
 */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "pid.h"
#include "records.h"
#include "selected.h"

/* A process that mixes uids may act for another user, so it counts as nobody's. */
static __u32 single_uid(const struct cred *cred)
{
	__u32 uid = cred->uid.val;

	return uid == cred->euid.val && uid == cred->suid.val ? uid : SOCKSCOPE_NO_UID;
}

/* In the initial pid namespace without a probe read: they are slow, and this is done for each file. */
static __u32 pid_in_broker(struct task_struct *leader)
{
	if (pid_namespace == INITIAL_PID_NAMESPACE)
		return leader->tgid;
	return pid_at_level(leader, bpf_get_current_task_btf()->thread_pid->level);
}

static void fill_owner(struct socket_record *record, struct task_struct *task, __u32 fd)
{
	struct task_struct *leader = task->group_leader;

	record->pid = pid_in_broker(leader);
	record->fd = fd;
	record->start_time = leader->start_boottime / NANOSECONDS_PER_TICK;
	record->owner_uid = single_uid(leader->real_cred);
	__builtin_memcpy(record->name, leader->comm, sizeof(record->name));
}

static void fill_addresses(struct socket_record *record, struct sock *sk)
{
	if (sk->__sk_common.skc_family == AF_INET) {
		*(__be32 *)record->local_address = sk->__sk_common.skc_rcv_saddr;
		*(__be32 *)record->remote_address = sk->__sk_common.skc_daddr;
		return;
	}
	__builtin_memcpy(record->local_address, &sk->__sk_common.skc_v6_rcv_saddr,
			 sizeof(record->local_address));
	__builtin_memcpy(record->remote_address, &sk->__sk_common.skc_v6_daddr,
			 sizeof(record->remote_address));
}

/* Read without the socket's lock: of a busy connection, the two may be some packets apart. */
static void fill_sequence(struct socket_record *record, struct tcp_sock *tcp)
{
	if (!tcp)
		return;
	record->snd_nxt = tcp->snd_nxt;
	record->rcv_nxt = tcp->rcv_nxt;
}

/*
 * The kernel chose the port when this TCP socket was connected. Linux 6.18 says so of each socket (commit
 * d57f4b874946, which also gave time-wait sockets their tw_connect_bind). Before, only the bucket of the
 * port does, and loses it when another socket tries to bind the port.
 */
static bool is_connect_bound(struct tcp_sock *tcp, __u8 userlocks)
{
	struct inet_bind_bucket *bucket;

	if (bpf_core_field_exists(struct inet_timewait_sock, tw_connect_bind))
		return userlocks & SOCK_CONNECT_BIND;
	bucket = ((struct inet_connection_sock *)tcp)->icsk_bind_hash;
	return bucket && bucket->fastreuse == -1;
}

/* `tcp`: NULL of other sockets. */
static __u8 port_flags(struct sock *sk, struct tcp_sock *tcp)
{
	__u8 userlocks = BPF_CORE_READ_BITFIELD(sk, sk_userlocks);

	if (sk->sk_type == SOCK_RAW || sk->__sk_common.skc_num == 0)
		return 0;
	if (userlocks & SOCK_BINDPORT_LOCK)
		return SOCKSCOPE_PORT_BOUND;
	if (sk->sk_protocol == IPPROTO_UDP)
		return SOCKSCOPE_AUTOBOUND;
	return tcp && is_connect_bound(tcp, userlocks) ? SOCKSCOPE_AUTOBOUND : 0;
}

static void fill_socket(struct socket_record *record, struct sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);

	record->cookie = bpf_get_socket_cookie(sk);
	record->netns = sk->__sk_common.skc_net.net->ns.inum;
	record->uid = sk->sk_uid.val;
	record->family = sk->__sk_common.skc_family;
	record->protocol = sk->sk_type == SOCK_RAW ? SOCKSCOPE_RAW : sk->sk_protocol;
	record->local_port = sk->__sk_common.skc_num;
	record->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	record->state = sk->__sk_common.skc_state;
	record->flags = (sk->sk_lock.owned ? SOCKSCOPE_LOCKED : 0) | port_flags(sk, tcp);
	fill_addresses(record, sk);
	fill_sequence(record, tcp);
}

/*
 * An MPTCP socket never sends a packet itself, its TCP subflows do; but it is what the file descriptor refers
 * to, so its owner is theirs.
 */
static bool is_listed(const struct sock *sk)
{
	__u16 protocol = sk->sk_protocol;

	return sk->sk_type == SOCK_RAW || protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_UDPLITE || protocol == IPPROTO_MPTCP;
}

SEC("iter/task_file")
int list_sockets(struct bpf_iter__task_file *ctx)
{
	/* Read once: the verifier does not carry a NULL test over to a second load. */
	struct file *file = ctx->file;
	struct task_struct *task = ctx->task;
	struct socket_record record = {};
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
	if (!is_listed(sk) || !is_selected(sk))
		return 0;
	fill_socket(&record, sk);
	/* By the socket, whose file it is: its pointers take the verifier less time (see reads.h). */
	record.inode = socket->file->f_inode->i_ino;
	fill_owner(&record, task, ctx->fd);
	/* A full buffer ends this read; the program then runs again on the same file. */
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
