/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Records that cross the kernel boundary, fixed width and explicitly padded. The only header that the BPF
 * programs and native/ share. The addon exports the offsets of these structs to TypeScript, so they are
 * written down once. Addresses are in network byte order, IPv4 in the first four bytes; ports are in host
 * byte order.
 */
#ifndef SOCKSCOPE_RECORDS_H
#define SOCKSCOPE_RECORDS_H

#ifndef __bpf__ /* there, kernel.h has the types */
#include <linux/types.h>
#endif

#define SOCKSCOPE_NAME_SIZE 16

/* Of a process that mixes uids: it may act for another user, so no user, not root either, may act on it as
 * his. */
#define SOCKSCOPE_NO_UID 0xffffffff

/* Flags of struct socket_record. */
#define SOCKSCOPE_ORPHAN 0x1 /* no file refers to it: closed by its owner, or not accepted yet */
#define SOCKSCOPE_LOCKED 0x2 /* a process holds its lock, inside a call on it */
/*
 * A TCP socket that is a subflow of MPTCP: the owner holds the MPTCP socket above it, which stays when the
 * subflow is destroyed. Only set where owners come from iter/task_file.
 */
#define SOCKSCOPE_MPTCP 0x4
/*
 * Origin of the local port of a TCP or UDP socket with an owner: the kernel, when the socket was connected
 * (UDP: or sent, or was bound to port 0), or its process, by bind() with a number. Neither: a connection
 * that a listener took, a TCP port 0 that was bound, or it is not known.
 */
#define SOCKSCOPE_AUTOBOUND  0x8
#define SOCKSCOPE_PORT_BOUND 0x10

/*
 * The value of socket_record.protocol for RAW sockets: the number of the protocol that they carry is their
 * local port, as in ss.
 */
#define SOCKSCOPE_RAW 255

/* One socket held by one file descriptor, or (pid 0, fd -1) one socket that sock_diag showed. */
struct socket_record {
	__u64 cookie;
	__u64 inode;      /* sockfs inode; 0: no file */
	__u64 start_time; /* of the owner, in clock ticks (1/100 s) since boot, as /proc/PID/stat field 22 */
	__u32 netns;      /* inode number of the network namespace */
	__u32 pid;        /* owner, as numbered in the reader's pid namespace; 0: no owner seen */
	__s32 fd;         /* -1: no owner seen */
	__u32 uid;        /* sk_uid: the socket's creator */
	__u32 owner_uid;  /* the owner's uid where real, effective and saved agree, else SOCKSCOPE_NO_UID */
	__u16 family;     /* AF_INET, AF_INET6 */
	__u16 protocol;   /* IPPROTO_TCP, _UDP, _UDPLITE, _MPTCP or SOCKSCOPE_RAW */
	__u16 local_port;
	__u16 remote_port;
	__u8 local_address[16];
	__u8 remote_address[16];
	__u8 state; /* include/net/tcp_states.h */
	__u8 flags; /* SOCKSCOPE_ORPHAN and the others above */
	/* Owners of the socket that have no row (scans/row_budget.h); 65535: or more. Set by the broker. */
	__u16 owners_left_out;
	char name[SOCKSCOPE_NAME_SIZE]; /* the owner's comm, NUL-padded */
	/*
	 * TCP with an owner: the next sequence number to send, and the next one expected. What one end sends
	 * next is what the other expects, also across namespaces and NAT. Last, so that rows can be compared
	 * without.
	 */
	__u32 snd_nxt;
	__u32 rcv_nxt;
};

/* An event of a socket, in the order of one CPU; sent through the ring buffer. */
enum socket_event_kind {
	EVENT_STATE = 1,         /* a TCP socket went from old_state to new_state */
	EVENT_RECEIVE_RESET = 2, /* the peer's RST arrived */
	EVENT_ERROR = 3,         /* sk_err was set: 103 destroyed here, 104 reset, 110 timed out, ... */
};

/* What broker and programs tell each other about socket events. */
struct event_watch {
	__u32 armed; /* set by the broker when it wants to be woken by the next event, which clears it */
	__u32 scan;  /* number of the broker's present scan */
	__u64 noted; /* a namespace with an event in the ring since a scan began: scan << 32 | netns */
};

struct socket_event {
	__u64 cookie; /* 0: MPTCP, where several sockets can have the same one */
	__u32 netns;
	__s32 error; /* sk_err, positive; 0: none */
	__u8 kind;   /* enum socket_event_kind */
	__u8 old_state;
	__u8 new_state;
	__u8 exiting; /* 1: the current process is about to end, and closes what it holds */
	__u32 parent; /* of a destroy (ECONNABORTED): the pid of the parent of the process that does it */
};

