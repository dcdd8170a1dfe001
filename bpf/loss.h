/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Which packets of its sockets a blackhole swallows. */
#ifndef SOCKSCOPE_LOSS_H
#define SOCKSCOPE_LOSS_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "outage.h"
#include "packet.h"
#include "rate.h"
#include "records.h"

#define ALLOW        1
#define DROP         0
#define DROP_QUIETLY 2 /* egress only, see drop_of() */

/*
 * Whether the nth packet of its direction is lost, by splitmix64 (Steele, Lea and Flood 2014; constants of
 * Vigna): with the same seed, the same ones are, whatever else the machine does.
 */
static bool is_drawn(const struct outage_rule *rule, bool incoming, __u64 nth)
{
	__u64 bits = ((__u64)rule->seed << 1 | incoming) + (nth + 1) * 0x9e3779b97f4a7c15;

	bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
	bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
	bits ^= bits >> 31;
	return (bits >> 32) * ALL_PARTS >> 32 < rule->loss;
}

/* Counts it. */
static bool is_lost(const struct __sk_buff *skb, __u32 index, const struct outage_rule *rule,
		    const struct packet *packet, bool incoming)
{
	struct outage_count *count = bpf_map_lookup_elem(&counts, &index);
	struct packet_count *packets;
	bool lost;
	__u64 nth;

	if (!count)
		return false;
	packets = incoming ? &count->in : &count->out;
	nth = __sync_fetch_and_add(&packets->seen, 1);
	if (rule->rate)
		lost = is_over_rate(skb, rule, count, packet, incoming);
	else
		lost = !rule->loss || is_drawn(rule, incoming, nth);
	if (lost)
		__sync_fetch_and_add(&packets->dropped, 1);
	else
		__sync_fetch_and_add(&packets->bytes, packet->payload);
	return lost;
}

/*
 * Quietly, sendto() of UDP succeeds, where it would fail with EPERM; and TCP keeps what it could not send and
 * tries again after half a second at most, where it would take longer each time.
 */
static int drop_of(const struct outage_rule *rule, const struct packet *packet, bool incoming)
{
	return !incoming && (rule->rate || packet->protocol == IPPROTO_UDP) ? DROP_QUIETLY : DROP;
}

/* Its socket may talk to others than the remote that is held down. */
static int judge_held(const struct __sk_buff *skb, __u32 index, const struct packet *packet, bool incoming)
{
	struct outage_rule *rule = bpf_map_lookup_elem(&rules, &index);
	__u8 spared = incoming ? DIRECTION_OUT : DIRECTION_IN;

	if (!rule || rule->fault != OUTAGE_BLACKHOLE || rule->direction == spared || !is_in_force(rule) ||
	    !is_for_remote(rule, packet->remote_port, packet->remote_address))
		return ALLOW;
	return is_lost(skb, index, rule, packet, incoming) ? drop_of(rule, packet, incoming) : ALLOW;
}

#endif
