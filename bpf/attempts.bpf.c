// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Events of connects and of their sockets, and outages, which make some connects fail. Each program is
 * attached only while the broker needs it.
 */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "outage.h"
#include "packet.h"
#include "pid.h"
#include "records.h"

#define DENY         0 /* with the errno given to bpf_set_retval */
#define ALLOW        1
#define DROP         0
#define DROP_QUIETLY 2 /* egress: sendto() of UDP succeeds, where 0 would have it fail with EPERM */
#define RING_BYTES   (512 * 1024)
/* include/linux/proc_ns.h */
#define INITIAL_PID_NAMESPACE 0xeffffffc

#define SOCKET_WORDS 12 /* skc_net lies at 48 on 64-bit kernels */
#define MAX_FOLLOWED 65536
#define MAX_WATCHED  16384 /* shells and build tools fork a lot */

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
} attempts SEC(".maps");

struct attempt_losses losses SEC(".bss.losses");

enum progress { CONNECTING = 0, ESTABLISHED = 1, CARRIES_BYTES = 2 };

/* Sockets whose connect was reported, by cookie: enum progress. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_FOLLOWED);
	__type(key, __u64);
	__type(value, __u32);
} followed SEC(".maps");

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

/* Times are good enough when two processors write them at once. */
static void count_loss(__u64 *kind)
{
	__u64 now = bpf_ktime_get_ns();

	if (!losses.first_ns)
		losses.first_ns = now;
	losses.last_ns = now;
	__sync_fetch_and_add(kind, 1);
}

static void emit(struct attempt_event *event)
{
	event->at_ns = bpf_ktime_get_ns();
	if (bpf_ringbuf_output(&attempts, event, sizeof(*event), 0))
		count_loss(&losses.others);
}

/*
 * Refused connects are cheap, and a program may make hundreds of thousands in a second: they leave half the
 * ring to the events that decide how a round ends.
 */
static void emit_refusal(struct attempt_event *event)
{
	if (bpf_ringbuf_query(&attempts, BPF_RB_AVAIL_DATA) > RING_BYTES / 2)
		count_loss(&losses.refusals);
	else
		emit(event);
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
	bpf_get_current_comm(event.name, sizeof(event.name));
	if (error) {
		emit_refusal(&event);
		return;
	}
	if (filter->follows)
		follow(out->cookie);
	emit(&event);
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

static __u32 pid_here(struct task_struct *task)
{
	return pid_in_namespace(BPF_CORE_READ(task, group_leader), pid_namespace);
}

/* In the initial pid namespace, where the broker mostly runs, no search is needed. */
static __u32 current_pid(void)
{
	if (pid_namespace == INITIAL_PID_NAMESPACE)
		return bpf_get_current_pid_tgid() >> 32;
	return pid_here((void *)bpf_get_current_task());
}

/* A process that mixes uids (set-user-ID) may act for another user, so it counts as root's. */
static __u32 single_uid(struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	__u32 uid = BPF_CORE_READ(cred, uid.val);

	return uid == BPF_CORE_READ(cred, euid.val) && uid == BPF_CORE_READ(cred, suid.val) ? uid : 0;
}

static void fill_outgoing(struct outgoing *out, struct bpf_sock_addr *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	out->cookie = bpf_get_socket_cookie(ctx);
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

static int verdict(int error)
{
	if (!error)
		return ALLOW;
	bpf_set_retval(-error);
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

/* A blackhole's socket may talk to others than the remote that is held down. */
static bool is_swallowed(__u32 index, const struct packet *packet)
{
	struct outage_rule *rule = bpf_map_lookup_elem(&rules, &index);

	if (!rule || rule->fault != OUTAGE_BLACKHOLE || !is_in_force(rule) ||
	    !is_for_remote(rule, packet->remote_port, packet->remote_address))
		return false;
	count_packet(index);
	return true;
}

static void note_bytes(__u64 cookie, __u32 *progress, const struct packet *packet)
{
	struct attempt_event event = {.kind = ATTEMPT_BYTES, .cookie = cookie};

	if (!packet->payload)
		return;
	*progress = CARRIES_BYTES;
	emit(&event);
}

static bool follows(void)
{
	struct connect_filter *filter = get_filter();

	return filter && filter->follows;
}

/* Runs for every packet of the machine while attached: headers are read only of sockets that matter. */
static int pass(struct __sk_buff *skb, bool incoming)
{
	__u64 cookie = bpf_get_socket_cookie(skb);
	__u32 *index = outage_clock.blackholes ? bpf_map_lookup_elem(&held, &cookie) : NULL;
	__u32 *progress = follows() ? bpf_map_lookup_elem(&followed, &cookie) : NULL;
	bool awaits_bytes = progress && *progress == ESTABLISHED;
	struct packet packet = {};

	if (!index && !awaits_bytes)
		return ALLOW;
	read_packet(&packet, skb, incoming);
	if (index && is_swallowed(*index, &packet))
		return packet.protocol == IPPROTO_UDP && !incoming ? DROP_QUIETLY : DROP;
	if (awaits_bytes)
		note_bytes(cookie, progress, &packet);
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

/* The contexts of the programs below are the tracepoints' arguments (include/trace/events/sock.h, tcp.h,
 * sched.h). */

static bool is_followed(struct sock *sk, __u64 *cookie)
{
	if (sk->sk_protocol != IPPROTO_TCP)
		return false;
	/* Not by the helper, which would assign a cookie to every other socket, too. */
	*cookie = sk->__sk_common.skc_cookie.counter;
	return *cookie && bpf_map_lookup_elem(&followed, cookie);
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

SEC("tp_btf/inet_sock_set_state")
int attempt_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct attempt_event event = {.kind = ATTEMPT_STATE, .old_state = ctx[1], .new_state = ctx[2]};
	__u32 established = ESTABLISHED;

	if (!is_followed(sk, &event.cookie))
		return 0;
	event.error = sk->sk_err;
	if (event.new_state == TCP_CLOSE)
		begin_hold(event.cookie);
	if (event.new_state == TCP_ESTABLISHED)
		bpf_map_update_elem(&followed, &event.cookie, &established, BPF_ANY);
	emit(&event);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int attempt_error(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct attempt_event event = {.kind = ATTEMPT_ERROR};

	if (!is_followed(sk, &event.cookie))
		return 0;
	event.error = sk->sk_err;
	emit(&event);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int attempt_reset(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct attempt_event event = {.kind = ATTEMPT_RESET};

	if (is_followed(sk, &event.cookie))
		emit(&event);
	return 0;
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
	if (!bpf_map_lookup_elem(&watched, &event.parent))
		return 0;
	event.pid = pid_here(child);
	bpf_map_update_elem(&watched, &event.pid, &yes, BPF_ANY);
	emit(&event);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
