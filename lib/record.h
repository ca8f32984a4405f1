/* SPDX-License-Identifier: MIT */
/*
 * record: calls.jsonl in the state root, one line per MCP tool call:
 *
 *	{"at", "tool", "command", "exit", "ms", "signal"?, "error"?, "cancelled"?}
 *
 * command is a shell line that repeats the call; it is redacted, and absent
 * when the arguments were over RECORD_ARGS_MAX ("bytes" says how long). exit is
 * null when the child did not end by itself. Rotated at RECORD_MAX to calls.jsonl.1.
 */
#ifndef JOBDIR_RECORD_H
#define JOBDIR_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_MAX (8u << 20)
#define RECORD_ARGS_MAX (64u << 10)

struct record {
	const char *tool;
	const char *command;		/* the file that was run */
	const char *args;		/* the arguments' JSON; NULL: too long to keep */
	size_t len;
	int exit, signal;		/* -1: not so */
	int64_t ms;
	const char *error;		/* the answer's error code, or NULL */
	bool cancelled;
};

/* Append to calls.jsonl below an open state root. 0 or -1+errno. */
int record_call(int rootfd, const struct record *r);

#endif
