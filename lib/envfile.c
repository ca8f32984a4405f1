/* SPDX-License-Identifier: MIT */
#include "envfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "env.h"
#include "envtable.h"
#include "home.h"
#include "secret.h"

enum { FILE_MAX = 256 << 10, SECRET_MIN = 8 };

struct load {
	struct buf *secrets, *why;
	const char *path;
	size_t line;
};

static int
fault(const struct load *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int
fault(const struct load *l, const char *fmt, ...)
{
	va_list ap;

	(void)buf_addf(l->why, "line %zu of '%s': ", l->line, l->path);	/* sticky */
	va_start(ap, fmt);
	(void)buf_vaddf(l->why, fmt, ap);
	va_end(ap);
	errno = EINVAL;
	return -1;
}

/* Blanks around it and one pair of quotes go. NULL: an open quote. */
static char *
clean_value(char *value)
{
	char *end = value + strlen(value);

	value += strspn(value, " \t");
	while (end > value && strchr(" \t\r", end[-1]))
		*--end = '\0';
	if (*value != '"' && *value != '\'')
		return value;
	if (end - value < 2 || end[-1] != *value)
		return NULL;
	end[-1] = '\0';
	return value + 1;
}

/* May the file set it? Not where things are, what is ours to set, or what leads programs astray. */
static bool
may_stand(const char *name)
{
	const struct config_var *v = config_find(name);
	const struct env_row *row = env_row(name);

	if (v)
		return !(v->flags & (CONFIG_PLACE | CONFIG_OURS));
	return secret_name(name, strlen(name)) || !row || row->rule != ENV_BLOCK;
}

static int
take_secret(struct load *l, const char *name, const char *value)
{
	size_t len = strlen(value);

	if (!len)
		return 0;
	if (len < SECRET_MIN)
		return fault(l, "the value of %s has fewer than %d bytes: such a secret cannot be redacted",
			name, SECRET_MIN);
	if (!l->secrets)
		return 0;
	(void)buf_addf(l->secrets, "%s=%s", name, value);	/* sticky */
	return buf_addch(l->secrets, '\0');
}

static int
take_line(struct load *l, char *line)
{
	const struct config_var *v;
	char *value;

	line += strspn(line, " \t");
	if (!line[strspn(line, "\r")] || *line == '#')
		return 0;
	if (!strncmp(line, "export ", 7))
		line += 7 + strspn(line + 7, " \t");
	value = strchr(line, '=');
	if (!value)
		return fault(l, "not NAME=VALUE");
	*value++ = '\0';
	if (!env_name_valid(line))
		return fault(l, "not the name of a variable before '='");
	value = clean_value(value);
	if (!value)
		return fault(l, "the value of %s has an open quote", line);
	if (!may_stand(line))
		return fault(l, "%s is not taken from this file: set it in the environment", line);
	if (getenv(line))
		return 0;
	if (secret_name(line, strlen(line)))
		return take_secret(l, line, value);
	v = config_find(line);
	if (v) {
		CLEANUP(buf) struct buf wrong = BUF_INIT;

		if (config_check(v, value, &wrong))
			return fault(l, "%s", wrong.p);
	}
	return setenv(line, value, 0);
}

/* The file, if nobody else can have written it; -1 with errno. */
static int
open_file(struct load *l)
{
	CLEANUP(fd) int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH)) {
		(void)buf_addf(l->why, "'%s' is not read: %s", l->path,	/* sticky */
			!S_ISREG(st.st_mode) ? "not a regular file" : st.st_uid != geteuid() ?
			"it is another user's" : "others may write it (chmod 600 mends that)");
		errno = EPERM;
		return -1;
	}
	return steal_fd(&fd);
}

static int
take_text(struct load *l, struct buf *text)
{
	char *next;

	if (memchr(text->p, '\0', text->len))
		return fault(l, "the file is not text");
	for (char *p = text->p; p; p = next, l->line++) {
		next = strchr(p, '\n');
		if (next)
			*next++ = '\0';
		if (take_line(l, p))
			return -1;
	}
	return 0;
}

int
envfile_load(struct buf *secrets, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT, path = BUF_INIT;
	CLEANUP(free) char *dir = home_config();
	CLEANUP(fd) int fd = -1;
	struct load l = { secrets, why, NULL, 1 };
	int got, e;

	if (!dir)
		return errno == ENOENT ? 0 : -1;
	if (buf_addf(&path, "%s/env", dir) < 0)
		return -1;
	l.path = path.p;
	fd = open_file(&l);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	got = fd < 0 ? -1 : buf_read(&text, fd, FILE_MAX) ? -1 : take_text(&l, &text);
	e = errno;
	if (got && !why->len)
		(void)buf_addf(why, "cannot read '%s': %s", path.p, strerror(e));
	explicit_bzero(text.p, text.len);
	errno = e;
	return got;
}

int
envfile_secrets(struct buf *secrets, struct buf *why)
{
	if (env_secrets(environ, secrets) < 0)
		return -1;
	return envfile_load(secrets, why);
}

const char *
envfile_secret(const struct buf *secrets, const char *name)
{
	const char *v = getenv(name);
	size_t n = strlen(name);

	if (v)
		return *v ? v : NULL;
	for (const char *p = secrets->p; p < secrets->p + secrets->len; p += strlen(p) + 1)
		if (!strncmp(p, name, n) && p[n] == '=')
			return p + n + 1;
	return NULL;
}
