/* SPDX-License-Identifier: MIT */
/* One pass over running/, one over the newest jobs here; the lists of the answer grow side by side. */
#include "wsstatus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "answer.h"
#include "buf.h"
#include "continued.h"
#include "clock.h"
#include "jobreq.h"
#include "jsonw.h"
#include "nextaction.h"
#include "runs.h"
#include "summary.h"
#include "workspace.h"
#include "wsconf.h"

#define LIMIT 10
#define LOOK 100			/* newest jobs looked at for each entry wanted, at most */
#define ROOM 7000			/* of the 10 kB of an answer, for the lists */
#define STALE_MS (24 * 3600 * 1000LL)
#define QUEUED_LONG_MS (10 * 60 * 1000LL)
#define GROUPS 20

enum list {
	RUNNING, QUEUED, LOST, TERMINAL, RUNS, SESSIONS, TREES, ARTIFACTS, ATTENTION, PROCESSES,
	LISTS
};

static const char *const names[LISTS] = {
	"running_jobs", "queued_jobs", "crashed_jobs", "recent_terminal_jobs", "recent_runs",
	"latest_sessions", "delegated_worktrees", "recent_artifacts", "attention_items",
	"active_processes",
};

struct group {
	char *goal;
	char latest[JOB_ID_LEN + 1];
	const char *lifecycle;
	int n;
};

struct status {
	struct jobreq *q;
	struct buf text[LISTS];
	struct jsonw w[LISTS];
	int64_t count[LISTS];		/* also of those that had no room */
	int64_t limit, looked;
	int64_t stale, blocked, writing;
	bool terminal;
	char first[JOB_ID_LEN + 1];	/* an active job, or "" */
	char lost[JOB_ID_LEN + 1];	/* the newest lost one */
	struct wsconf conf;
	struct group groups[GROUPS];
	int ngroups;
};

/* Has this list room for one more? Counts it in any case. */
static bool
room(struct status *s, enum list l)
{
	size_t used = 0;

	for (int i = 0; i < LISTS; i++)
		used += s->text[i].len;
	return s->count[l]++ < s->limit && used < ROOM;
}

static void
attention(struct status *s, const char *kind, const char *severity, const char *id,
	const char *message)
{
	struct jsonw *w = &s->w[ATTENTION];

	if (!room(s, ATTENTION))
		return;
	jsonw_object(w);
	jsonw_mstr(w, "kind", kind);
	jsonw_mstr(w, "severity", severity);
	jsonw_mstr(w, "job_id", id);
	jsonw_mstr(w, "message", message);
	jsonw_end(w);
}

static bool
is_here(const struct status *s, const struct job *j)
{
	CLEANUP(free) char *cwd = job_cwd(j);

	return cwd && !strcmp(cwd, s->q->cwd);
}

static void
active(struct status *s, struct job *j, const struct job_status *st)
{
	enum list l = st->state == JOB_QUEUED ? QUEUED : RUNNING;
	CLEANUP(free) char *recipe = job_recipe(j);
	struct jsonw *w = &s->w[PROCESSES];

	memcpy(s->first, j->id, sizeof s->first);
	s->writing += recipe && !strcmp(recipe, "write");
	if (room(s, l))
		(void)summary_job(&s->w[l], j, st);	/* sticky in text */
	if (l == QUEUED && summary_age_ms(st) > QUEUED_LONG_MS)
		attention(s, "queued_job", "warning", j->id, "it has been queued for over 10 minutes");
	if (l == RUNNING && st->pid > 0 && room(s, PROCESSES)) {
		jsonw_object(w);
		jsonw_mstr(w, "job_id", j->id);
		jsonw_mstr(w, "type", recipe ? summary_type(recipe) : NULL);
		jsonw_mint(w, "pid", st->pid);
		jsonw_end(w);
	}
}

/* Open it, find out where it stands, hand it on. */
static void
with_job(struct status *s, const char *id, bool wanted_terminal,
	void (*act)(struct status *s, struct job *j, const struct job_status *st))
{
	struct job_status st;
	struct job j;

	if (job_open_id(&j, &s->q->root, id) < 0)
		return;			/* cleaned meanwhile, or damaged: show tells */
	if (is_here(s, &j) && !job_status(&j, &s->q->root, &st)) {
		if (st.terminal == wanted_terminal)
			act(s, &j, &st);
		job_status_release(&st);
	}
	job_close(&j);
}

static int
visit_active(const char *id, void *arg)
{
	with_job(arg, id, false, active);
	return 0;
}

/* ---- finished jobs ---- */

