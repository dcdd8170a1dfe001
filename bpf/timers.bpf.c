// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reads after how long TCP connections give up a peer that does not answer: of those in file descriptor
 * tables, without a socket lock and without an effect on any.
 */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "records.h"
#include "selected.h"

/* TCP_RTO_MAX, before Linux 6.15. */
#define RTO_MAX_MS 120000

/* As keepalive_time_when() and its neighbours, include/net/tcp.h. */
static void fill_keepalive(struct timer_record *record, struct tcp_sock *tcp, struct net *net)
{
	struct sock_common *common = (struct sock_common *)tcp;

	record->keepalive = common->skc_flags >> bpf_core_enum_value(enum sock_flags, SOCK_KEEPOPEN) & 1;
	record->keepalive_time = tcp->keepalive_time ?: net->ipv4.sysctl_tcp_keepalive_time;
	record->keepalive_interval = tcp->keepalive_intvl ?: net->ipv4.sysctl_tcp_keepalive_intvl;
	record->keepalive_probes = tcp->keepalive_probes ?: net->ipv4.sysctl_tcp_keepalive_probes;
}

static void fill_retransmits(struct timer_record *record, struct tcp_sock *tcp, struct net *net)
{
	struct inet_connection_sock *connection = (struct inet_connection_sock *)tcp;
	__u32 now = bpf_jiffies64();

	record->user_timeout_ms = connection->icsk_user_timeout;
	record->rto = connection->icsk_rto;
	record->rto_max_ms = RTO_MAX_MS;
	if (bpf_core_field_exists(net->ipv4.sysctl_tcp_rto_max_ms))
		record->rto_max_ms = net->ipv4.sysctl_tcp_rto_max_ms;
	record->retries = net->ipv4.sysctl_tcp_retries2;
	record->retransmits = connection->icsk_retransmits;
	record->probes_out = connection->icsk_probes_out;
	record->srtt_us = tcp->srtt_us;
	record->unacked = tcp->snd_nxt - tcp->snd_una;
	record->send_window = tcp->snd_wnd;
	record->since_ack = now - tcp->rcv_tstamp;
	record->since_data = now - connection->icsk_ack.lrcvtime;
}

SEC("iter/task_file")
int list_timers(struct bpf_iter__task_file *ctx)
{
	/* Read once: the verifier does not carry a NULL test over to a second load. */
	struct file *file = ctx->file;
	struct timer_record record = {};
	struct socket *socket;
	struct tcp_sock *tcp;
	struct sock *sk;

	if (!ctx->task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_selected(sk) || sk->__sk_common.skc_state == TCP_LISTEN)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return 0;
	record.cookie = bpf_get_socket_cookie(sk);
	record.netns = sk->__sk_common.skc_net.net->ns.inum;
	record.state = sk->__sk_common.skc_state;
	fill_keepalive(&record, tcp, sk->__sk_common.skc_net.net);
	fill_retransmits(&record, tcp, sk->__sk_common.skc_net.net);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
