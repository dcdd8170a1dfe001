/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* How a field is read where the pointer to it, or the field itself, is a trusted pointer of the kernel's. */
#ifndef SOCKSCOPE_READS_H
#define SOCKSCOPE_READS_H

#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Set where an object could not be loaded as it is. */
const volatile bool reads_directly SEC(".rodata.reads");

/*
 * By a probe read, because of a direct one the verifier searches all types of the kernel, up to four times
 * (btf_nested_type_is_trusted). Under lockdown=confidentiality, the kernel refuses probe reads.
 */
#define READ(from, field) (reads_directly ? (from)->field : BPF_CORE_READ(from, field))

#endif
