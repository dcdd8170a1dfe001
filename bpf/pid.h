/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Process numbers as other pid namespaces than the initial one see them. */
#ifndef SOCKSCOPE_PID_H
#define SOCKSCOPE_PID_H

#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define NANOSECONDS_PER_TICK 10000000ULL

/* include/linux/proc_ns.h */
#define INITIAL_PID_NAMESPACE 0xeffffffc

/* The broker's, which is the reader's of an iterator. In a section of its own, which the broker sets. */
const volatile __u32 pid_namespace SEC(".rodata.pid");

#define MAX_PID_LEVEL 32 /* MAX_PID_NS_LEVEL in include/linux/pid_namespace.h */

/*
 * One of a process's numbers. The index is not a constant, which only a probe read accepts. The size comes
 * from the running kernel.
 */
static inline int read_upid(struct upid *upid, struct pid *pid, __u32 level)
{
	__u64 address =
	    (__u64)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);

	return bpf_probe_read_kernel(upid, sizeof(*upid), (void *)address);
}

/* The number of a thread group leader in the pid namespace at a level that it is known to be in; else 0. */
static inline __u32 pid_at_level(struct task_struct *leader, __u32 level)
{
	struct upid upid = {};
	struct pid *pid;

	pid = BPF_CORE_READ(leader, thread_pid);
	if (!pid || BPF_CORE_READ(pid, level) < level || read_upid(&upid, pid, level))
		return 0;
	return upid.nr;
}

/* The number of a thread group leader in the pid namespace with this inode number; 0 if it is not in there.
 */
static inline __u32 pid_in_namespace(struct task_struct *leader, __u32 inum)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u32 deepest = BPF_CORE_READ(pid, level);
	struct upid upid = {};

	for (__u32 level = 0; level <= MAX_PID_LEVEL && level <= deepest; level++) {
		if (read_upid(&upid, pid, level))
			return 0;
		if (BPF_CORE_READ(upid.ns, ns.inum) == inum)
			return upid.nr;
	}
	return 0;
}

/* In the initial pid namespace, where the broker mostly runs, no search is needed. */
static inline __u32 pid_here(struct task_struct *task)
{
	if (pid_namespace == INITIAL_PID_NAMESPACE)
		return BPF_CORE_READ(task, tgid);
	return pid_in_namespace(BPF_CORE_READ(task, group_leader), pid_namespace);
}

/* As /proc/PID/stat field 22: a number may become another process's. */
static inline __u64 start_time_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, start_boottime) / NANOSECONDS_PER_TICK;
}

#endif
