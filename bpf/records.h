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

/* Flags of struct socket_record. */
#define SOCKSCOPE_ORPHAN 0x1 /* no file refers to it: closed by its owner, or not accepted yet */
#define SOCKSCOPE_LOCKED 0x2 /* a process was inside a call on it, so whoever wants its lock must wait */
/*
 * A TCP socket that is a subflow of MPTCP: the owner holds the MPTCP socket above it, which stays when the
 * subflow is destroyed. Only set where iter/task_file tells owners.
 */
#define SOCKSCOPE_MPTCP 0x4

/* One socket held by one file descriptor, or (pid 0, fd -1) one socket that sock_diag showed. */
struct socket_record {
	__u64 cookie;
	__u64 inode;      /* sockfs inode; 0: no file */
	__u64 start_time; /* of the owner, in clock ticks (1/100 s) since boot, as /proc/PID/stat field 22 */
	__u32 netns;      /* inode number of the network namespace */
	__u32 pid;        /* owner, as numbered in the reader's pid namespace; 0: no owner seen */
	__s32 fd;         /* -1: no owner seen */
	__u32 uid;        /* sk_uid: the socket's creator */
	__u32 owner_uid;  /* the owner's uid where real, effective and saved agree, else 0 */
	__u16 family;     /* AF_INET, AF_INET6 */
	__u16 protocol;   /* IPPROTO_TCP, IPPROTO_UDP; out of the list program, also IPPROTO_MPTCP */
	__u16 local_port;
	__u16 remote_port;
	__u8 local_address[16];
	__u8 remote_address[16];
	__u8 state; /* include/net/tcp_states.h */
	__u8 flags; /* SOCKSCOPE_ORPHAN, SOCKSCOPE_LOCKED, SOCKSCOPE_MPTCP */
	__u8 padding[2];
	char name[SOCKSCOPE_NAME_SIZE]; /* the owner's comm, NUL-padded */
};

/* What the destroy program did about one target. The order is of no meaning. */
enum destroy_status {
	DESTROY_PENDING = 0,  /* the walk has not met it */
	DESTROY_DONE = 1,     /* bpf_sock_destroy was called; error holds its return code */
	DESTROY_CHANGED = 2,  /* same cookie, another tuple or protocol: left alone */
	DESTROY_KERNEL = 3,   /* the kernel's own socket (no file, not an orphan): left alone */
	DESTROY_MINISOCK = 4, /* time-wait or syn-recv: sock_diag must do it (CVE-2026-98384) */
	DESTROY_BACKLOG = 5,  /* a listener with queued children: sock_diag must do it */
	DESTROY_NO_KFUNC = 6, /* this kernel has no bpf_sock_destroy */
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
};

/* Written by the destroy programs before the destroy, so that a full buffer can never hide one. */
struct destroy_record {
	__u64 cookie;
};

/* Which connects the hook reports; zero fields match everything. Read by the cgroup/connect4|6 programs. */
struct connect_filter {
	__u16 protocol;    /* 0: both */
	__u16 remote_port; /* 0: any */
};

/* One connect() as it is being made; sent through the ring buffer. */
struct connect_record {
	__u64 cookie;
	__u32 netns;
	__u32 pid; /* as numbered in the broker's pid namespace; 0: it is not in there */
	__u32 uid;
	__u16 family;
	__u16 protocol;
	__u16 remote_port;
	__u8 padding[6];
	__u8 remote_address[16];
	char name[SOCKSCOPE_NAME_SIZE];
};

#endif
