/* SPDX-License-Identifier: MIT */
/*
 * reqopt: the people's form of a request, options made from a manifest, as
 * JSON text. The rules are in request.h, whose private part this is.
 */
#ifndef JOBDIR_REQOPT_H
#define JOBDIR_REQOPT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct tool;

#define REQUEST_MAX (8u << 20)

/*
 * The value of --tool or --request at argv[i] (name with its dashes), NULL if
 * it is another option; *next: it was the argument after it.
 */
const char *reqopt_own(int argc, char *const argv[], int i, const char *name, bool *next);

/*
 * All other options as one JSON object, appended to out. 0, or -1 with errno
 * (EINVAL: what the caller did) and why.
 */
int reqopt_json(const struct tool *t, int argc, char *const argv[], struct buf *out,
	struct buf *why);

/* The whole text of a file ("-": standard input), at most REQUEST_MAX. 0 or -1+errno. */
int reqopt_read(const char *file, struct buf *out);

#endif