/* Settings of struct tcp_tuning. */
#define TUNE_KEEPALIVE       0x1
#define TUNE_KEEPALIVE_TIMES 0x2
#define TUNE_USER_TIMEOUT    0x4
#define TUNE_RESTORE         0x8 /* alone: those from before are given back */

/* After how long a TCP connection gives up its peer, as setsockopt() has it. */
struct tcp_tuning {
	__u32 settings;  /* which are meant: TUNE_... */
	__u32 keepalive; /* SO_KEEPALIVE: 0, 1 */
	__u32 keepalive_idle_s;
	__u32 keepalive_interval_s;
	__u32 keepalive_probes;
	__u32 user_timeout_ms; /* 0: none */
};

/* What a walk has done with one target. The order has no meaning. */
enum destroy_status {
	DESTROY_PENDING = 0,  /* not found by the walk yet */
	DESTROY_DONE = 1,     /* destroyed, or tuned; error holds what came of it */
	DESTROY_CHANGED = 2,  /* same cookie, another tuple or protocol: left alone */
	DESTROY_KERNEL = 3,   /* the kernel's own socket (no file, not an orphan): left alone */
	DESTROY_MINISOCK = 4, /* time-wait or syn-recv: sock_diag must do it (CVE-2026-98384) */
	DESTROY_BACKLOG = 5,  /* a listener with queued children: sock_diag must do it */
	DESTROY_NO_KFUNC = 6, /* this kernel has no bpf_sock_destroy */
	DESTROY_HELD = 7,     /* only inspected: some file holds it, or it is an orphan */
	DESTROY_DENIED = 8,   /* the scope does not allow it: left alone (the broker's own answer) */
	DESTROY_LEFT = 9,     /* the scope allows it, and the agent refuses it (likewise) */
	DESTROY_STALE = 10,   /* not as the agent saw it: left alone (likewise) */
};

/*
 * Value of the target map, whose key is the cookie: the tuple to re-check, and the answer. The network
 * namespace is the one that the walk runs in.
 */
struct target_value {
	__u16 family;
	__u16 protocol;
	__u16 local_port;
	__u16 remote_port;
	__u8 local_address[16];
	__u8 remote_address[16];
	__u64 expires_ns; /* CLOCK_MONOTONIC; from then on, the target counts as none */
	__u32 status;     /* enum destroy_status */
	__s32 error;      /* 0 or a negative errno */
	__u32 inspects;   /* 1: only reported; nothing is destroyed */
	__u32 takes_over; /* 1: a listener gets SO_REUSEADDR first, so that another one can bind its port */
};

/* Written by the destroy programs before the destroy, so that a full buffer can never hide one. */
struct destroy_record {
	__u64 cookie;
};

/*
 * Selects the sockets to list: those with one of these ports at either end. Written by the broker before each
 * walk.
 */
struct list_selection {
	__u8 selects; /* 0: all sockets */
	__u8 ports[65536 / 8];
};

/*
 * The timers of one TCP connection, as the kernel uses them: its own settings, else those of its network
 * namespace. Times in ticks (1/CONFIG_HZ s), unless they say otherwise. Read without the socket's lock.
 */
struct timer_record {
	__u64 cookie;
	__u32 netns;
	__u32 keepalive_time;
	__u32 keepalive_interval;
	__u32 user_timeout_ms; /* 0: none */
	__u32 rto;             /* the next one, doubled with each retransmit */
	__u32 rto_max_ms;
	__u32 srtt_us; /* eighths; 0: no sample yet */
	__u32 unacked; /* bytes that were sent, and not acknowledged */
	__u32 send_window;
	__u32 since_ack;  /* since an acknowledgement came */
	__u32 since_data; /* since data came */
	__u8 state;
	__u8 keepalive; /* 1: SO_KEEPALIVE */
	__u8 keepalive_probes;
	__u8 retries; /* net.ipv4.tcp_retries2 */
	__u8 retransmits;
	__u8 probes_out; /* of keepalive or of a closed window: without an answer */
	__u8 padding[2];
};

/* Uids from `first` on; `count` 0: none. */
struct uid_range {
	__u32 first;
	__u32 count;
};

/* Of one user: nearly all have one range in /etc/subuid. */
#define MAX_UID_RANGES 8

/*
 * Selects the connects to report, and whether their sockets are followed; zero fields match everything. Read
 * by the cgroup/connect4|6 programs.
 */
struct connect_filter {
	__u32 netns;
	__u32 uid; /* as in struct outage_rule, with the two other fields of these names */
	struct uid_range subuids[MAX_UID_RANGES];
	__u16 protocol;
	__u16 remote_port;
	__u8 reports; /* 1: connects are reported at all */
	__u8 follows; /* 1: and the events of their sockets */
	__u8 watched; /* 1: only those of watched processes */
	__u8 has_uid;
};

