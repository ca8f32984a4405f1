/* SPDX-License-Identifier: MIT */
#include "super.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "jobown.h"
#include "jsonw.h"
#include "lock.h"
#include "ownlogin.h"
#include "path.h"
#include "store.h"
#include "wake.h"

#define DRAIN_MS 10000			/* for redactors whose writers are all dead */
#define CANCEL_MAX 4096

/* What one round of poll() looks at, in this order; then redactors, then waiters. */
enum { P_SIGNALS, P_TIMER, P_CONTAIN, P_SERVICE, P_DOOR, P_FIXED };

void
super_event(struct super *s, const char *fmt, ...)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	/* Events tell, state decides: a full disk may cost an event. */
	if (!buf_vaddf(&b, fmt, ap))
		(void)job_event(s->job.fd, b.p);
	va_end(ap);
}

void
super_alarm(struct super *s, int64_t boot_ms)
{
	struct itimerspec t = { .it_value = { .tv_sec = boot_ms / 1000,
		.tv_nsec = boot_ms % 1000 * 1000000 } };

	if (boot_ms <= 0)
		t.it_value.tv_nsec = 1;		/* zero would disarm it */
	(void)timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &t, NULL);	/* valid: cannot fail */
}

int
super_open(struct super *s, int jobfd, int rootfd, int lock, int secrets)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGIO, 0 };

	*s = (struct super){ .root = { .fd = rootfd }, .lock = lock, .signals = -1,
		.timer = -1, .stage = "queue", .failed_code = -1, .redactors = { .secrets = secrets },
		.log = -1, .deadline = -1, .started_ms = -1, .ended_ms = -1,
		.servd = { .sock = -1 }, .door = DOOR_INIT,
		.queue = { .slot = -1, .slot_fd = -1, .ticket_fd = -1, .queue = -1, .slots = -1 } };
	buf_init(&s->message);
	s->signals = proc_signalfd(signals);
	s->root.path = path_of_fd(rootfd);
	if (s->signals < 0 || !s->root.path || job_open_fd(&s->job, jobfd, s->root.path) < 0)
		return -1;
	/* Its name now is the hidden one. */
	free(s->job.path);
	s->job.path = malloc(strlen(s->root.path) + 66);
	if (!s->job.path)
		return -1;
	job_id_path(s->job.id, stpcpy(stpcpy(s->job.path, s->root.path), "/"));
	s->timeout_ms = json_get_int(&s->job.doc, 0, "timeout_ms", 3600000);
	s->grace_ms = json_get_int(&s->job.doc, 0, "grace_ms", 5000);
	if (clock_boot_id(s->boot_id) < 0)
		return -1;
	s->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	return s->timer < 0 || wake_signal(s->job.fd) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ?
		-1 : 0;
}

/* ---- ending ---- */

/* What ending the job's processes must leave alone; how many. */
static size_t
spared(const struct super *s, pid_t pids[REDACTOR_MAX + 1])
{
	size_t n = redactor_pids(&s->redactors, pids);

	if (s->door.keeper.pid > 0)
		pids[n++] = s->door.keeper.pid;
	return n;
}

void
super_decide(struct super *s, enum job_state verdict)
{
	pid_t spare[REDACTOR_MAX + 1];
	int n;

	if (s->decided || (s->phase == SUPER_RUNNING && s->contain.ended))
		return;		/* the first one counts, and who has ended by himself has */
	s->decided = true;
	s->verdict = verdict;
	if (s->phase != SUPER_RUNNING)
		return;
	s->phase = SUPER_ENDING;
	n = contain_term(&s->contain, spare, spared(s, spare));
	if (n >= 0)
		super_event(s, "\"event\":\"term\",\"count\":%d", n);
	else
		super_event(s, "\"event\":\"term\"");
	super_alarm(s, clock_boot_ms() + s->grace_ms);
}

static void
end_all(struct super *s)
{
	pid_t spare[REDACTOR_MAX + 1];
	int n = contain_kill(&s->contain, spare, spared(s, spare));

	if (n > 0)
		super_event(s, "\"event\":\"kill\",\"count\":%d", n);
	else if (n < 0 && s->decided)	/* else mostly nobody was left; not known */
		super_event(s, "\"event\":\"kill\"");
}

static void
cancelled(struct super *s, const char *by)
{
	CLEANUP(buf) struct buf quoted = BUF_INIT;

	if (s->decided || jsonw_quote(&quoted, by, strlen(by)) < 0)
		return;
	super_event(s, "\"event\":\"cancel\",\"by\":%s", quoted.p);
	super_decide(s, JOB_CANCELLED);
}

