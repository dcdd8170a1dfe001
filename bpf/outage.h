/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Outages: which connect, datagram or packet a rule applies to. When the broker is killed, or hangs in the
 * kernel with its links, its rules end within a second: they are in force only until alive_until_ns, which
 * the broker renews.
 */
#ifndef SOCKSCOPE_OUTAGE_H
#define SOCKSCOPE_OUTAGE_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "records.h"
#include "uids.h"

#define MAX_RULE_PROCESSES 4096
#ifndef MAX_HELD
#define MAX_HELD 65536
#endif
#define MAX_SPARED 4096

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OUTAGE_RULES);
	__type(key, __u32);
	__type(value, struct outage_rule);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OUTAGE_RULES);
	__type(key, __u32);
	__type(value, struct outage_count);
} counts SEC(".maps");

/* With their start times: those that get their numbers later are others. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_RULE_PROCESSES);
	__type(key, struct rule_process);
	__type(value, __u64);
} rule_processes SEC(".maps");

/* Processes that carry sessions (lifeline): exempt from all rules. A set: the values have no meaning. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_SPARED);
	__type(key, __u32);
	__type(value, __u8);
} spared SEC(".maps");

/* Sockets of a rule, by cookie: their packets are swallowed (blackhole), or their end begins its hold_ns. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_HELD);
	__type(key, __u64);
	__type(value, __u32);
} held SEC(".maps");

/* Written by the broker. */
struct outage_clock outage_clock;

/* A connect or datagram: its process, socket and remote. */
struct outgoing {
	__u64 cookie;
	__u64 start_time; /* of the process, as in struct socket_record */
	__u32 netns;
	__u32 pid; /* 0: not in the broker's pid namespace */
	__u32 uid; /* as owner_uid of struct socket_record */
	__u16 protocol;
	__u16 remote_port;
	__u8 remote_address[16]; /* IPv4 as ::ffff:a.b.c.d; aligned to 8 bytes */
	bool kernel;             /* a thread of the kernel itself */
	__u8 padding[7];         /* all of it is set: judge() takes it as memory */
};

static bool is_in_force(const struct outage_rule *rule)
{
	__u64 now = bpf_ktime_get_ns();

	return now < rule->expires_ns && now < outage_clock.alive_until_ns;
}

static bool is_same_address(const __u8 *a, const __u8 *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

static bool is_for_remote(const struct outage_rule *rule, __u16 port, const __u8 *address)
{
	return (!rule->remote_port || rule->remote_port == port) &&
	       (!rule->has_address || is_same_address(rule->remote_address, address));
}

static bool is_for_process(__u32 index, const struct outage_rule *rule, const struct outgoing *out)
{
	struct rule_process key = {.rule = index, .pid = out->pid};
	__u64 *start_time;

	if (!rule->has_processes)
		return true;
	start_time = bpf_map_lookup_elem(&rule_processes, &key);
	return start_time && *start_time == out->start_time;
}

static bool is_for(__u32 index, const struct outage_rule *rule, const struct outgoing *out)
{
	return (!rule->netns || rule->netns == out->netns) &&
	       (!rule->protocol || rule->protocol == out->protocol) && IS_FOR_UID(rule, out->uid) &&
	       is_for_remote(rule, out->remote_port, out->remote_address) && is_for_process(index, rule, out);
}

static int errno_of(const struct outage_rule *rule)
{
	switch (rule->fault) {
	case OUTAGE_REFUSED:
		return ECONNREFUSED;
	case OUTAGE_UNREACHABLE:
		return EHOSTUNREACH;
	default:
		return EPERM;
	}
}

static void count_connect(__u32 index)
{
	struct outage_count *count = bpf_map_lookup_elem(&counts, &index);

	if (count)
		__sync_fetch_and_add(&count->connects, 1);
}

/* Exempt from all rules: the kernel itself, carriers of sessions, and processes that cannot be identified. */
static bool is_spared(const struct outgoing *out)
{
	__u32 pid = out->pid; /* before Linux 6.2 no key may lie in what judge() is given */

	return out->kernel || !pid || bpf_map_lookup_elem(&spared, &pid);
}

/* An outgoing connect or datagram, and the errno that it fails with; 0: it goes on, possibly into a
 * blackhole. */
struct judgement {
	const struct outgoing *out;
	int error;
};

/* By one rule. Returns whether it decides. */
static long judge_by(__u32 index, struct judgement *judgement)
{
	const struct outgoing *out = judgement->out;
	struct outage_rule *rule = bpf_map_lookup_elem(&rules, &index);
	__u64 cookie = out->cookie; /* a key, as in is_spared() */

	if (!rule || rule->living_only || !is_in_force(rule) || !is_for(index, rule, out))
		return 0;
	if (rule->fault == OUTAGE_BLACKHOLE) {
		bpf_map_update_elem(&held, &cookie, &index, BPF_ANY);
		return 1;
	}
	count_connect(index);
	judgement->error = errno_of(rule);
	return 1;
}

/*
 * As struct judgement. By bpf_loop() the verifier walks through one rule, not through all of them; and once,
 * not on every path that leads here, as this is a global function.
 */
__attribute__((noinline)) int judge(const struct outgoing *out)
{
	struct judgement judgement = {.out = out};

	if (!out)
		return 0;
	if (outage_clock.rules_used && !is_spared(out))
		bpf_loop(outage_clock.rules_used, judge_by, &judgement, 0);
	return judgement.error;
}

#endif
