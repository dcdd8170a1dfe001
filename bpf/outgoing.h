/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Process, socket and remote of a connect or datagram, from the context of a cgroup program. */
#ifndef SOCKSCOPE_OUTGOING_H
#define SOCKSCOPE_OUTGOING_H

#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "connecting.h"
#include "outage.h"
#include "pid.h"

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

/* The process's, not the thread's that connects. */
static void read_process_name(char (*name)[SOCKSCOPE_NAME_SIZE])
{
	struct task_struct *task = (void *)bpf_get_current_task();

	BPF_CORE_READ_STR_INTO(name, task, group_leader, comm);
}

#endif
