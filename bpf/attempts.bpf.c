// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Events of connects and of their sockets, and outages, which make some connects fail. Each program is
 * attached only while the broker needs it.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "attempt_ring.h"
#include "loss.h"
#include "outage.h"
#include "outgoing.h"
#include "packet.h"
#include "records.h"

#define DENY         0 /* with the errno given to bpf_set_retval */
#define MAX_ERRNO    4095
#define MAX_FOLLOWED 65536
#define MAX_WATCHED  16384 /* shells and build tools fork a lot */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct connect_filter);
} filters SEC(".maps");

/* DONE: its first bytes were reported, or it has ended without any. */
enum progress { CONNECTING = 0, ESTABLISHED = 1, DONE = 2 };

/* Sockets whose connect was reported, by cookie: enum progress. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_FOLLOWED);
	__type(key, __u64);
	__type(value, __u32);
} followed SEC(".maps");

/*
 * How many of them are ESTABLISHED, or more: what the map loses stays counted. While there are none, no
 * packet is looked at. A program that still runs for the watch before goes on with that one's count: the
 * broker begins the other one at the end of each watch.
 */
__u32 awaiting_bytes[2] SEC(".bss.awaiting");
__u32 present_watch SEC(".bss.watch");

/* To be chosen before anything of the watch is looked up. */
static __u32 *present_count(void)
{
	return &awaiting_bytes[present_watch & 1];
}

/* Processes whose exit and children are reported, as numbered in the broker's pid namespace. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_WATCHED);
	__type(key, __u32);
	__type(value, __u8);
} watched SEC(".maps");

static struct connect_filter *get_filter(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&filters, &key);
}

static bool is_process_wanted(const struct connect_filter *filter, __u32 pid)
{
	return filter->reports && (!filter->watched || bpf_map_lookup_elem(&watched, &pid));
}

static bool is_wanted(const struct connect_filter *filter, const struct outgoing *out)
{
	return is_process_wanted(filter, out->pid) && IS_FOR_UID(filter, out->uid) &&
	       (!filter->netns || filter->netns == out->netns) &&
	       (!filter->protocol || filter->protocol == out->protocol) &&
	       (!filter->remote_port || filter->remote_port == out->remote_port);
}

/* Whether a watch or an outage may apply to this process: for most connects, no more is read. */
static bool is_relevant(__u32 pid)
{
	struct connect_filter *filter = get_filter();

	return outage_clock.rules_used || (filter && is_process_wanted(filter, pid));
}

static void follow(__u64 cookie)
{
	__u32 connecting = CONNECTING;

	bpf_map_update_elem(&followed, &cookie, &connecting, BPF_ANY);
}

/* `error`: the errno that the connect fails with, or 0. */
static void report(const struct outgoing *out, __u16 family, const __u8 *remote_address, int error)
{
	struct connect_filter *filter = get_filter();
	struct attempt_event event = {};

	if (!filter || !is_wanted(filter, out))
		return;
	event.kind = ATTEMPT_CONNECT;
	event.cookie = out->cookie;
	event.netns = out->netns;
	event.pid = out->pid;
	event.uid = out->uid;
	event.error = error;
	event.family = family;
	event.protocol = out->protocol;
	event.remote_port = out->remote_port;
	__builtin_memcpy(event.remote_address, remote_address, sizeof(event.remote_address));
	read_process_name(&event.name);
	if (error) {
		emit_refusal(&event);
		return;
	}
	if (filter->follows)
		follow(out->cookie);
	emit(&event);
}

/* The verifier does not know what judge() returns, and Linux 7.3 wants proof of an errno. */
static int verdict(int error)
{
	if (!error)
		return ALLOW;
	bpf_set_retval(-(error & MAX_ERRNO));
	return DENY;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct outgoing out = {.pid = current_pid()};
	__u8 address[16] = {};
	int error;

	if (!is_relevant(out.pid))
		return ALLOW;
	fill_outgoing(&out, ctx);
	fill_remote4(&out, ctx);
	*(__be32 *)address = remote4(ctx);
	error = judge(&out);
	report(&out, AF_INET, address, error);
	return verdict(error);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct outgoing out = {.pid = current_pid()};
	int error;

	if (!is_relevant(out.pid))
		return ALLOW;
	fill_outgoing(&out, ctx);
	fill_remote6(&out, ctx);
	error = judge(&out);
	report(&out, AF_INET6, out.remote_address, error);
	return verdict(error);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	struct outgoing out = {.pid = current_pid()};

	fill_outgoing(&out, ctx);
	fill_remote4(&out, ctx);
	return verdict(judge(&out));
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	struct outgoing out = {.pid = current_pid()};

	fill_outgoing(&out, ctx);
	fill_remote6(&out, ctx);
	return verdict(judge(&out));
}

/* Returns whether it was, once for each time that it was established. */
static bool awaits_no_more(__u32 *progress, __u32 *count)
{
	if (__sync_val_compare_and_swap(progress, ESTABLISHED, DONE) != ESTABLISHED)
		return false;
	__sync_fetch_and_sub(count, 1);
	return true;
}

static void note_bytes(__u64 cookie, __u32 *progress, __u32 *count, const struct packet *packet)
{
	struct attempt_event event = {.kind = ATTEMPT_BYTES, .cookie = cookie};

	if (packet->payload && awaits_no_more(progress, count))
		emit(&event);
}

