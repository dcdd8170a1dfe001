/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What a walk of iter/task_file writes for each descriptor of an Internet socket. */
#ifndef SOCKSCOPE_FLOOR_H
#define SOCKSCOPE_FLOOR_H

struct floor_record {
	unsigned long long cookie;
	unsigned int netns;
	unsigned int pid;
	unsigned int fd;
	unsigned int uid;
	unsigned int local_address;
	unsigned int remote_address;
	unsigned short local_port;
	unsigned short remote_port;
	unsigned int state;
};

#endif
