/* SPDX-License-Identifier: MIT */
#include "ready.h"

#include <errno.h>

#include "answer.h"
#include "buf.h"
#include "gate.h"
#include "guard.h"
#include "jsonw.h"
#include "machine.h"
#include "repo.h"
#include "widen.h"

/* Two lists that grow side by side: what is wrong, and what would put it right. */
struct findings {
	struct jsonw errors, steps;
	struct buf errors_text, steps_text;
	int n;
};

static void
found(struct findings *f, const char *error, const char *step)
{
	if (error) {
		jsonw_cstr(&f->errors, error);
		f->n++;
	}
	if (step)
		jsonw_cstr(&f->steps, step);
}

static void
judge_machine(struct findings *f, const struct machine *m)
{
	if (!m->claude)
		found(f, m->claude_why, "Install Claude Code, or set CLAUDE_BIN to its path in the "
			"server's env table.");
	if (m->login == MACHINE_LOGIN_FILE)
		found(f, "Claude Code's own login file is there, but jobs are not lent it",
			"Run 'claude setup-token' and export CLAUDE_CODE_OAUTH_TOKEN, or export "
			"ANTHROPIC_API_KEY (env_vars must name it); or put JOBDIR_LOGIN=mine into "
			"~/.config/jobdir/env.");
	else if (m->login == MACHINE_LOGIN_BAD)
		found(f, m->login_why, "Log in with 'claude', or correct JOBDIR_LOGIN.");
	else if (m->login == MACHINE_LOGIN_NONE)
		found(f, "no login for Claude Code in the environment",
			"Export ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN, and name it in "
			"env_vars of the server's section (jobdir-setup --print).");
	if (!m->git)
		found(f, "git cannot be run", "Install git.");
	if (!m->state_writable)
		found(f, "the state root cannot be written",
			"Set JOBDIR_STATE to a directory that can be written.");
	else if (!m->state_locks)
		found(f, "locks do not work on the state root's file system",
			"Set JOBDIR_STATE to a directory on a local file system.");
}

static void
write_machine(struct jsonw *w, const struct machine *m)
{
	static const char *const login[] = {
		[MACHINE_LOGIN_NONE] = "missing", [MACHINE_LOGIN_FILE] = "unknown",
		[MACHINE_LOGIN_LENT] = "ok", [MACHINE_LOGIN_BAD] = "missing",
		[MACHINE_LOGIN_ENV] = "ok",
	};

	jsonw_mbool(w, "claude_available", m->claude != NULL);
	jsonw_key(w, "claude_version");
	jsonw_cstr(w, m->claude);
	jsonw_mstr(w, "auth_status", login[m->login]);
	jsonw_mbool(w, "git_available", m->git != NULL);
	jsonw_mstr(w, "git_version", m->git);
	jsonw_key(w, "state");
	jsonw_object(w);
	jsonw_mstr(w, "root", m->state);
	jsonw_mbool(w, "writable", m->state_writable);
	jsonw_mbool(w, "locks", m->state_locks);
	jsonw_mstr(w, "reason", m->state_why);
	jsonw_end(w);
	jsonw_key(w, "containment");
	jsonw_object(w);
	jsonw_mbool(w, "pid_namespace", m->pidns);
	jsonw_end(w);
}

/* Outside the allow roots: what the user says to that, if they may be asked. */
static void
ask_user(struct jsonw *w, const char *cwd)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (widen(&text, cwd))
		w->out->failed = true;
	jsonw_key(w, "allow_root_configuration");
	jsonw_raw(w, text.p, text.len);
}

/* The switch that can keep Codex from ending a turn, and what is pending. */
static void
write_gate(struct jsonw *w, struct findings *f, const char *cwd)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct gate g;

	if (gate_open(&g, cwd, false, &why) < 0) {
		found(f, why.p, "Enable or disable the review gate anew: jobdir-gate.");
	} else {
		jsonw_key(w, "review_gate");
		jsonw_object(w);
		gate_write(w, &g);
		jsonw_end(w);
	}
	gate_release(&g);
}

/* The members of the workspace, and what is wrong with it. */
static void
judge_workspace(struct jsonw *w, struct findings *f, const char *cwd, bool git, bool may_widen)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *path = NULL;
	CLEANUP(fd) int fd = guard_cwd(cwd, &path, &why);
	struct git_repo repo = { .root = NULL };
	bool is_repo;

	if (fd < 0 && errno != EPERM) {
		found(f, why.p, "Name a directory that is there and can be read.");
		buf_reset(&why);
	} else if (fd < 0) {
		found(f, why.p, "Start Codex in a directory below an allowed one, or add this one "
			"to CODEX_CLAUDE_ALLOW_ROOTS in the server's env table "
			"(jobdir-setup --print); or, if the user wants that, call claude_setup with "
			"configure_allow_root: they are asked.");
		buf_reset(&why);
		if (may_widen)
			ask_user(w, cwd);
	}
	is_repo = fd >= 0 && git && !git_discover(path, &repo, &why);
	if (fd >= 0 && git && !is_repo)
		found(f, NULL, "This is no usable git repository: read and review work here, write "
			"needs one with at least one commit.");
	else if (is_repo && repo.unborn)
		found(f, NULL, "Make a first commit: write works on a copy of a commit.");
	jsonw_key(w, "workspace_root");
	jsonw_cstr(w, is_repo ? repo.root : path);
	jsonw_mbool(w, "cwd_valid", fd >= 0);
	jsonw_mbool(w, "cwd_is_git_repo", is_repo);
	jsonw_mbool(w, "worktree_capable", is_repo && !repo.unborn);
	if (fd >= 0)
		write_gate(w, f, path);
	if (is_repo)
		git_repo_release(&repo);
}

static void
write_list(struct jsonw *w, const char *name, struct jsonw *list, const struct buf *text)
{
	jsonw_end(list);
	jsonw_key(w, name);
	jsonw_raw(w, text->p, text->len);
}

int
ready_write(struct buf *out, const char *cwd, bool may_widen)
{
	struct findings f = { .errors_text = BUF_INIT, .steps_text = BUF_INIT };
	struct machine m;
	struct jsonw w;

	if (machine_look(&m))
		return -1;
	jsonw_init(&f.errors, &f.errors_text);
	jsonw_init(&f.steps, &f.steps_text);
	jsonw_array(&f.errors);
	jsonw_array(&f.steps);
	jsonw_init(&w, out);
	jsonw_object(&w);
	judge_workspace(&w, &f, cwd, m.git != NULL, may_widen);
	judge_machine(&f, &m);
	write_machine(&w, &m);
	write_list(&w, "errors", &f.errors, &f.errors_text);
	write_list(&w, "next_steps", &f.steps, &f.steps_text);
	answer_interaction(&w, f.n ? "Delegation is not ready." : "Ready to delegate.",
		f.n ? "needs_attention" : "ready", f.n ? "Tell the user what errors and next_steps say." :
		"Call claude_task with the user's task.");
	jsonw_end(&w);
	machine_release(&m);
	buf_release(&f.errors_text);
	buf_release(&f.steps_text);
	if (buf_ok(out))
		return 0;
	errno = ENOMEM;
	return -1;
}
