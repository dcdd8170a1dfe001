/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What became of TCP connections, as the history has it: a part of records.h, which includes it. */
#ifndef SOCKSCOPE_CONNECTION_EVENT_H
#define SOCKSCOPE_CONNECTION_EVENT_H

enum connection_event_kind {
	CONNECTION_OPENED = 1,
	CONNECTION_FAILED = 2, /* connect() came to nothing */
	CONNECTION_ENDED = 3,
};

/* Flags of struct connection_event. */
#define CONNECTION_OUT     0x1  /* connect() made it */
#define CONNECTION_IN      0x2  /* a listener took it; neither: it was there before the history */
#define CONNECTION_HERE    0x4  /* its owner closed it first */
#define CONNECTION_PEER    0x8  /* its peer closed it first */
#define CONNECTION_EXITING 0x10 /* its owner was ending when it closed it */
#define CONNECTION_UNSENT  0x20 /* no packet of it was sent */

/* An event of one connection, with all that is known of it by then; sent through the ring buffer. */
struct connection_event {
	__u64 cookie;
	__u64 at_ns;     /* CLOCK_MONOTONIC, as all times */
	__u64 began_ns;  /* connect() was called, or a listener took it; 0: before the history */
	__u64 opened_ns; /* it was established; 0: never, or before the history */
	__u64 sent;      /* bytes of data so far, without retransmits */
	__u64 received;
	__u64 start_time; /* of its process, as in struct socket_record */
	__u32 netns;
	__u32 pid;    /* as numbered in the broker's pid namespace; 0: not in there, or not known (yet) */
	__u32 uid;    /* its process's (SOCKSCOPE_NO_UID: several); where none connected it, sk_uid */
	__u32 parent; /* of a destroy: the pid of the parent of the process that did it; else 0 */
	__s32 error;  /* sk_err, positive; 0: none */
	__u16 family;
	__u16 local_port; /* 0: it had none */
	__u16 remote_port;
	__u8 kind;  /* enum connection_event_kind */
	__u8 flags; /* CONNECTION_... */
	__u8 local_address[16];
	__u8 remote_address[16];
	char name[SOCKSCOPE_NAME_SIZE]; /* the process's comm; empty: not known */
	__u8 padding[4];
};

/* Whose connections are recorded; as in struct outage_rule. */
struct history_filter {
	__u32 uid;
	__u32 has_uid;
	struct uid_range subuids[MAX_UID_RANGES];
};

/* What broker and programs tell each other about the history. */
struct history_state {
	__u64 lost;  /* events that the ring had no room for */
	__u32 keep;  /* number of the present time of keeping: what is noted for an earlier one is void */
	__u32 armed; /* set by the broker when it wants to be woken by the next event, which clears it */
};

#endif
