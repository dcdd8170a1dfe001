// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Sets after how long the TCP connections that the target map names give up a peer that does not answer, and
 * gives back what they had. An object of its own: a kernel that refuses it destroys all the same.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "records.h"
#include "targets.h"

/* For all targets of a walk; written by the broker before it. */
struct tcp_tuning wanted SEC(".bss.wanted");

/*
 * Of each tuned connection: its settings before, those that were changed. They lie with the socket, so they
 * end with it, and no client can choose them.
 */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tcp_tuning);
} settings_before SEC(".maps");

static int set_option(struct sock *sk, int level, int option, int value)
{
	return bpf_setsockopt(sk, level, option, &value, sizeof(value));
}

static int get_option(struct sock *sk, int level, int option, __u32 *value)
{
	return bpf_getsockopt(sk, level, option, value, sizeof(*value));
}

static int set_times(struct sock *sk, const struct tcp_tuning *tuning)
{
	int error = set_option(sk, IPPROTO_TCP, TCP_KEEPIDLE, tuning->keepalive_idle_s);

	if (!error)
		error = set_option(sk, IPPROTO_TCP, TCP_KEEPINTVL, tuning->keepalive_interval_s);
	if (!error)
		error = set_option(sk, IPPROTO_TCP, TCP_KEEPCNT, tuning->keepalive_probes);
	return error;
}

/* SO_KEEPALIVE after its times: it starts the timer. */
static int set_settings(struct sock *sk, const struct tcp_tuning *tuning, __u32 settings)
{
	int error = 0;

	if (settings & TUNE_KEEPALIVE_TIMES)
		error = set_times(sk, tuning);
	if (!error && settings & TUNE_KEEPALIVE)
		error = set_option(sk, SOL_SOCKET, SO_KEEPALIVE, tuning->keepalive);
	if (!error && settings & TUNE_USER_TIMEOUT)
		error = set_option(sk, IPPROTO_TCP, TCP_USER_TIMEOUT, tuning->user_timeout_ms);
	return error;
}

static int read_settings(struct sock *sk, struct tcp_tuning *now)
{
	int error = get_option(sk, SOL_SOCKET, SO_KEEPALIVE, &now->keepalive);

	if (!error)
		error = get_option(sk, IPPROTO_TCP, TCP_KEEPIDLE, &now->keepalive_idle_s);
	if (!error)
		error = get_option(sk, IPPROTO_TCP, TCP_KEEPINTVL, &now->keepalive_interval_s);
	if (!error)
		error = get_option(sk, IPPROTO_TCP, TCP_KEEPCNT, &now->keepalive_probes);
	if (!error)
		error = get_option(sk, IPPROTO_TCP, TCP_USER_TIMEOUT, &now->user_timeout_ms);
	return error;
}

static void copy_settings(struct tcp_tuning *to, const struct tcp_tuning *from, __u32 settings)
{
	to->settings |= settings;
	if (settings & TUNE_KEEPALIVE)
		to->keepalive = from->keepalive;
	if (settings & TUNE_KEEPALIVE_TIMES) {
		to->keepalive_idle_s = from->keepalive_idle_s;
		to->keepalive_interval_s = from->keepalive_interval_s;
		to->keepalive_probes = from->keepalive_probes;
	}
	if (settings & TUNE_USER_TIMEOUT)
		to->user_timeout_ms = from->user_timeout_ms;
}

static bool same_times(const struct tcp_tuning *a, const struct tcp_tuning *b)
{
	return a->keepalive_idle_s == b->keepalive_idle_s &&
	       a->keepalive_interval_s == b->keepalive_interval_s &&
	       a->keepalive_probes == b->keepalive_probes;
}

static bool has_settings(const struct tcp_tuning *now, const struct tcp_tuning *tuning)
{
	return (!(tuning->settings & TUNE_KEEPALIVE) || now->keepalive == tuning->keepalive) &&
	       (!(tuning->settings & TUNE_KEEPALIVE_TIMES) || same_times(now, tuning)) &&
	       (!(tuning->settings & TUNE_USER_TIMEOUT) || now->user_timeout_ms == tuning->user_timeout_ms);
}

/* Sets them, and reads them back. */
static int apply_settings(struct sock *sk, const struct tcp_tuning *tuning)
{
	struct tcp_tuning now = {};
	int error = set_settings(sk, tuning, tuning->settings);

	if (!error)
		error = read_settings(sk, &now);
	return error ?: has_settings(&now, tuning) ? 0 : -EIO;
}

/*
 * What the connection had is kept first: what is not kept could not be given back. Nor could what the kernel
 * does not take, such as an idle time of the namespace's above 32767 s: it is set to what it is, as a trial.
 */
static int keep_settings(struct sock *sk, __u32 settings)
{
	struct tcp_tuning *before = bpf_sk_storage_get(&settings_before, sk, NULL, 0);
	__u32 unkept = before ? settings & ~before->settings : settings;
	struct tcp_tuning now = {};
	int error = read_settings(sk, &now);

	if (!error)
		error = set_settings(sk, &now, unkept);
	if (error)
		return error;
	if (!before)
		before = bpf_sk_storage_get(&settings_before, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!before)
		return -ENOMEM;
	copy_settings(before, &now, unkept);
	return 0;
}

static int tune(struct sock *sk, const struct tcp_tuning *tuning)
{
	int error = keep_settings(sk, tuning->settings);

	return error ?: apply_settings(sk, tuning);
}

/* -ENODATA: it was not tuned, as far as this object knows. */
static int restore(struct sock *sk)
{
	struct tcp_tuning *before = bpf_sk_storage_get(&settings_before, sk, NULL, 0);
	struct tcp_tuning tuning = {};
	int error;

	if (!before)
		return -ENODATA;
	copy_settings(&tuning, before, before->settings);
	error = apply_settings(sk, &tuning);
	if (!error)
		bpf_sk_storage_delete(&settings_before, sk);
	return error;
}

static void answer(struct sock_common *skc, struct target_value *target)
{
	struct tcp_tuning tuning = wanted;
	struct tcp_sock *tcp;
	struct sock *sk;

	if (!same_tuple(target, skc, IPPROTO_TCP)) {
		target->status = DESTROY_CHANGED;
		return;
	}
	/* Others are no full sockets, or have no peer to give up. */
	if (skc->skc_state != TCP_ESTABLISHED && skc->skc_state != TCP_CLOSE_WAIT) {
		target->status = DESTROY_MINISOCK;
		return;
	}
	tcp = bpf_skc_to_tcp_sock(skc);
	if (!tcp)
		return;
	sk = (struct sock *)tcp;
	if (is_kernel_owned(sk)) {
		target->status = DESTROY_KERNEL;
		return;
	}
	/* Its program has closed it since it was judged. */
	if (!READ(sk, sk_socket)) {
		target->status = DESTROY_MINISOCK;
		return;
	}
	if (is_expired(target))
		return;
	target->error = tuning.settings == TUNE_RESTORE ? restore(sk) : tune(sk, &tuning);
	target->status = DESTROY_DONE;
}

SEC("iter/tcp")
int tune_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct target_value *target;

	if (!skc)
		return 0;
	if (!pending_targets)
		return STOP_WALK;
	target = find_target(skc);
	if (!target)
		return 0;
	answer(skc, target);
	count_answer(target);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
