/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Who connects, from where and to where: what the context of a cgroup program does not say by itself. */
#ifndef SOCKSCOPE_CONNECTING_H
#define SOCKSCOPE_CONNECTING_H

#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "pid.h"
#include "records.h"

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

/* A connect without an address goes to loopback (ip_route_output_key_hash, tcp_v6_connect). */
static __be32 remote4(struct bpf_sock_addr *ctx)
{
	return ctx->user_ip4 ? ctx->user_ip4 : bpf_htonl(INADDR_LOOPBACK);
}

#endif
