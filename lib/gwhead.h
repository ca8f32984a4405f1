/* SPDX-License-Identifier: MIT */
/*
 * gwhead: what the head of an upstream's answer said that is of use, line by
 * line; nothing of it is passed on as it is.
 */
#ifndef JOBDIR_GWHEAD_H
#define JOBDIR_GWHEAD_H

#include <stdbool.h>
#include <stddef.h>

struct gwhead {
	int status;			/* 0: no answer yet; not set here */
	bool event_stream, json;
	char retry_after[64], retry_after_ms[32], request_id[72];
	int should_retry;		/* -1: not said */
};

/* One line of n bytes, its end included or not. A status line begins anew. */
void gwhead_line(struct gwhead *h, const char *line, size_t n);

#endif
