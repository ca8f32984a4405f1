/* SPDX-License-Identifier: MIT */
/*
 * chatmsg: the messages of an Anthropic request as those of chat completions.
 */
#ifndef JOBDIR_CHATMSG_H
#define JOBDIR_CHATMSG_H

struct buf;
struct gwprofile;
struct json;
struct jsonw;

/*
 * Write all messages behind the system message, as elements of the array that
 * is open in w. 0; -1 with errno EINVAL (why says which message) or ENOMEM.
 */
int chatmsg_write(struct jsonw *w, const struct json *d, const struct gwprofile *p,
	struct buf *why);

#endif
