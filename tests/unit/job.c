/* SPDX-License-Identifier: MIT */
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "jsonw.h"
#include "lock.h"
#include "store.h"
#include "t.h"

#define A "job-20261121-095000-aaaaaaaa"
#define B "job-20261121-095001-bbbbbbbb"
#define C "job-20261122-000000-cccccccc"
#define D "job-20261122-000000-dddddddd"

static struct root root;

/* Make a job by hand; its lock, held, or -1. */
static int
make_job(const char *id, const char *json, bool held)
{
	char rel[64], text[300];
	int fd, lock;

	job_id_path(id, rel);
	fd = root_dir(&root, rel, true);
	snprintf(text, sizeof text, "{\"format\":1,\"id\":\"%s\",\"created\":\"2026-11-21T09:50:00.000Z\","
		"\"recipe\":\"command\",\"cwd\":\"/w\",\"workspace\":{\"root\":\"/r\",\"prefix\":\"p/\"},"
		"\"params\":{\"model\":\"m\"}}", id);
	if (!json)
		json = text;
	store_replace(fd, JOB_JSON, json, strlen(json), 0);
	lock = lock_open(fd, JOB_LOCK);
	if (held)
		lock_try(lock, true);
	snprintf(text, sizeof text, "../%s", rel);
	close(root_dir(&root, "running", true));
	snprintf(rel, sizeof rel, "running/%s", id);
	OK(!symlinkat(text, root.fd, rel), id);
	close(fd);
	if (held)
		return lock;
	close(lock);
	return -1;
}

static int
opens(const char *name)
{
	struct job j;

	if (job_open(&j, &root, name) < 0)
		return -errno;
	job_close(&j);
	return 0;
}

static void
names(void)
{
	char id[JOB_ID_LEN + 1], other[JOB_ID_LEN + 1], rel[64];
	char *s;

	EQ(job_id_new(id, INT64_C(1795254600123)), 0, "a new id");
	OK(job_id_valid(id) && !strncmp(id, "job-20261121-095000-", 20), id);
	job_id_new(other, INT64_C(1795254600123));
	OK(strcmp(id, other), "another one differs");
	job_id_path(A, rel);
	IS(rel, "jobs/20261121/" A, "its path");
	OK(!job_id_valid("") && !job_id_valid("job") && !job_id_valid(A "x") &&
		!job_id_valid("job-20261121-095000-aaaaaaa1") &&
		!job_id_valid("job-2026112x-095000-aaaaaaaa") &&
		!job_id_valid("JOB-20261121-095000-aaaaaaaa"), "not ids");
	s = job_slug("/src/my repo/.git");
	OK(s && !strncmp(s, "my-repo-", 8) && strlen(s) == 24, s);
	free(s);
	s = job_slug("/.hidden");
	OK(s && !strncmp(s, "-hidden-", 8), s);
	free(s);
	s = job_slug("/");
	OK(s && !strncmp(s, "root-", 5), s);
	free(s);
}

static void
opening(void)
{
	struct job j;
	char path[300], *s;

	EQ(opens(A), 0, "the whole id");
	EQ(opens("aaaa"), 0, "a part");
	EQ(opens("20261121"), -EMLINK, "an ambiguous part");
	EQ(opens("zzzz"), -ENOENT, "no such part");
	EQ(opens("job-20261121-095000-zzzzzzzz"), -ENOENT, "no such id");
	EQ(opens(""), -EINVAL, "empty");
	EQ(opens("a\nb"), -EINVAL, "a newline");
	EQ(opens("../" A), -EINVAL, "../");
	EQ(opens(".."), -EINVAL, "..");
	EQ(opens("/x/../y"), -EINVAL, "a path that climbs");
	EQ(opens("/nowhere/at/all"), -ENOENT, "a path to nothing");
	EQ(opens("/etc"), -ENOENT, "a path elsewhere");
	snprintf(path, sizeof path, "%s/jobs/20261121/" A, root.path);
	EQ(opens(path), 0, "its directory");
	EQ(opens(strcat(path, "/tree")), 0, "its tree, also when that is gone");
	snprintf(path, sizeof path, "%s/jobs/20261121", root.path);
	EQ(opens(path), -ENOENT, "the directory above is no job");
	snprintf(path, sizeof path, "mkdir -p '%s'/fake && cp '%s'/jobs/20261121/" A "/* '%s'/fake",
		root.path, root.path, root.path);
	OK(!system(path), "setup");
	snprintf(path, sizeof path, "%s/fake", root.path);
	EQ(opens(path), -ENOENT, "what only looks like a job");

	OK(!job_open(&j, &root, A), "opened");
	IS(j.id, A, "its id");
	s = job_recipe(&j);
	IS(s, "command", "recipe");
	free(s);
	s = job_cwd(&j);
	IS(s, "/w", "cwd");
	free(s);
	s = job_workspace_root(&j);
	IS(s, "/r", "workspace root");
	free(s);
	s = job_workspace_prefix(&j);
	IS(s, "p/", "workspace prefix");
	free(s);
	OK(json_is(&j.doc, job_param(&j, "model"), "m") && job_param(&j, "x") == JSON_ABSENT, "params");
	job_close(&j);
	IS(job_open_why(EMLINK), "ambiguous job id", "errors have words");
}

