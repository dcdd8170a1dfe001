/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The sockets in file descriptor tables that an iterator is asked for. */
#ifndef SOCKSCOPE_SELECTED_H
#define SOCKSCOPE_SELECTED_H

#include "kernel.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "records.h"

/* Written by the broker. */
struct list_selection selection;

static bool is_selected_port(__u16 port)
{
	return selection.ports[port / 8] & 1 << port % 8;
}

/*
 * MPTCP sockets always: their subflows may have other ports than they, and are found through them. Before
 * anything else is read of a socket.
 */
static bool is_selected(const struct sock *sk)
{
	if (!selection.selects || sk->sk_protocol == IPPROTO_MPTCP)
		return true;
	return is_selected_port(sk->__sk_common.skc_num) ||
	       is_selected_port(bpf_ntohs(sk->__sk_common.skc_dport));
}

#endif
