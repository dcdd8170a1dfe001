/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How fast the bytes of a socket pass, each direction for itself. What comes too early is dropped, and sent
 * again later: nothing is set on the socket, so there is nothing to give back when the rule is over.
 */
#ifndef SOCKSCOPE_RATE_H
#define SOCKSCOPE_RATE_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "packet.h"
#include "records.h"

#define NS_PER_S 1000000000ULL
/* TCP tries again after its timeout, which may be seconds, and after a loss twice as long each time. */
#define MAX_LATE_NS (10 * NS_PER_S)
/* TCP sends what it has within a round trip after a packet has passed. */
#define MAX_GAP_NS (NS_PER_S / 5)

/* One direction of a socket. */
struct flow {
	__u64 due_ns;  /* when the next bytes may pass */
	__u64 seen_ns; /* the last packet, passed or dropped */
	__u32 waits;   /* 1: TCP has bytes for which it was too early, and has not caught up since */
	__u32 dropped; /* 1: the last packet was, so TCP will try again */
};

struct flow_pair {
	__u64 expires_ns; /* of the rule that they are for; as good as its number, which is used again */
	struct flow in;
	struct flow out;
};

/* They lie with the socket, so they end with it. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct flow_pair);
} flows SEC(".maps");

/* NULL: the kernel has no memory for it, and nothing of it is held back. */
static struct flow *find_flow(const struct __sk_buff *skb, const struct outage_rule *rule,
			      struct outage_count *count, bool incoming)
{
	struct bpf_sock *sk = skb->sk;
	struct flow_pair *pair;

	pair = sk ? bpf_sk_storage_get(&flows, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE) : NULL;
	if (!pair)
		return NULL;
	if (pair->expires_ns != rule->expires_ns) {
		*pair = (struct flow_pair){.expires_ns = rule->expires_ns};
		__sync_fetch_and_add(&count->sockets, 1);
	}
	return incoming ? &pair->in : &pair->out;
}

/* Nothing is left that TCP would have sent. */
static bool was_idle(const struct flow *flow, __u64 now)
{
	return !flow->dropped && now - flow->seen_ns > MAX_GAP_NS;
}

/*
 * What could have passed while TCP had bytes passes late, so that the mean is right; what could have passed
 * while the socket was idle is lost, as on a slow line.
 */
static bool is_early(struct flow *flow, __u32 rate, const struct packet *packet)
{
	__u64 now = bpf_ktime_get_ns(), start = now;

	if (was_idle(flow, now))
		flow->waits = 0;
	flow->seen_ns = now;
	flow->dropped = flow->due_ns > now;
	if (flow->dropped) {
		flow->waits = packet->protocol == IPPROTO_TCP; /* UDP does not try again */
		return true;
	}
	if (flow->waits)
		start = now - flow->due_ns < MAX_LATE_NS ? flow->due_ns : now - MAX_LATE_NS;
	flow->due_ns = start + packet->payload * NS_PER_S / rate;
	if (flow->due_ns > now)
		flow->waits = 0;
	return false;
}

/* Acknowledgements, and what makes and ends a connection, are not held back. */
static bool is_over_rate(const struct __sk_buff *skb, const struct outage_rule *rule,
			 struct outage_count *count, const struct packet *packet, bool incoming)
{
	struct flow *flow = packet->payload ? find_flow(skb, rule, count, incoming) : NULL;

	return flow && is_early(flow, rule->rate, packet);
}

#endif
