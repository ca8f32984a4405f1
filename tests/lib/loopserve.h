/* SPDX-License-Identifier: MIT */
/* loopserve.h: the HTTP side of a scripted server on 127.0.0.1. Part of model.c and chatmodel.c. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "buf.h"
#include "err.h"
#include "json.h"

struct loopserve {
	/* A whole request: answer it. The body is valid until it returns. */
	enum MHD_Result (*serve)(void *arg, struct MHD_Connection *c, const char *method,
		const char *url, struct buf *body);
	void *arg;
};

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method,
	const char *version, const char *data, size_t *len, void **state)
{
	const struct loopserve *s = cls;
	struct buf *body = *state;

	(void)version;
	if (!body) {
		body = *state = malloc(sizeof *body);
		if (!body)
			return MHD_NO;
		buf_init(body);
		return MHD_YES;
	}
	if (*len) {
		if (body->len + *len > JSON_MAX || buf_add(body, data, *len) < 0)
			return MHD_NO;
		*len = 0;
		return MHD_YES;
	}
	return s->serve(s->arg, c, method, url, body);
}

static void
on_done(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	(void)cls;
	(void)c;
	(void)why;
	if (*state)
		buf_release(*state);
	free(*state);
	*state = NULL;
}

/* Listen, print the port and a newline, serve until a signal ends us. */
static void
loopserve_run(struct loopserve *s)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_Daemon *d = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL,
		on_request, s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&here,
		MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_END);
	const union MHD_DaemonInfo *info = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;

	if (!info)
		die(EXIT_TEMP, "cannot listen on loopback");
	(void)printf("%u\n", (unsigned)info->port);
	if (fflush(stdout))
		die_sys("cannot write the port");
	for (;;)
		(void)pause();
}