static void
add_tree(struct status *s, const struct run *r, const struct job *j, const struct job_status *st)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	struct jsonw *w = &s->w[TREES];
	int64_t ended;
	bool old = st->ended && !clock_parse(st->ended, &ended) &&
		clock_wall_ms() - ended > STALE_MS;

	if (!r->tree)
		return;
	s->stale += old;
	if (room(s, TREES) && !buf_addf(&path, "%s/" JOB_TREE, j->path)) {
		jsonw_object(w);
		jsonw_mstr(w, "worktree_name", j->id);
		jsonw_mstr(w, "worktree_path", path.p);
		jsonw_mstr(w, "updated_at", st->ended ? st->ended : st->created);
		jsonw_mbool(w, "stale", old);
		jsonw_mbool(w, "orphaned", false);	/* a tree lies in its job */
		jsonw_end(w);
	}
	if (old)
		attention(s, "stale_worktree", "info", j->id, "its worktree is over a day old");
}

static void
add_session(struct status *s, const struct run *r, const struct job *j, const struct job_status *st)
{
	struct jsonw *w = &s->w[SESSIONS];

	if (!r->session || !room(s, SESSIONS))
		return;
	jsonw_object(w);
	jsonw_mstr(w, "session_id", r->session);
	jsonw_mstr(w, "type", r->type);
	jsonw_mstr(w, "job_id", j->id);
	jsonw_mstr(w, "last_used", st->ended ? st->ended : st->created);
	jsonw_mbool(w, "resumable", continued_can(j));
	jsonw_end(w);
}

static void
add_artifact(struct status *s, const struct run *r, const struct job *j, const struct job_status *st)
{
	struct jsonw *w = &s->w[ARTIFACTS];

	if (!r->checks || !room(s, ARTIFACTS))
		return;
	jsonw_object(w);
	jsonw_mstr(w, "run_id", j->id);
	jsonw_mstr(w, "run_type", r->type);
	jsonw_mstr(w, "status", r->passed == r->checks ? "passed" : "failed");
	jsonw_mint(w, "command_count", r->checks);
	jsonw_mint(w, "passed_count", r->passed);
	jsonw_mint(w, "failed_count", r->checks - r->passed);
	jsonw_mint(w, "skipped_count", 0);
	jsonw_mstr(w, "created_at", st->created);
	jsonw_mstr(w, "updated_at", st->ended);
	jsonw_end(w);
}

static void
add_run(struct status *s, const struct run *r, const struct job *j)
{
	struct jsonw *w = &s->w[RUNS];

	if (!room(s, RUNS))
		return;
	jsonw_object(w);
	run_line(w, r, j);
	jsonw_mstr(w, "goal_item_id", r->goal);
	jsonw_end(w);
}

/* Newest first: so the first of a goal is its latest. */
static void
add_group(struct status *s, const struct run *r, const struct job *j)
{
	struct group *g = s->groups;

	if (!r->goal)
		return;
	while (g < s->groups + s->ngroups && strcmp(g->goal, r->goal))
		g++;
	if (g == s->groups + s->ngroups) {
		if (s->ngroups == GROUPS || !(g->goal = strdup(r->goal)))
			return;
		s->ngroups++;
		memcpy(g->latest, j->id, sizeof g->latest);
		g->lifecycle = r->lifecycle;
	}
	g->n++;
}

static void
finished(struct status *s, struct job *j, const struct job_status *st)
{
	struct run r = { 0 };

	if (st->state == JOB_LOST) {
		if (!*s->lost)
			memcpy(s->lost, j->id, sizeof s->lost);
		if (room(s, LOST))
			(void)summary_job(&s->w[LOST], j, st);	/* sticky in text */
		attention(s, "crashed_job", "warning", j->id,
			"its supervisor was killed; its log and tree are kept");
	} else if (s->terminal && room(s, TERMINAL)) {
		(void)summary_job(&s->w[TERMINAL], j, st);
	}
	if (!run_read(&r, j, st)) {
		add_run(s, &r, j);
		add_tree(s, &r, j, st);
		add_session(s, &r, j, st);
		add_artifact(s, &r, j, st);
		add_group(s, &r, j);
		if (!strcmp(r.lifecycle, "apply_blocked")) {
			s->blocked++;
			attention(s, "apply_blocked", "warning", j->id,
				"its change cannot be landed: see the conflicts of its plan");
		}
	}
	run_release(&r);
}

static int
visit_newest(const char *id, void *arg)
{
	struct status *s = arg;

	with_job(s, id, true, finished);
	return ++s->looked >= LOOK || s->count[TERMINAL] + s->count[LOST] >= s->limit;
}

