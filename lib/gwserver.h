/* SPDX-License-Identifier: MIT */
/*
 * gwserver: the gateway as a whole: a front, an upstream, one loop.
 *
 *	gwserver_open(&s, &conf, &gwcall_handler);
 *	gwserver_listen(&s, fd);	once or twice
 *	gwserver_run(&s);		until gwserver_stop()
 *	gwserver_close(&s);
 */
#ifndef JOBDIR_GWSERVER_H
#define JOBDIR_GWSERVER_H

#include <stdbool.h>
#include "gwconf.h"
#include "gwfront.h"
#include "gwloop.h"
#include "gwpolicy.h"
#include "gwtunnel.h"
#include "gwup.h"

struct gwserver {
	const struct gwconf *conf;
	struct gwloop loop;
	struct gwfront front;
	struct gwup *up;
	struct gwtunnel tunnel;
	struct gwcircuit circuit;
	const char *job;		/* id, for the metrics; NULL: none */
	int jobfd;			/* its directory, for metrics.jsonl; -1 */
	const char *metrics_file;	/* the one of all jobs; NULL */
	/* Tell people, in a line without its newline; never a secret. May be NULL. */
	void (*say)(const char *text);
	bool stop;
};

/* h: who answers (gwcall_handler). 0 or -1+errno. */
int gwserver_open(struct gwserver *s, const struct gwconf *c, const struct gwhandler *h);
int gwserver_listen(struct gwserver *s, int fd);		/* takes fd; 0 or -1+errno */
int gwserver_run(struct gwserver *s);				/* 0, or -1+errno */
void gwserver_stop(struct gwserver *s);
void gwserver_close(struct gwserver *s);

#endif
