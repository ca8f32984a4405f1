/* SPDX-License-Identifier: MIT */
/*
 * chatpart: content of tool results and of users, in parts that providers take:
 * text and pictures. Pure.
 */
#ifndef JOBDIR_CHATPART_H
#define JOBDIR_CHATPART_H

#include <stddef.h>
#include <stdint.h>

struct gwprofile;
struct json;
struct jsonw;

/* A tool call waiting for its result. */
struct chatpart_call {
	int id, name;			/* nodes */
	int result;			/* the tool_result block; JSON_ABSENT: none came */
	int64_t number;
};

/* One string: what a tool_result says. JSON_ABSENT: that there is none. */
void chatpart_result(struct jsonw *w, const struct json *d, int result, const struct gwprofile *p);

/*
 * What the messages from … (to not included) say beside the results of the
 * calls, as one user message; none if that is nothing.
 */
void chatpart_user(struct jsonw *w, const struct json *d, int from, int to,
	const struct gwprofile *p, const struct chatpart_call *calls, size_t ncalls);

#endif