static void
damage(void)
{
	EQ(make_job("job-20261121-095100-eeeeeeee", "{\"format\":2,\"id\":7}", false), -1, "setup");
	EQ(opens("eeeeeeee"), -EPROTO, "an unknown format");
	EQ(make_job("job-20261121-095100-ffffffff", "{\"format\":1,\"id\":", false), -1, "setup");
	EQ(opens("ffffffff"), -EBADMSG, "torn");
	EQ(make_job("job-20261121-095100-gggggggg", "{\"format\":1,\"id\":\"" A "\"}", false), -1, "setup");
	EQ(opens("gggggggg"), -EBADMSG, "another job's job.json");
	EQ(make_job("job-20261121-095100-hhhhhhhh", "[]", false), -1, "setup");
	EQ(opens("hhhhhhhh"), -EBADMSG, "not an object");
}

/* Open, ask, close; the state, or -errno. */
static int
state_of(const char *id, struct job_status *st)
{
	struct job j;
	int got = job_open_id(&j, &root, id) < 0 || job_status(&j, &root, st) < 0 ? -errno : 0;

	job_close(&j);
	return got < 0 ? got : (int)st->state;
}

static void
living(int lock)
{
	struct job_status st;
	struct job j;
	struct job_status end = { .state = JOB_FAILED, .code = 3, .signal = -1, .duration_ms = 12,
		.stage = (char []){ "run" }, .ended = (char []){ "2026-11-21T09:50:02.000Z" } };
	const char *run = "{\"state\":\"running\",\"since\":\"2026-11-21T09:50:01.000Z\",\"pid\":7}";

	EQ(state_of(A, &st), JOB_QUEUED, "held and no state.json: queued");
	job_status_release(&st);
	OK(!job_open_id(&j, &root, A), "opened");
	EQ(job_is_terminal(&j, &root), 0, "not terminal");
	store_replace(j.fd, JOB_STATE, run, strlen(run), 0);
	EQ(state_of(A, &st), JOB_RUNNING, "running");
	EQ(st.pid, 7, "its pid");
	IS(st.started, "2026-11-21T09:50:01.000Z", "since when");
	job_status_release(&st);
	EQ(job_put_end(j.fd, &end, "supervise"), 0, "the end is written");
	EQ(job_put_end(j.fd, &end, "supervise"), 1, "once");
	EQ(state_of(A, &st), JOB_FAILED, "failed, although the lock is still held");
	OK(st.terminal && st.code == 3 && st.signal == -1 && st.duration_ms == 12, "the numbers");
	IS(st.stage, "run", "the stage");
	OK(!st.started, "never started");
	job_status_release(&st);
	EQ(job_is_terminal(&j, &root), 1, "terminal");
	EQ(job_event(j.fd, "\"event\":\"created\""), 0, "an event");
	EQ(job_set_phase(j.fd, "tree"), 0, "a phase");
	job_close(&j);
	close(lock);
}

/* Returns when the program runs: until then the child shares our locks. */
static pid_t
sleeper(const char *cookie)
{
	char *argv[] = { (char []){ "sleep" }, (char []){ "100" }, NULL };
	char *env[] = { (char *)(uintptr_t)cookie, NULL };
	int p[2];
	char c;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return -1;
	if (!pid) {
		execve("/bin/sleep", argv, env);
		_exit(127);
	}
	close(p[1]);
	while (read(p[0], &c, 1) > 0)
		;
	close(p[0]);
	return pid;
}

