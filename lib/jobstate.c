/* SPDX-License-Identifier: MIT */
#include "jobstate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "jobdebris.h"
#include "jobopen.h"
#include "jobreap.h"
#include "jobroot.h"
#include "jsonw.h"
#include "lock.h"
#include "store.h"

#define RECORD_MAX (1u << 20)

static const char *const state_names[] = {
	[JOB_QUEUED] = "queued",
	[JOB_RUNNING] = "running",
	[JOB_SUCCEEDED] = "succeeded",
	[JOB_FAILED] = "failed",
	[JOB_CANCELLED] = "cancelled",
	[JOB_TIMED_OUT] = "timed_out",
	[JOB_LOST] = "lost",
};
_Static_assert(sizeof state_names / sizeof *state_names == JOB_LOST + 1, "a name per state");

const char *
job_state_name(enum job_state s)
{
	return state_names[s];
}

int
job_state_parse(const char *name, enum job_state *out)
{
	for (int i = JOB_QUEUED; i <= JOB_LOST; i++) {
		if (strcmp(name, state_names[i]))
			continue;
		*out = (enum job_state)i;
		return 0;
	}
	return -1;
}

bool
job_terminal(enum job_state s)
{
	return s > JOB_RUNNING;
}

void
job_status_release(struct job_status *st)
{
	free(st->stage);
	free(st->message);
	free(st->created);
	free(st->started);
	free(st->ended);
	free(st->since);
	free(st->boot_id);
	*st = (struct job_status){ .code = -1, .signal = -1, .duration_ms = -1 };
}

/* Read and parse one of our small records: 1, 0 absent, -1 (EBADMSG damaged). */
static int
record(int jobfd, const char *name, struct buf *text, struct json *doc)
{
	if (store_read(jobfd, name, text, RECORD_MAX) < 0)
		return errno == ENOENT ? 0 : -1;
	switch (json_parse(doc, text->p, text->len, NULL)) {
	case JSON_OK:
		if (json_type(doc, 0) == JSON_T_OBJECT)
			return 1;
		json_release(doc);
		break;
	case JSON_E_MEMORY:
		errno = ENOMEM;
		return -1;
	default:
		break;
	}
	errno = EBADMSG;
	return -1;
}

static int
small_int(const struct json *d, const char *name)
{
	int64_t n = json_get_int(d, 0, name, -1);

	return n < 0 || n > INT_MAX ? -1 : (int)n;
}

/* 1, 0 absent, -1. */
static int
read_end(int jobfd, struct job_status *st)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *word = NULL;
	struct json d = { 0 };
	int got = record(jobfd, JOB_END, &text, &d);

	if (got <= 0)
		return got;
	word = json_get_cstr(&d, 0, "state");
	if (!word || job_state_parse(word, &st->state) < 0 || !job_terminal(st->state)) {
		json_release(&d);
		errno = EBADMSG;
		return -1;
	}
	st->terminal = true;
	st->code = small_int(&d, "code");
	st->signal = small_int(&d, "signal");
	st->duration_ms = json_get_int(&d, 0, "duration_ms", -1);
	st->stage = json_get_cstr(&d, 0, "stage");
	st->message = json_get_cstr(&d, 0, "message");
	st->started = json_get_cstr(&d, 0, "started");
	st->ended = json_get_cstr(&d, 0, "ended");
	json_release(&d);
	return 1;
}

/*
 * state.json is not durable, so after a power cut it may be absent or torn:
 * what it says is used where it is whole, and never decides that a job lives.
 */
static void
read_state(int jobfd, struct job_status *st)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d = { 0 };

	st->state = JOB_QUEUED;
	if (record(jobfd, JOB_STATE, &text, &d) <= 0)
		return;
	st->since = json_get_cstr(&d, 0, "since");
	st->boot_id = json_get_cstr(&d, 0, "boot_id");
	st->since_boot_ms = json_get_int(&d, 0, "since_boot_ms", -1);
	st->pid = small_int(&d, "pid");
	st->supervisor_pid = small_int(&d, "supervisor_pid");
	if (json_is(&d, json_get(&d, 0, "state"), "running")) {
		st->state = JOB_RUNNING;
		st->started = json_get_cstr(&d, 0, "since");
	}
	json_release(&d);
}

/* 1 a supervisor holds the lock, 0 free (or no lock file at all), -1. */
static int
supervised(int jobfd)
{
	CLEANUP(fd) int fd =
		openat(jobfd, JOB_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	return lock_held(fd);
}

static void
add_time(struct jsonw *w, const char *name, const char *stamp)
{
	jsonw_key(w, name);
	jsonw_cstr(w, stamp);
}

static void
add_number(struct jsonw *w, const char *name, int64_t n)
{
	jsonw_key(w, name);
	if (n < 0)
		jsonw_null(w);
	else
		jsonw_int(w, n);
}

int
job_put_end(int jobfd, const struct job_status *end, const char *by)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mstr(&w, "state", job_state_name(end->state));
	jsonw_mstr(&w, "stage", end->stage);
	add_number(&w, "code", end->code);
	add_number(&w, "signal", end->signal);
	add_time(&w, "started", end->started);
	jsonw_mstr(&w, "ended", end->ended);
	add_number(&w, "duration_ms", end->duration_ms);
	jsonw_mstr(&w, "message", end->message);
	jsonw_mstr(&w, "by", by);
	jsonw_end(&w);
	(void)buf_addch(&b, '\n');		/* sticky, see below */
	if (!buf_ok(&b)) {
		errno = ENOMEM;
		return -1;
	}
	return store_once(jobfd, JOB_END, b.p, b.len, JOB_END_RESERVE, 0);
}

