/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The ring of attempt events, and the count of those that it has no room for. */
#ifndef SOCKSCOPE_ATTEMPT_RING_H
#define SOCKSCOPE_ATTEMPT_RING_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "records.h"

#define RING_BYTES (512 * 1024)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} attempts SEC(".maps");

struct attempt_losses losses SEC(".bss.losses");

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

#endif