static void
losing(int lock)
{
	struct job_status st;
	struct buf b = BUF_INIT;
	struct job j;
	int status;
	pid_t child = sleeper("JOBDIR_ID=" B), stranger = sleeper("JOBDIR_ID=" B "x");

	OK(!job_open_id(&j, &root, B), "opened");
	EQ(job_is_terminal(&j, &root), 0, "alive while the lock is held");
	close(lock);
	EQ(state_of(B, &st), JOB_LOST, "the lock is free and no end: lost");
	IS(st.stage, "lost", "its stage");
	OK(st.ended && st.message, "when, and why");
	job_status_release(&st);
	OK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		"what was left of it is killed");
	EQ(waitpid(stranger, &status, WNOHANG), 0, "a stranger is not");
	kill(stranger, SIGKILL);
	waitpid(stranger, &status, 0);
	EQ(store_read(j.fd, JOB_END, &b, 1000), 0, "the loss is recorded");
	OK(strstr(b.p, "\"state\":\"lost\"") && strstr(b.p, "\"by\":\"reader\""), b.p);
	OK(faccessat(root.fd, "running/" B, F_OK, AT_SYMLINK_NOFOLLOW) < 0, "running/ is clean");
	EQ(state_of(B, &st), JOB_LOST, "the same answer again");
	job_status_release(&st);
	EQ(job_is_terminal(&j, &root), 1, "terminal");
	job_close(&j);
	buf_release(&b);

	OK(!job_open_id(&j, &root, C), "opened");
	store_replace(j.fd, JOB_END, "{\"state\":\"happy\"}", 17, 0);
	EQ(state_of(C, &st), -EBADMSG, "an end.json that says nothing is damage, not success");
	unlinkat(j.fd, JOB_END, 0);
	job_close(&j);
}

struct seen {
	char ids[200];
	int stop;
};

static int
visit(const char *id, void *arg)
{
	struct seen *s = arg;

	snprintf(s->ids + strlen(s->ids), sizeof s->ids - strlen(s->ids), "%c", id[20]);
	return --s->stop == 0 ? 7 : 0;
}

static void
listing(void)
{
	struct seen s = { .stop = 0 };

	EQ(job_each(&root, NULL, 0, visit, &s), 0, "all jobs");
	IS(s.ids, "dcba", "newest first");
	s = (struct seen){ .stop = 0 };
	EQ(job_each(&root, NULL, 3, visit, &s), 0, "three jobs");
	IS(s.ids, "dcb", "the three newest, across days");
	s = (struct seen){ .stop = 2 };
	EQ(job_each(&root, NULL, 0, visit, &s), 7, "a visitor can stop");
	IS(s.ids, "dc", "it did");
	s = (struct seen){ .stop = 0 };
	close(root_dir(&root, "workspaces/w-1/20261122/" C, true));
	EQ(job_each(&root, "w-1", 0, visit, &s), 0, "one workspace");
	IS(s.ids, "c", "its job");
	EQ(job_each(&root, "w-2", 0, visit, &s), 0, "no such workspace: none");
	s = (struct seen){ .stop = 0 };
	EQ(job_each_active(&root, visit, &s), 0, "active");
	IS(s.ids, "abcd", "oldest first");
	EQ(job_running_stale(&root, A), 0, "a job that exists is not stale");
	OK(!symlinkat("x", root.fd, "running/job-20261123-000000-zzzzzzzz"), "setup");
	EQ(job_running_stale(&root, "job-20261123-000000-zzzzzzzz"), 1, "one that does not is");
}

static void
many(void)
{
	struct seen s = { .stop = 0 };
	char rel[80];
	int bad = 0;

	for (int i = 0; i < 1000; i++) {
		snprintf(rel, sizeof rel, "jobs/20270101/job-20270101-%06d-qqqqqqqq", i * 7919 % 1000);
		close(root_dir(&root, rel, true));
	}
	EQ(job_each(&root, NULL, 20, visit, &s), 0, "20 of 1,000");
	EQ(strlen(s.ids), 20, "are 20");
	s = (struct seen){ .stop = 0 };
	EQ(job_each(&root, NULL, 1002, visit, &s), 0, "1,002 of 1,004");
	for (size_t i = 0; i < 199; i++)
		bad += s.ids[i] != 'q';
	EQ(bad, 0, "the newest day comes first");
}

int
main(void)
{
	char top[] = "/tmp/jobdir-job-XXXXXX", cmd[100];
	struct root none;
	int a, b;

	if (!mkdtemp(top) || chdir(top) < 0)
		return 99;
	snprintf(cmd, sizeof cmd, "%s/state", top);
	setenv("JOBDIR_STATE", cmd, 1);
	OK(root_open(&none, false) < 0 && errno == ENOENT, "no state root yet");
	EQ(root_open(&root, true), 0, "made");
	names();
	a = make_job(A, NULL, true);
	b = make_job(B, NULL, true);
	make_job(C, NULL, false);
	make_job(D, NULL, false);
	listing();
	opening();
	living(a);
	losing(b);
	damage();
	many();
	root_close(&root);
	snprintf(cmd, sizeof cmd, "rm -r %s", top);
	OK(!chdir("/") && !system(cmd), "removed");
	return t_done();
}