int
job_ended_clear(const struct job *j, const struct root *r)
{
	job_debris(j->fd);
	return r ? job_running_clear(r, j->id) : 0;
}

/* The tree of a job is not synced while it runs: after a power cut its files may be shorter. */
static const char *
how_lost(const struct job_status *st)
{
	char boot[37];

	return st->boot_id && !clock_boot_id(boot) && strcmp(boot, st->boot_id) ?
		"the machine went down while it ran: what was written last may be cut short" :
		"the supervisor ended without a record";
}

/*
 * Proved lost. Its processes go first: none may outlive the terminal record.
 * The answer stands even if it cannot be written down (full, read-only).
 */
static int
declare_lost(struct job *j, const struct root *r, struct job_status *st)
{
	char now[CLOCK_STAMP];

	(void)job_reap_lost(j->fd, j->id);	/* what could not be ended changes nothing here */
	read_state(j->fd, st);
	st->state = JOB_LOST;
	st->terminal = true;
	clock_stamp(now, clock_wall_ms());
	st->ended = strdup(now);
	st->stage = strdup("lost");
	st->message = strdup(how_lost(st));
	if (!st->ended || !st->stage || !st->message)
		return -1;
	if (job_put_end(j->fd, st, "reader") == 1) {
		/* Somebody else was first; everybody must tell the same. */
		char *created = st->created;

		st->created = NULL;
		job_status_release(st);
		st->created = created;
		if (read_end(j->fd, st) < 0)
			return -1;
	}
	(void)job_ended_clear(j, r);	/* a stale entry is harmless */
	return 0;
}

int
job_status(struct job *j, const struct root *r, struct job_status *st)
{
	int got, held;

	*st = (struct job_status){ .code = -1, .signal = -1, .duration_ms = -1,
		.pid = -1, .supervisor_pid = -1 };
	st->created = json_get_cstr(&j->doc, 0, "created");
	got = read_end(j->fd, st);
	held = got ? 0 : supervised(j->fd);
	if (held < 0)
		got = -1;
	if (got)
		goto done;
	if (held) {
		read_state(j->fd, st);
		return 0;
	}
	/* Free. It may have ended between the two looks: look again. */
	got = read_end(j->fd, st);
	/* Only what has ended is removed, so a record that is gone says: it was. */
	if (!got)
		got = job_in_place(j) < 0 ? -1 : declare_lost(j, r, st);
done:
	if (got < 0) {
		int e = errno;

		job_status_release(st);
		errno = e;
		return -1;
	}
	return 0;
}

int
job_is_terminal(struct job *j, const struct root *r)
{
	struct job_status st;
	struct stat s;
	int held;

	if (!fstatat(j->fd, JOB_END, &s, AT_SYMLINK_NOFOLLOW))
		return 1;
	held = errno == ENOENT ? supervised(j->fd) : -1;
	if (held)
		return held < 0 ? -1 : 0;
	if (job_status(j, r, &st) < 0)
		return -1;
	held = !st.terminal;
	job_status_release(&st);
	return !held;
}

void
job_status_write(struct jsonw *w, const struct job_status *st)
{
	jsonw_mstr(w, "state", job_state_name(st->state));
	if (st->terminal) {
		jsonw_mstr(w, "stage", st->stage);
		add_number(w, "code", st->code);
		add_number(w, "signal", st->signal);
	}
	jsonw_mstr(w, "created", st->created);
	jsonw_mstr(w, "started", st->started);
	jsonw_mstr(w, "ended", st->ended);
	if (st->duration_ms >= 0)
		jsonw_mint(w, "duration_ms", st->duration_ms);
	jsonw_mstr(w, "message", st->message);
	if (st->terminal)
		return;
	jsonw_mstr(w, "since", st->since);
	if (st->supervisor_pid >= 0)
		jsonw_mint(w, "supervisor_pid", st->supervisor_pid);
	if (st->pid >= 0)
		jsonw_mint(w, "pid", st->pid);
}

int
job_exit_status(const struct job_status *st)
{
	switch (st->state) {
	case JOB_SUCCEEDED:
		return 0;
	case JOB_TIMED_OUT:
		return 124;
	case JOB_LOST:
		return 102;
	case JOB_CANCELLED:
		return 128 + (st->signal > 0 ? st->signal : 15);
	case JOB_FAILED:
		if (st->signal > 0)
			return 128 + st->signal;
		return st->code <= 0 ? 111 : st->code < 128 ? st->code : 128;
	default:
		return 99;
	}
}

int
job_event(int jobfd, const char *json_members)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	char now[CLOCK_STAMP];

	clock_stamp(now, clock_wall_ms());
	if (buf_addf(&b, "{\"at\":\"%s\"%s%s}\n", now, *json_members ? "," : "", json_members) < 0)
		return -1;
	return store_append(jobfd, JOB_EVENTS, b.p, b.len);
}

int
job_set_phase(int jobfd, const char *word)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (buf_addf(&b, "%s\n", word) < 0)
		return -1;
	return store_replace(jobfd, JOB_PHASE, b.p, b.len, STORE_NOSYNC);
}