/* Of one that may be held, or whose first bytes are awaited. */
static int judge_packet(struct __sk_buff *skb, bool incoming, __u32 *count)
{
	__u64 cookie = bpf_get_socket_cookie(skb);
	__u32 *index = outage_clock.blackholes ? bpf_map_lookup_elem(&held, &cookie) : NULL;
	__u32 *progress = *count ? bpf_map_lookup_elem(&followed, &cookie) : NULL;
	bool awaits_bytes = progress && *progress == ESTABLISHED;
	struct packet packet = {};
	int verdict = ALLOW;

	if (!index && !awaits_bytes)
		return ALLOW;
	read_packet(skb, &packet, incoming);
	if (index)
		verdict = judge_held(skb, *index, &packet, incoming);
	if (verdict == ALLOW && awaits_bytes)
		note_bytes(cookie, progress, count, &packet);
	return verdict;
}

/* Runs for every packet of the machine while attached: mostly, nothing is read. */
static int pass(struct __sk_buff *skb, bool incoming)
{
	__u32 *count = present_count();

	if (!outage_clock.blackholes && !*count)
		return ALLOW;
	return judge_packet(skb, incoming, count);
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

/* The contexts of the programs below are the tracepoints' arguments (include/trace/events/sock.h, tcp.h,
 * sched.h). */

/* Its cookie; 0: it is not followed. */
static __u64 followed_cookie(const struct sock *sk)
{
	__u64 cookie;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	/* Not by the helper, which would assign a cookie to every other socket, too. */
	cookie = sk->__sk_common.skc_cookie.counter;
	return cookie && bpf_map_lookup_elem(&followed, &cookie) ? cookie : 0;
}

/* Here, so that it lasts as long as it should however busy broker and agent are. */
static void begin_hold(__u64 cookie)
{
	__u32 *index = bpf_map_lookup_elem(&held, &cookie);
	struct outage_rule *rule = index ? bpf_map_lookup_elem(&rules, index) : NULL;

	if (!rule || !rule->hold_ns || !is_in_force(rule))
		return;
	rule->expires_ns = bpf_ktime_get_ns() + rule->hold_ns;
	rule->hold_ns = 0;
}

static void note_state(__u64 cookie, __u32 state, __u32 *count)
{
	__u32 established = ESTABLISHED;
	__u32 *progress;

	if (state == TCP_ESTABLISHED) {
		__sync_fetch_and_add(count, 1);
		/* Not again, if the watch has ended meanwhile. */
		if (bpf_map_update_elem(&followed, &cookie, &established, BPF_EXIST))
			__sync_fetch_and_sub(count, 1);
	}
	if (state != TCP_CLOSE)
		return;
	begin_hold(cookie);
	progress = bpf_map_lookup_elem(&followed, &cookie);
	if (progress)
		awaits_no_more(progress, count);
}

SEC("tp_btf/inet_sock_set_state")
int attempt_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	__u32 *count = present_count();
	__u64 cookie = followed_cookie(sk);
	struct attempt_event event = {};

	if (!cookie)
		return 0;
	event.kind = ATTEMPT_STATE;
	event.cookie = cookie;
	event.old_state = ctx[1];
	event.new_state = ctx[2];
	event.error = sk->sk_err;
	note_state(cookie, event.new_state, count);
	emit(&event);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int attempt_error(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct attempt_event event = {.kind = ATTEMPT_ERROR, .cookie = followed_cookie(sk)};

	if (!event.cookie)
		return 0;
	event.error = sk->sk_err;
	emit(&event);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int attempt_reset(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct attempt_event event = {.kind = ATTEMPT_RESET, .cookie = followed_cookie(sk)};

	if (event.cookie)
		emit(&event);
	return 0;
}

/* A set-user-ID program is another user's by now, and so is what it starts. */
static bool is_reported(struct task_struct *task)
{
	struct connect_filter *filter = get_filter();

	return filter && IS_FOR_UID(filter, single_uid(task));
}

/* Of a process with several threads, its leader's end counts. */
SEC("tp_btf/sched_process_exit")
int process_exit(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct attempt_event event = {.kind = PROCESS_EXIT};

	if (task->pid != task->tgid)
		return 0;
	event.pid = pid_here(task);
	if (!bpf_map_lookup_elem(&watched, &event.pid))
		return 0;
	event.error = task->exit_code;
	/* Its number may become another's. */
	bpf_map_delete_elem(&watched, &event.pid);
	if (is_reported(task))
		emit(&event);
	return 0;
}

/* The children of a watched process are watched as well. */
SEC("tp_btf/sched_process_fork")
int process_fork(__u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0], *child = (struct task_struct *)ctx[1];
	struct attempt_event event = {.kind = PROCESS_FORK};
	__u8 yes = 1;

	if (child->pid != child->tgid)
		return 0;
	event.parent = pid_here(parent);
	if (!bpf_map_lookup_elem(&watched, &event.parent) || !is_reported(child))
		return 0;
	event.pid = pid_here(child);
	bpf_map_update_elem(&watched, &event.pid, &yes, BPF_ANY);
	emit(&event);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