/* ---- the answer ---- */

static void
put_counts(struct jsonw *w, const struct status *s)
{
	jsonw_key(w, "counts");
	jsonw_object(w);
	jsonw_mint(w, "running_jobs", s->count[RUNNING]);
	jsonw_mint(w, "queued_jobs", s->count[QUEUED]);
	jsonw_mint(w, "crashed_jobs", s->count[LOST]);
	jsonw_mint(w, "terminal_jobs", s->count[TERMINAL]);
	jsonw_mint(w, "recent_runs", s->count[RUNS]);
	jsonw_mint(w, "delegated_worktrees", s->count[TREES]);
	jsonw_mint(w, "stale_worktrees", s->stale);
	jsonw_mint(w, "orphan_worktrees", 0);
	jsonw_mint(w, "apply_blocked_runs", s->blocked);
	jsonw_mint(w, "active_implement_jobs", s->writing);
	jsonw_mint(w, "active_claude_processes", s->count[PROCESSES]);
	jsonw_mint(w, "run_groups", s->ngroups);
	jsonw_end(w);
}

static void
put_groups(struct jsonw *w, const struct status *s)
{
	jsonw_key(w, "run_groups");
	jsonw_array(w);
	for (int i = 0; i < s->ngroups && i < s->limit; i++) {
		jsonw_object(w);
		jsonw_mstr(w, "goal_item_id", s->groups[i].goal);
		jsonw_mint(w, "run_count", s->groups[i].n);
		jsonw_mstr(w, "latest_run_id", s->groups[i].latest);
		jsonw_mstr(w, "latest_run_lifecycle", s->groups[i].lifecycle);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_actions(struct jsonw *w, const struct status *s)
{
	const char *cwd = s->q->cwd;

	jsonw_key(w, "next_actions");
	jsonw_array(w);
	if (*s->first)
		nextaction(w, "claude_job_wait", "a job is active: do not start it again", cwd, s->first,
			",\"wait_timeout_sec\":300");
	else if (*s->lost)
		nextaction(w, "claude_result", "see what the lost job had done", cwd, s->lost, "");
	jsonw_end(w);
}

static bool
read_conf(struct status *s)
{
	CLEANUP(fd) int dir = open(s->q->cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool good = dir >= 0 && !wsconf_read(&s->conf, dir);

	if (s->conf.errors.n)
		attention(s, "environment_config", "warning", NULL, s->conf.errors.v[0]);
	return good;
}

static void
put(struct status *s)
{
	struct jsonw w;

	jsonw_init(&w, &s->q->out);
	jsonw_object(&w);
	jsonw_mstr(&w, "workspace_root", s->q->cwd);
	answer_agent_words(&w, "summary");
	for (int i = 0; i < LISTS; i++) {
		jsonw_end(&s->w[i]);
		jsonw_key(&w, names[i]);
		jsonw_raw(&w, s->text[i].p, s->text[i].len);
		if (!buf_ok(&s->text[i]))
			s->q->out.failed = true;
	}
	put_groups(&w, s);
	put_counts(&w, s);
	wsconf_write(&w, "environment_config", &s->conf);
	jsonw_mbool(&w, "do_not_start_duplicate_job", *s->first != '\0');
	put_actions(&w, s);
	jsonw_end(&w);
}

void
wsstatus(struct jobreq *q)
{
	struct status *s = calloc(1, sizeof *s);
	struct workspace ws;
	bool good;

	if (!s || workspace_find(q->cwd, &ws) < 0) {
		answer_error(&q->out, ANSWER_STATE_UNAVAILABLE, strerror(errno), NULL);
		free(s);
		return;
	}
	s->q = q;
	s->limit = request_int(&q->rq, "limit", LIMIT);
	s->terminal = request_bool(&q->rq, "include_terminal", true);
	for (int i = 0; i < LISTS; i++) {
		buf_init(&s->text[i]);
		jsonw_init(&s->w[i], &s->text[i]);
		jsonw_array(&s->w[i]);
	}
	good = read_conf(s) && job_each_active(&q->root, visit_active, s) >= 0 &&
		job_each(&q->root, ws.slug, 0, visit_newest, s) >= 0;
	if (good)
		put(s);
	else
		answer_error(&q->out, ANSWER_STATE_UNAVAILABLE, strerror(errno), NULL);
	for (int i = 0; i < LISTS; i++)
		buf_release(&s->text[i]);
	for (int i = 0; i < s->ngroups; i++)
		free(s->groups[i].goal);
	wsconf_release(&s->conf);
	free(s);
	workspace_release(&ws);
}
