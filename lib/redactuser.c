/* SPDX-License-Identifier: MIT */
#include "redactuser.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "home.h"
#include "redactrule.h"
#include "redactshape.h"

enum { FILE_MAX = 256 << 10 };

void
redact_user_free(struct redact_user *u)
{
	/* An anchor is its own; shapes and names are parts of the text. */
	for (size_t i = 0; u->rules && i < u->n; i++)
		free((char *)(size_t)u->rules[i].anchor);
	free(u->rules);
	free(u->allowed);
	free(u->text);
	*u = (struct redact_user){ NULL, NULL, 0, NULL, 0 };
}

/* Plain characters at the beginning of a pattern; one that is counted is not of them. */
static size_t
plain(const char *p)
{
	size_t n = 0;

	while (p[n] && !strchr("[]{}?\\().*+|^$\"", p[n]))
		n++;
	return n && (p[n] == '{' || p[n] == '?') ? n - 1 : n;
}

static const char *
add_rule(struct redact_user *u, char *args)
{
	char *rest = NULL, *name = strtok_r(args, " \t", &rest), *pattern = strtok_r(NULL, " \t", &rest);
	struct redact_rule *r = &u->rules[u->n];
	const char *fault;
	size_t at, len;

	if (!name || !pattern || strtok_r(NULL, " \t", &rest))
		return "not 'rule NAME PATTERN'";
	if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
	    strlen(name) || strlen(name) > 64)
		return "a name is of letters, digits, - and _";
	len = plain(pattern);
	if (len < REDACT_ANCHOR_MIN)
		return "a pattern begins with at least three plain characters";
	fault = redact_shape_fault(pattern + len, &at);
	if (fault)
		return fault;
	if (u->n == REDACT_USER_MAX)
		return "too many rules (256)";
	*r = (struct redact_rule){ .name = name, .anchor = strndup(pattern, len), .shape = pattern + len };
	redact_rule_plain(r);
	if (!r->anchor)
		return "no memory";
	u->n++;
	return NULL;
}

static const char *
add_line(struct redact_user *u, char *line)
{
	size_t len = strlen(line);

	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return NULL;
	if (!strncmp(line, "rule", 4) && line[4] && strchr(" \t", line[4]))
		return add_rule(u, line + 5);
	if (strncmp(line, "allow", 5) || !line[5] || !strchr(" \t", line[5]))
		return "neither 'rule NAME PATTERN' nor 'allow TEXT'";
	line += 5 + strspn(line + 5, " \t");
	if (u->allow == REDACT_USER_MAX)
		return "too many texts (256)";
	u->allowed[u->allow++] = line;
	return NULL;
}

int
redact_user_parse(struct redact_user *u, const char *text, size_t len, const char *name,
	struct buf *why)
{
	size_t n = 0;
	char *line, *rest;

	*u = (struct redact_user){ NULL, NULL, 0, NULL, 0 };
	if (memchr(text, '\0', len)) {
		(void)buf_addf(why, "'%s': it is no text", name);
		errno = EINVAL;
		return -1;
	}
	u->text = strndup(text, len);
	u->rules = calloc(REDACT_USER_MAX, sizeof *u->rules);
	u->allowed = calloc(REDACT_USER_MAX + 1, sizeof *u->allowed);
	if (!u->text || !u->rules || !u->allowed) {
		redact_user_free(u);
		errno = ENOMEM;
		return -1;
	}
	for (rest = u->text; (line = strsep(&rest, "\n"));) {
		const char *fault = add_line(u, line);

		n++;
		if (!fault)
			continue;
		(void)buf_addf(why, "'%s', line %zu: %s", name, n, fault);
		redact_user_free(u);
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int
redact_user_read(struct redact_user *u, struct buf *why)
{
	CLEANUP(free) char *dir = home_config(), *path = NULL;
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int fd = -1;
	struct stat st;

	*u = (struct redact_user){ NULL, NULL, 0, NULL, 0 };
	if (!dir)
		return errno == ENOENT ? 0 : -1;
	if (asprintf(&path, "%s/redact", dir) < 0) {
		path = NULL;
		errno = ENOMEM;
		return -1;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)buf_addf(why, "cannot open '%s': %s", path, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid) || (st.st_mode & 022)) {
		(void)buf_addf(why, "'%s' is refused: it must be a file that nobody else can write", path);
		errno = EPERM;
		return -1;
	}
	if (buf_read(&text, fd, FILE_MAX) < 0) {
		(void)buf_addf(why, "cannot read '%s': %s", path, strerror(errno));
		return -1;
	}
	return redact_user_parse(u, text.p, text.len, path, why);
}
