/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What a capture saw: a part of records.h, which includes it. */
#ifndef SOCKSCOPE_CAPTURE_RECORD_H
#define SOCKSCOPE_CAPTURE_RECORD_H

/*
 * A packet has at most so many bytes: TCP over loopback sends two segments of 64 KiB at once
 * (net.ipv4.tcp_min_tso_segs). Longer ones, of devices that are set up for BIG TCP, are cut.
 */
#define MAX_PACKET_BYTES 131072

/* What a capture saw; sent through its ring buffer, in the order of one CPU. */
enum capture_kind {
	CAPTURE_IN = 1,      /* a packet that its socket gets */
	CAPTURE_OUT = 2,     /* a packet that its socket sends */
	CAPTURE_CONNECT = 3, /* a new socket belongs to it from now on */
};

/* Behind a packet's record lie its first `captured` bytes, from the IP header on. */
struct capture_record {
	__u64 at_ns; /* CLOCK_MONOTONIC */
	__u64 cookie;
	__u32 length; /* of the packet; 0: none */
	__u32 captured;
	__u32 pid; /* CAPTURE_CONNECT only, as in struct attempt_event */
	__u8 kind; /* enum capture_kind */
	__u8 padding[3];
	char name[SOCKSCOPE_NAME_SIZE]; /* CAPTURE_CONNECT only: comm, NUL-padded */
};

/* Of the capture that runs. */
struct capture_state {
	__u64 lost; /* records that the ring had no room for: written by the programs */
	__u32 snap; /* bytes of a packet that are kept: written by the broker */
	__u32 padding;
};

#endif
