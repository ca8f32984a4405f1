/* SPDX-License-Identifier: MIT */
#include "suprun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "confineword.h"
#include "jobown.h"
#include "landlock.h"
#include "payload.h"
#include "service.h"
#include "shquote.h"
#include "store.h"

#define SERVICE_FD 3			/* its number in the payload */
#define FIRST_LINE_MAX (16u << 10)

static int
fail(struct super *s, const char *what)
{
	(void)buf_addf(&s->message, "%s: %s", what, strerror(errno));
	return -1;
}

/* The log's redactor; its first line is the command, so that the log says what was run. */
static int
open_log(struct super *s, char *const *argv)
{
	CLEANUP(buf) struct buf line = BUF_INIT;
	CLEANUP(fd) int out = openat(s->job.fd, JOB_LOG,
		O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (out < 0)
		return -1;
	s->log = redactor_start(&s->redactors, out, -1, false);
	if (s->log < 0 || buf_addstr(&line, "$ ") < 0 ||
	    shquote_argv(&line, (const char *const *)argv) < 0)
		return -1;
	/* A line is a line, whatever the arguments hold. */
	for (size_t i = 0; i < line.len; i++)
		if (line.p[i] == '\n')
			line.p[i] = ' ';
	if (line.len > FIRST_LINE_MAX)
		buf_setlen(&line, FIRST_LINE_MAX);
	(void)buf_addch(&line, '\n');
	return store_write_all(s->log, line.p, line.len);
}

static void
add_fd(struct super *s, int from, int to)
{
	s->fds[s->spec.nfds++] = (struct proc_fd){ from, to };
}

static int
open_cwd(struct super *s, bool command)
{
	CLEANUP(free) char *cwd = command ? job_cwd(&s->job) : NULL;

	if (!command)
		return s->job.fd;
	if (!cwd) {
		errno = EBADMSG;
		return -1;
	}
	return open(cwd, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Before the first redactor: it must know the token. */
static int
plan_door(struct super *s)
{
	int secrets;

	if (door_plan(&s->door, &s->job, s->redactors.secrets, &s->message) < 0)
		return -1;
	if (!s->door.on)
		return 0;
	secrets = door_secrets(&s->door, s->redactors.secrets);
	if (secrets < 0)
		return -1;
	cleanup_fd(&s->redactors.secrets);
	s->redactors.secrets = secrets;
	s->spec.own_net = true;
	s->spec.door = s->door.pair[1];
	s->spec.ports = s->door.port_list;
	s->spec.nports = s->door.nports;
	return 0;
}

/* What to run, with what. The service is for recipes: a program of the user's is given nothing. */
static int
prepare(struct super *s, bool command)
{
	int theirs;

	s->spec = (struct proc_spec){ .cwd_fd = -1, .fds = s->fds, .setsid = true, .deathsig = true };
	s->spec.own_umask = true;
	s->spec.umask = (mode_t)json_get_int(&s->job.doc, 0, "umask", 022) & 0777;
	s->spec.argv = payload_argv(&s->job.doc, &s->message);
	if (!s->spec.argv)
		return s->message.len ? -1 : fail(s, "cannot tell what to run");
	s->spec.envp = payload_env(&s->job.doc, environ, s->job.path, s->root.path, SERVICE_FD);
	if (!s->spec.envp)
		return fail(s, "cannot make the environment");
	s->spec.cwd_fd = open_cwd(s, command);
	if (s->spec.cwd_fd < 0)
		return fail(s, "cannot open the working directory");
	if (!command && plan_door(s) < 0)
		return s->message.len ? -1 : fail(s, errno == EDOM ?
			"JOBDIR_ALLOW_PORT and --allow-port are no list of at most 8 ports" :
			"cannot open the model's door");
	/* Rules that cannot be used are no rules: then nothing is written down. */
	if (redact_user_read(&s->redactors.user, &s->message) < 0)
		return s->message.len ? -1 : fail(s, "cannot read the user's redaction rules");
	if (open_log(s, s->spec.argv) < 0)
		return fail(s, "cannot open the log");
	add_fd(s, s->log, 1);
	add_fd(s, s->log, 2);
	if (command)
		return 0;
	if (servd_open(&s->servd, &s->job, &s->redactors, &s->contain, &theirs) < 0)
		return fail(s, "cannot open the service");
	add_fd(s, theirs, SERVICE_FD);
	s->servd.door = &s->door;
	return 0;
}

static int
put_isolation(struct super *s, bool command, bool door)
{
	CLEANUP(free) char *how = confine_word(&s->job);
	struct job_isolation i = {
		.containment = contain_name(s->contain.method),
		.cgroup = s->contain.method == CONTAIN_CGROUP ? s->contain.cg.path.p : NULL,
		.pidns = s->contain.method == CONTAIN_PIDNS,
		.userns = s->contain.method == CONTAIN_PIDNS && s->contain.ns.userns,
		.proc = s->contain.method == CONTAIN_PIDNS && s->contain.ns.own_proc,
		.walls = { .landlock_abi = landlock_abi() },
		.net = "open",
	};

	/* A program of the user's own runs as it is: only the agent has walls around it. */
	if (!command && (!how || strcmp(how, "off")))
		level_probe(&i.walls);
	if (i.pidns)
		(void)pidmark_of(&i.init, s->contain.ns.init.pid);	/* else nobody waits for it */
	i.login = s->door.own_login ? "mine" : NULL;
	if (door)
		i.net = "door";
	else if (i.walls.tcp)
		i.net = "port-only";
	return job_put_isolation(s->job.fd, &i) < 0 ? fail(s, "cannot write isolation.json") : 0;
}

static int
go(struct super *s)
{
	const char *stage = "";

	if (!contain_go(&s->contain, &stage))
		return 0;
	if (!strcmp(stage, "exec")) {
		s->failed_code = proc_exec_status(errno);
		(void)buf_addf(&s->message, "cannot run '%s': %s", s->spec.argv[0], strerror(errno));
		return -1;
	}
	return fail(s, stage);
}

/* What only the payload is to have; the log must reach its end when that does. */
static void
let_go(struct super *s, bool command)
{
	cleanup_fd(&s->log);
	if (command)
		cleanup_fd(&s->spec.cwd_fd);
	else if (s->spec.nfds == 3)
		cleanup_fd(&s->fds[2].from);
}

static void
started(struct super *s)
{
	struct job_owned o = { .running = true, .boot_id = s->boot_id, .pid = s->contain.pid,
		.slot = s->queue.slot };

	s->started_ms = clock_boot_ms();
	s->deadline = s->started_ms + s->timeout_ms;
	o.deadline_boot_ms = s->deadline;
	clock_stamp(s->started, clock_wall_ms());
	s->phase = SUPER_RUNNING;
	s->stage = "run";
	super_alarm(s, s->deadline);
	(void)job_put_state(s->job.fd, &o);	/* for display; the lock says that we live */
	super_event(s, "\"event\":\"running\",\"pid\":%ld,\"slot\":%d,\"containment\":\"%s\"",
		(long)s->contain.pid, s->queue.slot, contain_name(s->contain.method));
}

/* Killed from here on, whoever finds us lost knows what to remove. */
static void
note_cgroup(void *arg, const char *path)
{
	struct super *s = arg;
	struct job_owned o = { .boot_id = s->boot_id, .pid = -1, .deadline_boot_ms = -1,
		.slot = s->queue.slot, .cgroup = path };

	(void)job_put_state(s->job.fd, &o);	/* then an empty cgroup may stay */
}

int
super_start(struct super *s)
{
	CLEANUP(free) char *asked = json_get_cstr(&s->job.doc, 0, "contain");
	bool command = payload_is_command(&s->job.doc);
	enum contain_method want = CONTAIN_AUTO;
	char name[CGROUP_NAME];
	struct cgroup_plan plan = { .name = name, .note = note_cgroup, .arg = s };
	int got = -1;

	s->stage = "start";
	if (asked && contain_parse(asked, &want) < 0) {
		(void)buf_addf(&s->message, "unknown containment '%s'", asked);
		return -1;
	}
	if (cgroup_name(name, s->job.id, s->job.fd) < 0)
		return fail(s, "cannot look at the job");
	if (!prepare(s, command) &&
	    !contain_prepare(&s->contain, want, &s->spec, &plan, &s->message)) {
		s->contained = true;
		buf_reset(&s->message);		/* of methods that were not to be had */
		int door = s->door.on ? door_open(&s->door, &s->job, s->log) : 0;

		if (door < 0)
			(void)fail(s, "cannot open the model's door");
		else if (!door && s->door.own_login)
			(void)buf_addstr(&s->message, "JOBDIR_LOGIN cannot be had without "
				"namespaces of the job's own");
		else
			got = put_isolation(s, command, door) < 0 || go(s) < 0 ? -1 : 0;
	}
	if (s->spec.argv)
		let_go(s, command);
	payload_free((char **)s->spec.argv);
	payload_free((char **)s->spec.envp);
	if (!got)
		started(s);
	return got;
}
