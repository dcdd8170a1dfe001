// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Copies the packets of the sockets that rules name, and of those that connect meanwhile and match. The rules
 * are those of a blackhole (outage.h), which here drops nothing: an outage may hold the same sockets down. An
 * object of its own, attached only while a capture runs.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#define MAX_HELD 16384 /* more than a request names */
#include "outage.h"
#include "outgoing.h"
#include "packet.h"
#include "records.h"

#define ALLOW      1
#define RING_BYTES (4 * 1024 * 1024)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} packets SEC(".maps");

struct capture_state capture_state SEC(".bss.capture");

static void count_loss(void)
{
	__sync_fetch_and_add(&capture_state.lost, 1);
}

static void report_connect(__u64 cookie, __u32 pid)
{
	struct capture_record record = {.kind = CAPTURE_CONNECT, .cookie = cookie, .pid = pid};

	record.at_ns = bpf_ktime_get_ns();
	read_process_name(&record.name);
	if (bpf_ringbuf_output(&packets, &record, sizeof(record), 0))
		count_loss();
}

/* A connect, or a datagram of a socket that is not connected; no rule here refuses any. */
static void take_in(const struct outgoing *out)
{
	__u64 cookie = out->cookie;

	if (bpf_map_lookup_elem(&held, &cookie))
		return;
	judge(out);
	if (bpf_map_lookup_elem(&held, &cookie))
		report_connect(cookie, out->pid);
}

static int take_in4(struct bpf_sock_addr *ctx)
{
	struct outgoing out = {.pid = current_pid()};

	if (!outage_clock.rules_used)
		return ALLOW;
	fill_outgoing(&out, ctx);
	fill_remote4(&out, ctx);
	take_in(&out);
	return ALLOW;
}

static int take_in6(struct bpf_sock_addr *ctx)
{
	struct outgoing out = {.pid = current_pid()};

	if (!outage_clock.rules_used)
		return ALLOW;
	fill_outgoing(&out, ctx);
	fill_remote6(&out, ctx);
	take_in(&out);
	return ALLOW;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	return take_in4(ctx);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	return take_in6(ctx);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	return take_in4(ctx);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	return take_in6(ctx);
}

/*
 * Into `room` bytes of the ring, a constant, which is all that the verifier lets one reserve. What is behind
 * `captured` was never written, and the broker hands it to nobody.
 */
static __always_inline void copy(struct __sk_buff *skb, const struct capture_record *head, const __u32 room)
{
	struct capture_record *record = bpf_ringbuf_reserve(&packets, sizeof(*record) + room, 0);
	__u32 last = head->captured - 1;

	if (!record) {
		count_loss();
		return;
	}
	*record = *head;
	/* Of a size that is not 0 and not too large, the verifier of Linux 6.1 learns only the second; of
	 * this one, both. */
	barrier_var(last);
	if (last >= room || bpf_skb_load_bytes(skb, 0, record + 1, last + 1)) {
		bpf_ringbuf_discard(record, 0);
		count_loss();
		return;
	}
	bpf_ringbuf_submit(record, 0);
}

/* Most packets are small, and the ring is to hold many of them: what is reserved is at most some times as
 * long. */
static void report_packet(struct __sk_buff *skb, __u64 cookie, bool incoming)
{
	struct capture_record head = {.cookie = cookie, .length = skb->len};
	__u32 snap = capture_state.snap;

	head.at_ns = bpf_ktime_get_ns();
	head.kind = incoming ? CAPTURE_IN : CAPTURE_OUT;
	head.captured = head.length < snap ? head.length : snap;
	if (head.captured <= 192)
		copy(skb, &head, 192);
	else if (head.captured <= 2048)
		copy(skb, &head, 2048);
	else if (head.captured <= 8192)
		copy(skb, &head, 8192);
	else if (head.captured <= 20480)
		copy(skb, &head, 20480);
	else if (head.captured <= 40960)
		copy(skb, &head, 40960);
	else if (head.captured <= 65536)
		copy(skb, &head, 65536);
	else
		copy(skb, &head, MAX_PACKET_BYTES);
}

struct search {
	struct packet packet;
	bool found;
} __attribute__((aligned(8))); /* as is_same_address() reads it */

/* Whether this rule is for the packet's remote. Returns whether that ends the search. */
static long search_in(__u32 index, struct search *search)
{
	struct outage_rule *rule = bpf_map_lookup_elem(&rules, &index);

	if (!rule || !is_in_force(rule) ||
	    !is_for_remote(rule, search->packet.remote_port, search->packet.remote_address))
		return 0;
	search->found = true;
	return 1;
}

/*
 * Runs for every packet of the machine while attached: mostly, no more than the cookie is read. The rules of
 * a capture differ in their remotes alone, and an unconnected socket may talk to those of several, and to
 * others.
 */
static int pass(struct __sk_buff *skb, bool incoming)
{
	__u64 cookie = bpf_get_socket_cookie(skb);
	struct search search = {};

	if (!bpf_map_lookup_elem(&held, &cookie))
		return ALLOW;
	read_packet(skb, &search.packet, incoming);
	bpf_loop(outage_clock.rules_used, search_in, &search, 0);
	if (search.found)
		report_packet(skb, cookie, incoming);
	return ALLOW;
}

SEC("cgroup_skb/egress")
int packet_out(struct __sk_buff *skb)
{
	return pass(skb, false);
}

SEC("cgroup_skb/ingress")
int packet_in(struct __sk_buff *skb)
{
	return pass(skb, true);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