/* An event of a connect, its socket or a process, in the order of one CPU; sent through the ring buffer. */
enum attempt_event_kind {
	ATTEMPT_CONNECT = 1, /* connect() is being made; error: the errno by which an outage refuses it */
	ATTEMPT_STATE = 2,   /* a followed socket went from old_state to new_state */
	ATTEMPT_ERROR = 3,   /* its sk_err was set */
	ATTEMPT_RESET = 4,   /* its peer's RST arrived */
	ATTEMPT_BYTES = 5,   /* the first payload since it was established came or went */
	PROCESS_EXIT = 6,    /* a watched process has ended; error: its status, as of wait() */
	PROCESS_FORK = 7,    /* the watched process `parent` made process `pid` */
};

struct attempt_event {
	__u64 at_ns; /* CLOCK_MONOTONIC */
	__u64 cookie;
	__u32 netns;
	__u32 pid;    /* as numbered in the broker's pid namespace; 0: it is not in there */
	__u32 parent; /* PROCESS_FORK only; likewise */
	__u32 uid;
	__s32 error;
	__u16 family;
	__u16 protocol;
	__u16 remote_port;
	__u8 kind; /* enum attempt_event_kind */
	__u8 old_state;
	__u8 new_state;
	__u8 padding[3];
	__u8 remote_address[16];
	char name[SOCKSCOPE_NAME_SIZE];
};

/*
 * Events that the ring buffer had no room for. Written by the programs; the broker sends the difference to
 * what it has sent before.
 */
struct attempt_losses {
	__u64 refusals; /* connects that an outage refused */
	__u64 others;   /* all other events */
	__u64 first_ns; /* CLOCK_MONOTONIC: the first since the broker has set it to 0 */
	__u64 last_ns;
};

#define OUTAGE_RULES 16

/* Effect of an outage on the connects, datagrams and packets that it applies to. */
enum outage_fault {
	OUTAGE_REFUSED = 1,     /* ECONNREFUSED */
	OUTAGE_UNREACHABLE = 2, /* EHOSTUNREACH */
	OUTAGE_DENIED = 3,      /* EPERM */
	OUTAGE_BLACKHOLE = 4,   /* packets are dropped silently: all of them, or some */
};

/* Packets that a blackhole drops, as seen from the socket that the rule is for. */
enum packet_direction { DIRECTION_BOTH = 0, DIRECTION_IN = 1, DIRECTION_OUT = 2 };

#define ALL_PARTS 1000000

/*
 * One remote held down. Zero fields match everything but `remote_address` (see has_address) and `uid` (see
 * has_uid). A rule is in force until its own end, and only while the broker renews alive_until_ns.
 */
struct outage_rule {
	__u64 expires_ns; /* CLOCK_MONOTONIC; 0: no rule */
	__u64 hold_ns;    /* not 0: from the end of the first of its sockets on, it lasts so long instead */
	__u32 netns;
	__u32 uid;                                /* as owner_uid of struct socket_record */
	struct uid_range subuids[MAX_UID_RANGES]; /* besides `uid` */
	__u16 protocol;
	__u16 remote_port;
	__u8 fault; /* enum outage_fault */
	__u8 has_uid;
	__u8 has_address;
	__u8 has_processes;      /* 1: only those that rule_processes names */
	__u8 remote_address[16]; /* IPv4 as ::ffff:a.b.c.d */
	/* Of a blackhole: */
	__u32 loss;       /* so many of ALL_PARTS packets are dropped; 0: all */
	__u32 seed;       /* of `loss`: which ones */
	__u32 rate;       /* so many bytes a second of each socket pass, in each direction; 0: no limit */
	__u8 direction;   /* enum packet_direction */
	__u8 living_only; /* 1: only those of the sockets that the broker names, not of new ones */
	__u8 padding[2];
};

/* State that the broker keeps for all rules. */
struct outage_clock {
	__u64 alive_until_ns; /* CLOCK_MONOTONIC: from then on, no rule is in force */
	__u32 rules_used;     /* no rule at or behind this index is in force */
	__u32 blackholes;     /* how many of them drop packets */
};

/* Key of the map of processes that a rule is for. */
struct rule_process {
	__u32 rule;
	__u32 pid; /* as numbered in the broker's pid namespace */
};

/* Packets of one direction that a blackhole is for. */
struct packet_count {
	__u64 seen;
	__u64 dropped;
	__u64 bytes; /* payload of those that were not dropped */
};

/* Effects of a rule so far. */
struct outage_count {
	__u64 connects; /* and datagrams of sendto(), that failed */
	__u64 sockets;  /* whose bytes a rate was for */
	struct packet_count in;
	struct packet_count out;
};

#include "connection_event.h"
#include "capture_record.h"

#endif
