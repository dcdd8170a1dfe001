/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Process, socket and remote of a connect or datagram, from the context of a cgroup program. */
#ifndef SOCKSCOPE_OUTGOING_H
#define SOCKSCOPE_OUTGOING_H

#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "outage.h"
#include "pid.h"

#define SOCKET_WORDS 12 /* skc_net lies at 48 on 64-bit kernels */

/*
 * The socket's own namespace, which need not be the process's. No arithmetic is allowed on a context's
 * socket, so the start of it is copied, and the pointer to its namespace picked from the copy.
 */
static __u32 socket_netns(struct bpf_sock *sk)
{
	__u64 words[SOCKET_WORDS];
	__u64 offset = bpf_core_field_offset(struct sock_common, skc_net);
	struct net *net;

	if (offset > sizeof(words) - sizeof(net) || bpf_probe_read_kernel(words, sizeof(words), sk))
		return 0;
	net = *(struct net **)((char *)words + offset);
	return BPF_CORE_READ(net, ns.inum);
}

static __u32 current_pid(void)
{
	if (pid_namespace == INITIAL_PID_NAMESPACE)
		return bpf_get_current_pid_tgid() >> 32;
	return pid_here((void *)bpf_get_current_task());
}

/* A process that mixes uids (set-user-ID) may act for another user, so it counts as nobody's. */
static __u32 single_uid(struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	__u32 uid = BPF_CORE_READ(cred, uid.val);

	return uid == BPF_CORE_READ(cred, euid.val) && uid == BPF_CORE_READ(cred, suid.val)
		   ? uid
		   : SOCKSCOPE_NO_UID;
}

static void fill_outgoing(struct outgoing *out, struct bpf_sock_addr *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	out->cookie = bpf_get_socket_cookie(ctx);
	out->start_time = start_time_of(task);
	out->netns = socket_netns(ctx->sk);
	out->uid = single_uid(task);
	out->kernel = BPF_CORE_READ(task, flags) & PF_KTHREAD;
	out->protocol = ctx->protocol;
	out->remote_port = bpf_ntohs(ctx->user_port);
}

/* A connect without an address goes to loopback (ip_route_output_key_hash, tcp_v6_connect). */
static __be32 remote4(struct bpf_sock_addr *ctx)
{
	return ctx->user_ip4 ? ctx->user_ip4 : bpf_htonl(INADDR_LOOPBACK);
}

static void fill_remote4(struct outgoing *out, struct bpf_sock_addr *ctx)
{
	out->remote_address[10] = 0xff;
	out->remote_address[11] = 0xff;
	*(__be32 *)(out->remote_address + 12) = remote4(ctx);
}

/* A context takes no access through a changing index. */
static void fill_remote6(struct outgoing *out, struct bpf_sock_addr *ctx)
{
	__be32 *address = (__be32 *)out->remote_address;

	address[0] = ctx->user_ip6[0];
	address[1] = ctx->user_ip6[1];
	address[2] = ctx->user_ip6[2];
	address[3] = ctx->user_ip6[3];
	if (!(address[0] | address[1] | address[2] | address[3]))
		address[3] = bpf_htonl(1);
}

#endif
