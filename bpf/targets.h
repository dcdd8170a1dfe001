/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The sockets that a walk is for: named by cookie, and by tuple, as a cookie alone may be of a socket that
 * has been connected anew.
 */
#ifndef SOCKSCOPE_TARGETS_H
#define SOCKSCOPE_TARGETS_H

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

static void count_answer(const struct target_value *target)
{
	if (target->status != DESTROY_PENDING)
		__sync_fetch_and_sub(&pending_targets, 1);
}

#endif
