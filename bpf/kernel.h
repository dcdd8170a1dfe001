/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The kernel's types, reduced to the fields that our programs read. Field offsets are corrected when a
 * program is loaded (CO-RE), so neither order nor gaps matter here; a generated vmlinux.h would be 2.8 MB of
 * which we use this much. Constants are the kernel's ABI.
 */
#ifndef SOCKSCOPE_KERNEL_H
#define SOCKSCOPE_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
enum { false = 0, true = 1 };

#define NULL ((void *)0)

/* include/linux/socket.h, include/uapi/asm-generic/socket.h, include/uapi/linux/in.h,
 * include/net/tcp_states.h */
#define AF_INET          2
#define AF_INET6         10
#define IPPROTO_HOPOPTS  0
#define IPPROTO_TCP      6
#define IPPROTO_UDP      17
#define IPPROTO_UDPLITE  136
#define IPPROTO_MPTCP    262
#define SOCK_STREAM      1
#define SOCK_RAW         3
#define INADDR_LOOPBACK  0x7f000001
#define TCP_ESTABLISHED  1
#define TCP_SYN_SENT     2
#define TCP_SYN_RECV     3
#define TCP_FIN_WAIT1    4
#define TCP_FIN_WAIT2    5
#define TCP_CLOSE        7
#define TCP_CLOSE_WAIT   8
#define TCP_LAST_ACK     9
#define SOL_SOCKET       1
#define SO_REUSEADDR     2
#define SO_KEEPALIVE     9
#define TCP_TIME_WAIT    6
#define TCP_LISTEN       10
#define TCP_NEW_SYN_RECV 12

/* include/uapi/linux/tcp.h */
#define TCP_KEEPIDLE     4
#define TCP_KEEPINTVL    5
#define TCP_KEEPCNT      6
#define TCP_USER_TIMEOUT 18

/* include/uapi/asm-generic/errno-base.h, errno.h */
#define EPERM        1
#define EIO          5
#define ENOMEM       12
#define ENODATA      61
#define ECONNREFUSED 111
#define EHOSTUNREACH 113

/* include/linux/sched.h: bits of task_struct.flags */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

/* include/uapi/linux/if_ether.h */
#define ETH_P_IP 0x0800
/* include/net/sock.h: bits of sock.sk_userlocks */
#define SOCK_BINDPORT_LOCK 8
#define SOCK_CONNECT_BIND  16

/* include/uapi/linux/bpf.h */
enum {
	BPF_ANY = 0,
	BPF_EXIST = 2,
	BPF_F_NO_PREALLOC = 1,
	BPF_SK_STORAGE_GET_F_CREATE = 1,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
	BPF_RB_AVAIL_DATA = 0, /* of bpf_ringbuf_query */
};

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
};

struct bpf_sock;

/* The context of cgroup/connect4|6. ABI, so complete and not relocated. */
struct bpf_sock_addr {
	__u32 user_family;
	__u32 user_ip4;
	__u32 user_ip6[4];
	__u32 user_port;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 msg_src_ip4;
	__u32 msg_src_ip6[4];
	union {
		struct bpf_sock *sk;
	} __attribute__((aligned(8)));
};

/* The context of cgroup_skb; likewise. The packet starts with its IP header. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;
	__u32 data_end;
	__u32 napi_id;
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
	__u32 data_meta;
	__u64 flow_keys; /* a pointer; likewise sk */
	__u64 tstamp;
	__u32 wire_len;
	__u32 gso_segs;
	union {
		struct bpf_sock *sk;
	} __attribute__((aligned(8)));
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/ns_common.h and its users: of a namespace, only the inode number. */
struct ns_common {
	unsigned int inum;
};

/* include/net/netns/ipv4.h: times in ticks (1/CONFIG_HZ s), unless they say otherwise. */
struct netns_ipv4 {
	int sysctl_tcp_keepalive_time;
	int sysctl_tcp_keepalive_intvl;
	__u8 sysctl_tcp_keepalive_probes; /* int, before 5.15 */
	__u8 sysctl_tcp_retries2;         /* likewise */
	int sysctl_tcp_rto_max_ms;        /* Linux 6.15 */
};

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
};

struct pid_namespace {
	struct ns_common ns;
};

/* include/linux/pid.h: a process has one number in each pid namespace from the initial one (level 0) down. */
struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
	kuid_t suid;
	kuid_t euid;
};

struct task_struct {
	unsigned int flags;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	__u64 start_boottime; /* nanoseconds */
	const struct cred *real_cred;
	char comm[16];
};

struct inode {
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};

typedef struct {
	__s64 counter;
} atomic64_t;

/* include/net/sock.h: what full sockets, time-wait and request sockets have in common. */
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned long skc_flags; /* bits of enum sock_flags */
	possible_net_t skc_net;
	atomic64_t skc_cookie; /* 0: not assigned yet */
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	socket_lock_t sk_lock;
	kuid_t sk_uid;
	int sk_err;
	__u16 sk_type;
	__u16 sk_protocol;
	__u32 sk_ack_backlog;
	unsigned char sk_userlocks; /* a bit field, before 6.18 */
};

enum sock_flags {
	SOCK_DONE = 1, /* the peer's FIN came */
	SOCK_KEEPOPEN = 3,
};

struct socket {
	struct file *file;
	struct sock *sk;
};

/* include/net/inet_hashtables.h: a local port with the TCP sockets on it. */
struct inet_bind_bucket {
	signed char fastreuse;
};

/* include/net/inet_sock.h */
struct inet_sock {
	struct sock sk;
	__be16 inet_sport; /* stays when the socket gives its port back */
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct inet_bind_bucket *icsk_bind_hash;
	__u32 icsk_rto;          /* ticks */
	__u32 icsk_user_timeout; /* milliseconds */
	__u8 icsk_retransmits;
	__u8 icsk_probes_out;
	struct {
		__u32 lrcvtime; /* ticks: the last data that came */
	} icsk_ack;
};

/* include/linux/tcp.h: of the keepalive fields, 0 is what the network namespace has. */
struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 segs_out;
	__u64 bytes_sent;     /* of data, retransmitted ones as often as they were */
	__u64 bytes_retrans;  /* those */
	__u64 bytes_received; /* a FIN counts as one */
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 snd_wnd;
	__u32 rcv_nxt;
	__u32 rcv_tstamp; /* ticks: the last acknowledgement that came */
	__u32 srtt_us;    /* eighths */
	unsigned int keepalive_time;
	unsigned int keepalive_intvl;
	__u8 keepalive_probes;
};

/* include/net/inet_timewait_sock.h */
struct inet_timewait_sock {
	__u32 tw_connect_bind;
};

struct udp_sock;
struct seq_file;

/* The contexts of the iterators. */
struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct bpf_iter__udp {
	struct bpf_iter_meta *meta;
	struct udp_sock *udp_sk;
};

#pragma clang attribute pop

#endif
