/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "attempt.h"
#include "buf.h"
#include "job.h"
#include "jsonw.h"
#include "store.h"

#define FILE_MAX (1u << 20)
#define HEAD_MAX (256u << 10)		/* in it the first line of a stream of events */

bool
session_valid(const char *id)
{
	size_t n = 0;

	while (isalnum((unsigned char)id[n]) || (id[n] == '-' && n))
		n++;
	return n && !id[n] && n <= 64;
}

/* ---- session.json ---- */

int
session_read(const struct job *j, struct session *s)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *from = NULL;
	struct json d;

	*s = (struct session)SESSION_INIT;
	if (store_read(j->fd, JOB_SESSION, &text, FILE_MAX) < 0)
		return -1;
	if (json_parse(&d, text.p, text.len, NULL) == JSON_OK) {
		struct json u = { 0 };
		size_t len = 0;
		const char *raw = json_raw(&d, json_get(&d, 0, "before"), &len);

		from = json_get_cstr(&d, 0, "from");
		s->id = json_get_cstr(&d, 0, "session");
		s->forked = json_get_bool(&d, 0, "forked", false);
		if (raw && json_parse(&u, raw, len, NULL) == JSON_OK)
			usage_add(&s->before, &u);
		json_release(&u);
		json_release(&d);
	}
	if (from && job_id_valid(from) && s->id && session_valid(s->id)) {
		memcpy(s->from, from, sizeof s->from);
		return 0;
	}
	session_release(s);
	errno = EBADMSG;
	return -1;
}

int
session_write(const struct job *j, const struct session *s)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mint(&w, "format", 1);
	jsonw_mstr(&w, "from", s->from);
	jsonw_mstr(&w, "session", s->id);
	jsonw_mbool(&w, "forked", s->forked);
	jsonw_key(&w, "before");
	usage_write(&w, &s->before);
	jsonw_end(&w);
	if (buf_addch(&b, '\n') < 0 || !buf_ok(&b)) {
		errno = ENOMEM;
		return -1;
	}
	return store_replace(j->fd, JOB_SESSION, b.p, b.len, 0);
}

void
session_release(struct session *s)
{
	free(s->id);
	usage_release(&s->before);
	*s = (struct session)SESSION_INIT;
}

/* ---- the session of a job ---- */

/* A run that was cut off wrote no exit.json; its first event names the session. */
static char *
of_stream(int attempt)
{
	CLEANUP(fd) int fd = openat(attempt, "agent.jsonl", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(buf) struct buf head = BUF_INIT;
	char piece[4096], *id = NULL;
	ssize_t n;
	size_t from = 0;

	while (fd >= 0 && head.len < HEAD_MAX && (n = store_read_some(fd, piece, sizeof piece)) > 0)
		if (buf_add(&head, piece, (size_t)n) < 0)
			return NULL;
	for (char *nl; !id && head.p && (nl = memchr(head.p + from, '\n', head.len - from));
	    from = (size_t)(nl - head.p) + 1) {
		struct json d;

		if (json_parse(&d, head.p + from, (size_t)(nl - head.p) - from, NULL) != JSON_OK)
			continue;
		if (json_is(&d, json_get(&d, 0, "subtype"), "init"))
			id = json_get_cstr(&d, 0, "session_id");
		json_release(&d);
	}
	return id;
}

static char *
of_attempt(const struct job *j, int n)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int dir = attempt_open(j, n);
	struct json d;
	char *id;

	attempt_json(dir, "exit.json", &text, &d);
	id = json_get_cstr(&d, 0, "session_id");
	json_release(&d);
	if (!id && dir >= 0)
		id = of_stream(dir);
	if (id && session_valid(id))
		return id;
	free(id);
	return NULL;
}

char *
session_of(const struct job *j)
{
	CLEANUP(fd) int last = -1;
	struct session s;
	char *id = NULL;
	int n;

	last = attempt_last(j, &n);
	for (; n > 0 && !id; n--)
		id = of_attempt(j, n);
	if (!id && session_read(j, &s) == 0) {
		id = s.id;
		s.id = NULL;
		session_release(&s);
	}
	if (!id)
		errno = ENOENT;
	return id;
}

bool
session_there(const struct job *j, const char *id)
{
	CLEANUP(fd) int home = store_opendir(j->fd, JOB_HOME);
	CLEANUP(fd) int projects = home < 0 ? -1 : store_opendir(home, "projects");
	CLEANUP(buf) struct buf name = BUF_INIT;
	CLEANUP(dir) DIR *dp = NULL;
	struct dirent *e;
	struct stat st;
	bool found = false;

	if (!session_valid(id) || projects < 0 || buf_addf(&name, "%s.jsonl", id) < 0)
		return false;
	dp = fdopendir(projects);
	if (!dp)
		return false;
	projects = -1;			/* now dp's */
	while (!found && (e = readdir(dp))) {
		CLEANUP(fd) int dir = *e->d_name == '.' ? -1 : store_opendir(dirfd(dp), e->d_name);

		found = dir >= 0 && fstatat(dir, name.p, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(st.st_mode) && st.st_size > 0;
	}
	return found;
}

void
session_used(const struct job *j, const char *id, struct usage *u)
{
	CLEANUP(fd) int last = -1;
	struct session s;
	int n;

	*u = (struct usage)USAGE_INIT;
	/* a fork has another id, and counts on all the same */
	if (session_read(j, &s) == 0) {
		*u = s.before;
		s.before = (struct usage)USAGE_INIT;
		session_release(&s);
	}
	last = attempt_last(j, &n);
	for (; n > 0; n--) {
		CLEANUP(free) char *own = of_attempt(j, n);
		CLEANUP(buf) struct buf text = BUF_INIT;
		CLEANUP(fd) int dir = attempt_open(j, n);
		struct json d;

		if (!own || strcmp(own, id))
			continue;
		attempt_json(dir, "usage.json", &text, &d);
		usage_add(u, &d);
		json_release(&d);
	}
}
