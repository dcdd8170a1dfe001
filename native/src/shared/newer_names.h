// Names of the kernel's that the C library of releases, glibc 2.31, does not have yet.
#pragma once

#include <asm/unistd.h>
#include <netinet/in.h>
#include <sys/syscall.h>

#ifndef SYS_close_range
#define SYS_close_range __NR_close_range
#endif

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd __NR_pidfd_getfd
#endif

#ifndef SYS_process_madvise
#define SYS_process_madvise __NR_process_madvise
#endif

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