/* The file `cancel`: there or not is what counts; who asked is told if it says so. */
static void
look_for_cancel(struct super *s)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *by = NULL;
	struct json d = { 0 };
	struct stat st;

	if (s->decided || fstatat(s->job.fd, JOB_CANCEL, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (!store_read(s->job.fd, JOB_CANCEL, &text, CANCEL_MAX) &&
	    json_parse(&d, text.p, text.len, NULL) == JSON_OK) {
		by = json_get_cstr(&d, 0, "by");
		json_release(&d);
	}
	cancelled(s, by ? by : "file");
}

/* ---- the loop ---- */

static void
take_signals(struct super *s)
{
	struct signalfd_siginfo i;

	while (read(s->signals, &i, sizeof i) == sizeof i)
		if (i.ssi_signo == SIGIO)
			look_for_cancel(s);
		else if (i.ssi_signo != SIGCHLD)
			cancelled(s, "signal");
		else if (s->contained)		/* perhaps by a cancel that was read just before */
			contain_look(&s->contain);
}

static void
take_alarm(struct super *s)
{
	uint64_t n;

	if (read(s->timer, &n, sizeof n) != sizeof n)
		return;
	if (s->phase == SUPER_ENDING) {
		end_all(s);
	} else if (s->phase == SUPER_RUNNING && !s->contain.ended) {
		super_event(s, "\"event\":\"deadline\"");
		super_decide(s, JOB_TIMED_OUT);
	}
}

static void
check_redactors(struct super *s)
{
	bool before = s->redactors.failed;

	redactor_reap(&s->redactors);
	if (before || !s->redactors.failed)
		return;
	super_event(s, "\"event\":\"redactor-died\"");
	if (!s->decided)
		(void)buf_addstr(&s->message, "a redactor died: nothing more may be written down");
	if (s->phase == SUPER_RUNNING && s->contain.ended) {
		s->decided = true;
		s->verdict = JOB_FAILED;
	}
	super_decide(s, JOB_FAILED);
}

/* The gateway has ended before the job. A second time is no accident: nothing works without it. */
static void
check_door(struct super *s)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	int got = door_again(&s->door, &s->job, &why);

	super_event(s, "\"event\":\"%s\"", got < 0 ? "door-died" : "door-again");
	if (got >= 0 || s->decided || (s->phase == SUPER_RUNNING && s->contain.ended))
		return;
	(void)buf_addf(&s->message, "the model's door is closed: %s", why.p);	/* sticky */
	super_decide(s, JOB_FAILED);
}

/* Wait until something happens, and take it in. Only poll itself failing is -1. */
static int
turn(struct super *s)
{
	struct pollfd p[P_FIXED + REDACTOR_MAX + QUEUE_SLOTS_MAX];
	int contain = s->contained ? contain_fd(&s->contain) : -1;
	nfds_t n = P_FIXED;

	p[P_SIGNALS] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	p[P_TIMER] = (struct pollfd){ .fd = s->timer, .events = POLLIN };
	p[P_CONTAIN] = (struct pollfd){ .fd = contain, .events = POLLIN };
	p[P_SERVICE] = (struct pollfd){ .fd = s->servd.sock, .events = POLLIN };
	p[P_DOOR] = (struct pollfd){ .fd = s->door.keeper.pid > 0 ? s->door.keeper.pidfd : -1,
		.events = POLLIN };
	n += redactor_poll(&s->redactors, p + n);
	n += s->phase == SUPER_WAITING ? queue_poll(&s->queue, p + n) : 0;
	if (poll(p, n, -1) < 0)
		return errno == EINTR ? 0 : -1;
	if (s->contained)
		contain_look(&s->contain);
	if (p[P_SIGNALS].revents)
		take_signals(s);
	if (p[P_TIMER].revents)
		take_alarm(s);
	if (p[P_SERVICE].revents)
		servd_step(&s->servd);
	if (p[P_DOOR].revents)
		check_door(s);
	check_redactors(s);
	return 0;
}

