/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Whether a rule or a filter is for a user. */
#ifndef SOCKSCOPE_UIDS_H
#define SOCKSCOPE_UIDS_H

#include "kernel.h"
#include "records.h"

static bool is_in_ranges(const struct uid_range *ranges, __u32 uid)
{
	for (int i = 0; i < MAX_UID_RANGES; i++) {
		if (uid - ranges[i].first < ranges[i].count)
			return true;
	}
	return false;
}

/* `limits`: a rule or a filter. */
#define IS_FOR_UID(limits, who)                                                                              \
	(!(limits)->has_uid || (limits)->uid == (who) || is_in_ranges((limits)->subuids, who))

#endif
