/* SPDX-License-Identifier: MIT */
#include "jobown.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "json.h"
#include "jobname.h"
#include "jsonw.h"
#include "store.h"

#define ISOLATION_MAX (64u << 10)

/* Close the object and write it. */
static int
put(int jobfd, const char *name, struct jsonw *w)
{
	jsonw_end(w);
	(void)buf_addch(w->out, '\n');		/* sticky, see below */
	if (!buf_ok(w->out)) {
		errno = ENOMEM;
		return -1;
	}
	return store_replace(jobfd, name, w->out->p, w->out->len, STORE_NOSYNC);
}

int
job_put_state(int jobfd, const struct job_owned *s)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	char now[CLOCK_STAMP];
	struct jsonw w;

	clock_stamp(now, clock_wall_ms());
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mstr(&w, "state", s->running ? "running" : "queued");
	jsonw_mstr(&w, "since", now);
	jsonw_mstr(&w, "boot_id", s->boot_id);
	jsonw_mint(&w, "since_boot_ms", clock_boot_ms());
	jsonw_mint(&w, "supervisor_pid", getpid());
	if (s->pid > 0)
		jsonw_mint(&w, "pid", s->pid);
	if (s->deadline_boot_ms >= 0)
		jsonw_mint(&w, "deadline_boot_ms", s->deadline_boot_ms);
	if (s->slot >= 0)
		jsonw_mint(&w, "slot", s->slot);
	jsonw_mstr(&w, "cgroup", s->cgroup);
	return put(jobfd, JOB_STATE, &w);
}

int
job_put_isolation(int jobfd, const struct job_isolation *i)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mstr(&w, "containment", i->containment);
	jsonw_mstr(&w, "cgroup", i->cgroup);
	if (i->init.pid > 0) {
		jsonw_key(&w, "init");
		jsonw_object(&w);
		jsonw_mint(&w, "pid", i->init.pid);
		jsonw_mint(&w, "start", i->init.start);
		jsonw_end(&w);
	}
	jsonw_mbool(&w, "userns", i->userns);
	jsonw_mbool(&w, "proc", i->proc);
	level_members(&i->walls, &w);
	jsonw_mbool(&w, "pidns", i->pidns);
	jsonw_mstr(&w, "net", i->net);
	if (i->login)
		jsonw_mstr(&w, "login", i->login);
	jsonw_key(&w, "missing");
	jsonw_array(&w);
	level_missing(&i->walls, &w);
	if (!i->pidns)
		jsonw_cstr(&w, "pidns");
	if (strcmp(i->net, "door"))
		jsonw_cstr(&w, "net");
	jsonw_end(&w);
	return put(jobfd, JOB_ISOLATION, &w);
}

static int
read_own(int jobfd, const char *name, struct buf *text, struct json *d)
{
	return store_read(jobfd, name, text, ISOLATION_MAX) < 0 ||
		json_parse(d, text->p, text->len, NULL) != JSON_OK ? -1 : 0;
}

char *
job_left(int jobfd, struct pidmark *init)
{
	CLEANUP(buf) struct buf isolation = BUF_INIT, state = BUF_INIT;
	struct json d = { 0 };
	char *path = NULL;
	int64_t pid;
	int o;

	*init = (struct pidmark){ .pid = 0 };
	if (!read_own(jobfd, JOB_ISOLATION, &isolation, &d)) {
		o = json_get(&d, 0, "init");
		pid = o < 0 ? 0 : json_get_int(&d, o, "pid", 0);
		if (pid > 0 && pid <= INT_MAX)
			*init = (struct pidmark){ (pid_t)pid, json_get_int(&d, o, "start", -1) };
		path = json_get_cstr(&d, 0, "cgroup");
		json_release(&d);
	} else if (!read_own(jobfd, JOB_STATE, &state, &d)) {
		/* It came no further than to make one. */
		path = json_get_cstr(&d, 0, "cgroup");
		json_release(&d);
	}
	return path;
}