/* 0 we have a slot, or it was decided meanwhile; -1 with a message. */
static int
wait_for_slot(struct super *s)
{
	int64_t slots = json_get_int(&s->job.doc, 0, "slots", QUEUE_SLOTS_DEFAULT);
	bool told = false;
	int got;

	if (queue_open(&s->queue, s->root.fd, slots < 0 || slots > QUEUE_SLOTS_MAX ? 0 : (int)slots) < 0)
		goto fail;
	while (!s->decided && !(got = queue_step(&s->queue))) {
		struct job_owned o = { .boot_id = s->boot_id, .pid = -1, .deadline_boot_ms = -1,
			.slot = -1 };

		if (!told) {
			(void)job_put_state(s->job.fd, &o);	/* for display */
			super_event(s, "\"event\":\"queued\",\"ticket\":%lld", (long long)s->queue.ticket);
			told = true;
		}
		if (turn(s) < 0)
			goto fail;
	}
	if (s->decided || got > 0)
		return 0;
fail:
	(void)buf_addf(&s->message, "cannot queue: %s", strerror(errno));
	return -1;
}

static void
tell_payload_exit(struct super *s)
{
	int st = s->contain.status;

	s->ended_ms = clock_boot_ms();
	if (WIFSIGNALED(st))
		super_event(s, "\"event\":\"payload-exit\",\"signal\":%d", WTERMSIG(st));
	else
		super_event(s, "\"event\":\"payload-exit\",\"code\":%d", WEXITSTATUS(st));
}

/* Until no process of the job is left. */
static void
see_it_through(struct super *s)
{
	bool told = false;

	while (!s->contain.empty) {
		if (turn(s) < 0)
			end_all(s);	/* without poll() nothing else can be done */
		if (s->contain.ended && !told)
			tell_payload_exit(s);
		told = s->contain.ended;
		/* What a payload leaves behind when it ends by itself has no grace. */
		if (told && s->phase == SUPER_RUNNING && !s->contain.empty)
			end_all(s);
	}
	if (s->ended_ms < 0)
		s->ended_ms = clock_boot_ms();
	contain_release(&s->contain);
	s->contained = false;
}

/* Let the redactors write what they have: all who wrote to them are dead. */
static void
drain(struct super *s)
{
	int64_t until = clock_boot_ms() + DRAIN_MS;

	if (s->door.own_login)
		ownlogin_back(s->job.fd);
	door_close(&s->door);		/* it writes to the log as well */
	servd_close(&s->servd);
	cleanup_fd(&s->log);
	while (s->redactors.n && clock_boot_ms() < until) {
		struct pollfd p[REDACTOR_MAX];

		if (poll(p, redactor_poll(&s->redactors, p), DRAIN_MS) < 0 && errno != EINTR)
			break;
		check_redactors(s);
	}
	if (s->redactors.n)
		super_event(s, "\"event\":\"redactor-died\"");
	redactor_kill(&s->redactors);
}

static int
write_end(struct super *s)
{
	struct job_status end = { .code = s->failed_code, .signal = -1, .duration_ms = -1 };
	char now[CLOCK_STAMP];
	int st = s->contain.status;

	clock_stamp(now, clock_wall_ms());
	end.state = s->decided ? s->verdict : JOB_FAILED;
	if (s->contain.ended && WIFEXITED(st)) {
		end.code = WEXITSTATUS(st);
		if (!s->decided && !end.code)
			end.state = JOB_SUCCEEDED;
	} else if (s->contain.ended) {
		end.signal = WTERMSIG(st);
	}
	end.stage = (char *)(uintptr_t)s->stage;
	end.message = s->message.len ? s->message.p : NULL;
	end.ended = now;
	if (s->started_ms >= 0) {
		end.started = s->started;
		end.duration_ms = s->ended_ms - s->started_ms;
	}
	if (job_put_end(s->job.fd, &end, "supervise") < 0)
		return -1;
	super_event(s, "\"event\":\"ended\",\"state\":\"%s\"", job_state_name(end.state));
	return 0;
}

int
super_run(struct super *s)
{
	int got;

	super_event(s, "\"event\":\"created\"");
	look_for_cancel(s);
	if (!s->decided && !wait_for_slot(s) && !s->decided) {
		if (!super_start(s)) {
			see_it_through(s);
		} else if (s->contained) {
			end_all(s);
			contain_release(&s->contain);
		}
	}
	drain(s);
	got = write_end(s);
	/* Without a record the next reader will need the reserve; and he removes all this as well. */
	(void)job_ended_clear(&s->job, &s->root);
	queue_close(&s->queue);
	(void)lock_drop(s->lock);	/* said aloud: waiters wake before our exit is through */
	return got;
}
