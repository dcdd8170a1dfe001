// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Reports the cookie of a socket as it connects. It only looks: every connect is allowed. */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "pid.h"
#include "records.h"

#define ALLOW        1
#define RING_BYTES   (256 * 1024)
#define SOCKET_WORDS 12 /* skc_net lies at 48 on 64-bit kernels */

/* The broker's pid namespace. */
const volatile __u32 pid_namespace;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct connect_filter);
} filters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} connects SEC(".maps");

static bool matches(const struct connect_filter *filter, const struct connect_record *record)
{
	return (!filter->protocol || filter->protocol == record->protocol) &&
	       (!filter->remote_port || filter->remote_port == record->remote_port);
}

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

static void fill_process(struct connect_record *record)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	record->pid = pid_in_namespace(BPF_CORE_READ(task, group_leader), pid_namespace);
	record->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(record->name, sizeof(record->name));
}

static void fill_socket(struct connect_record *record, struct bpf_sock_addr *ctx)
{
	record->cookie = bpf_get_socket_cookie(ctx);
	record->netns = socket_netns(ctx->sk);
	record->family = ctx->family;
	record->protocol = ctx->protocol;
	record->remote_port = bpf_ntohs(ctx->user_port);
}

static void report(const struct connect_record *record)
{
	__u32 key = 0;
	struct connect_filter *filter = bpf_map_lookup_elem(&filters, &key);

	if (filter && matches(filter, record))
		bpf_ringbuf_output(&connects, (void *)record, sizeof(*record), 0);
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct connect_record record = {};

	fill_socket(&record, ctx);
	fill_process(&record);
	*(__be32 *)record.remote_address = ctx->user_ip4;
	report(&record);
	return ALLOW;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct connect_record record = {};
	__be32 *address = (__be32 *)record.remote_address;

	fill_socket(&record, ctx);
	fill_process(&record);
	/* A context takes no access through a changing index. */
	address[0] = ctx->user_ip6[0];
	address[1] = ctx->user_ip6[1];
	address[2] = ctx->user_ip6[2];
	address[3] = ctx->user_ip6[3];
	report(&record);
	return ALLOW;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
