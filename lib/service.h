/* SPDX-License-Identifier: MIT */
/*
 * service: what supervise does for the programs of its job that must not hold
 * a secret themselves. A SOCK_SEQPACKET socket whose number is in
 * $JOBDIR_SERVICE; the recipe's commands inherit it, the agent never does.
 * One request is one message, which carries the socket that the reply goes to
 * (many commands share the one socket, and no reply must reach another). A
 * reply is one message with descriptors.
 *
 *	"log attempt-1/agent.jsonl"	-> "ok" + write end of a pipe into a
 *		redactor that appends to that file, + read end of a pipe that
 *		reaches end of file when the redactor has written everything
 *	"watch attempt-1/agent.jsonl"	-> the same, and what the redactor appends
 *		can be read from the second descriptor as well
 *	"login"				-> "ok" + sealed memfd: NAME=VALUE, each
 *		ended by NUL, of the agent's login (ANTHROPIC_API_KEY, …)
 *	"share"				-> "ok": the dependencies that the job's tree
 *		names (share.h) are mounted in it, read-only
 *	anything else, or refused	-> "error WORDS"
 *
 * Only paths below the job of the shape attempt-N/NAME or
 * attempt-N/checks/NAME are opened; their directories must be there.
 */
#ifndef JOBDIR_SERVICE_H
#define JOBDIR_SERVICE_H

#include <stddef.h>
#include <sys/types.h>

#define SERVICE_ENV "JOBDIR_SERVICE"
#define SERVICE_MESSAGE_MAX 512
#define SERVICE_FDS_MAX 2

/* The caller's side. The descriptor from $JOBDIR_SERVICE (made close-on-exec) or -1+ENOENT. */
int service_open(void);
int service_log(int service, const char *rel, int *in, int *done);	/* 0 or -1+errno */
int service_watch(int service, const char *rel, int *in, int *words);	/* as service_log */
int service_login(int service);					/* memfd or -1 */
int service_share(int service);					/* 0 or -1+errno */

/*
 * Both sides: one message with descriptors. Receiving: bytes (0: end of file),
 * NUL-terminated in text; descriptors not sent are -1; received ones are
 * close-on-exec. -1+errno (EAGAIN with a non-blocking socket).
 */
int service_send(int sock, const char *text, const int *fds, size_t n);
ssize_t service_receive(int sock, char text[SERVICE_MESSAGE_MAX + 1], int fds[SERVICE_FDS_MAX]);

#endif
