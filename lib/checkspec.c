/* SPDX-License-Identifier: MIT */
#include "checkspec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "event.h"
#include "job.h"
#include "num.h"
#include "path.h"
#include "shquote.h"
#include "strv.h"

#define LABEL_MAX 60
#define TEXT_MAX 400

void
checkspec_release(struct checkspec *s)
{
	strv_free(s->paths);
	for (size_t i = 0; i < s->ncmds; i++) {
		free(s->cmds[i].label);
		free(s->cmds[i].file);
		free(s->cmds[i].text);
		free(s->cmds[i].bad);
		strv_free(s->cmds[i].argv);
	}
	free(s->cmds);
	*s = (struct checkspec)CHECKSPEC_INIT;
}

static int
refuse(struct buf *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vaddf(why, fmt, ap);
	va_end(ap);
	errno = EINVAL;
	return -1;
}

/* ---- words ---- */

/* One word at *p into b. 1 a word, 0 none, -1+errno. */
static int
next_word(const char **p, struct buf *b)
{
	const char *s = *p + strspn(*p, " \t");
	char quote = '\0';

	if (!*s)
		return 0;
	for (; *s && (quote || !strchr(" \t", *s)); s++) {
		if (quote ? *s == quote : *s == '\'' || *s == '"')
			quote = quote ? '\0' : *s;
		else if (quote != '\'' && strchr("$`", *s))
			return errno = ENOSYS, -1;
		else if (!quote && (strchr("|&;<>()*?[]{}\n", *s) || (strchr("~#!", *s) && !b->len)))
			return errno = ENOSYS, -1;
		else if (*s == '\\' && quote != '\'' && s[1] && (!quote || strchr("\"\\$`", s[1])))
			(void)buf_addch(b, *++s);	/* sticky */
		else
			(void)buf_addch(b, *s);
	}
	*p = s;
	if (quote)
		return errno = EINVAL, -1;
	return buf_ok(b) ? 1 : -1;
}

char **
checkspec_words(const char *line)
{
	struct strv v = { 0 };
	int got;

	do {
		CLEANUP(buf) struct buf b = BUF_INIT;

		got = next_word(&line, &b);
		if (got > 0 && !v.n && strchr(b.p, '='))
			got = -1, errno = ENOSYS;	/* an assignment */
		if (got > 0 && strv_add(&v, b.p) < 0)
			got = -1;
	} while (got > 0);
	if (got == 0 && v.n)
		return v.v;
	int e = got == 0 ? EINVAL : errno;
	strv_free(v.v);
	errno = e;
	return NULL;
}

/* ---- names ---- */

static bool
taken(const struct checkspec *s, const char *name, bool file)
{
	static const char *const ours[] = { CHECK_SCOPE, CHECK_SIZE, CHECK_FILES, CHECK_AGENT };

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (!strcmp(ours[i], name))
			return true;
	for (size_t i = 0; i < s->ncmds; i++)
		if (!strcmp(file ? s->cmds[i].file : s->cmds[i].label, name))
			return true;
	return false;
}

/* NAME, NAME-2, NAME-3 … */
static char *
unique(const struct checkspec *s, struct buf *name, bool file)
{
	size_t n = name->len;

	for (int i = 2; taken(s, name->p, file); i++) {
		buf_setlen(name, n);
		if (buf_addf(name, "-%d", i) < 0)
			return NULL;
	}
	return buf_steal(name);
}

static char *
make_label(const struct checkspec *s, const char *name)
{
	struct buf b = BUF_INIT;

	event_short(&b, name, strlen(name), LABEL_MAX);
	for (char *p = b.len ? b.p : NULL; p && *p; p++)
		if (*p == ':')
			*p = '_';
	if (!b.len)
		(void)buf_addf(&b, "check-%zu", s->ncmds + 1);
	return unique(s, &b, false);
}

static char *
make_file(const struct checkspec *s, const char *label)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	struct buf b = BUF_INIT;

	for (; *label && b.len < LABEL_MAX; label++)
		(void)buf_addch(&b, strchr(good, *label) && (b.len || *label != '.') ? *label : '_');
	return unique(s, &b, true);
}

/* Takes argv (NULL: bad says why it cannot be run). */
static int
add(struct checkspec *s, const char *name, const char *text, char **argv, const char *bad,
	int64_t timeout_ms)
{
	struct checkcmd c = { .argv = argv, .timeout_ms = timeout_ms }, *v;
	CLEANUP(buf) struct buf shown = BUF_INIT;

	v = realloc(s->cmds, (s->ncmds + 1) * sizeof *v);
	if (v)
		s->cmds = v;
	event_short(&shown, text, strlen(text), TEXT_MAX);
	c.label = make_label(s, name);
	c.file = c.label ? make_file(s, c.label) : NULL;
	c.text = strdup(shown.p);
	c.bad = bad ? strdup(bad) : NULL;
	if (!v || !c.file || !c.text || (bad && !c.bad)) {
		free(c.label);
		free(c.file);
		free(c.text);
		free(c.bad);
		strv_free(argv);
		errno = ENOMEM;
		return -1;
	}
	v[s->ncmds++] = c;
	s->asked = true;
	return 0;
}

int
checkspec_line(struct checkspec *s, const char *name, const char *line, bool shell,
	int64_t timeout_ms)
{
	struct strv sh = { 0 };
	char **argv = NULL;
	const char *bad = NULL;

	if (shell) {
		if (strv_add(&sh, "/bin/sh") < 0 || strv_add(&sh, "-c") < 0 || strv_add(&sh, line) < 0) {
			strv_free(sh.v);
			return -1;
		}
		argv = sh.v;
	} else {
		argv = checkspec_words(line);
		if (!argv && errno == ENOMEM)
			return -1;
		bad = argv ? NULL : errno == ENOSYS ? "it needs a shell: ask for one with shell" :
		    "an empty command, or a quote that is not closed";
	}
	if (name)
		return add(s, name, line, argv, bad, timeout_ms);
	CLEANUP(free) char *first = strdup(argv && !shell ? argv[0] : line);
	const char *base = first ? first : "";

	if (first && shell)
		first[strcspn(first, " \t\n;|&")] = '\0';
	if (strrchr(base, '/'))
		base = strrchr(base, '/') + 1;
	return add(s, base, line, argv, bad, timeout_ms);
}

/* ---- job.json ---- */

/* A number, or its text (spawn --param). 0 absent, 1 *out is set, -1 why. */
static int
number(const struct json *d, int node, const char *name, int64_t min, int64_t max, int64_t *out,
	struct buf *why)
{
	CLEANUP(free) char *text = json_cstr(d, node);
	int64_t n;

	if (node < 0 || json_type(d, node) == JSON_T_NULL)
		return 0;
	if ((text ? num_parse(text, min, max, &n) : json_int(d, node, &n)) < 0 || n < min || n > max)
		return refuse(why, "parameter '%s' is not a number from %lld to %lld", name,
		    (long long)min, (long long)max);
	*out = n;
	return 1;
}

static int
truth(const struct json *d, int node, const char *name, bool *out, struct buf *why)
{
	*out = json_true(d, node) || json_is(d, node, "true") || json_is(d, node, "1");
	if (*out || node < 0 || json_type(d, node) == JSON_T_NULL ||
	    json_type(d, node) == JSON_T_BOOL || json_is(d, node, "false") || json_is(d, node, "0"))
		return 0;
	return refuse(why, "parameter '%s' is neither true nor false", name);
}

static int
load_argv(struct checkspec *s, const struct json *d, int list, const char *name, int64_t timeout)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct strv v = { 0 };
	bool good = json_len(d, list) > 0;

	for (int n = json_first(d, list); n >= 0 && good; n = json_next(d, n)) {
		CLEANUP(free) char *word = json_cstr(d, n);

		good = word && (v.n || *word);
		if (good && (strv_add(&v, word) < 0 || shquote(&text, word) < 0 ||
		    buf_addch(&text, ' ') < 0)) {
			strv_free(v.v);
			return -1;
		}
	}
	if (!good) {
		strv_free(v.v);
		v.v = NULL;
	}
	return add(s, name ? name : v.v ? v.v[0] : "", text.p, v.v, good ? NULL :
	    "the command is no list of words", timeout);
}

static int
load_check(struct checkspec *s, const struct json *d, int c, struct buf *why)
{
	CLEANUP(free) char *name = json_get_cstr(d, c, "name");
	int64_t timeout = CHECK_TIMEOUT_MS;
	int command = json_get(d, c, "command");
	bool shell;

	if (json_type(d, c) == JSON_T_STRING)
		command = c;
	if (number(d, json_get(d, c, "timeout_ms"), "timeout_ms of a check", 1, CHECK_TIMEOUT_MAX_MS,
	    &timeout, why) < 0 || truth(d, json_get(d, c, "shell"), "shell of a check", &shell, why) < 0)
		return -1;
	if (json_type(d, command) == JSON_T_ARRAY)
		return load_argv(s, d, command, name, timeout);
	CLEANUP(free) char *line = json_cstr(d, command);

	if (!line)
		return refuse(why, "a check has no command: {\"name\": …, \"command\": …}");
	return checkspec_line(s, name, line, shell, timeout);
}

static int
load_scope(struct checkspec *s, const struct job *j, struct buf *why)
{
	const struct json *d = &j->doc;
	int scope = job_param(j, "scoped_patch"), paths = json_get(d, scope, "paths");

	if (scope < 0 || json_type(d, scope) == JSON_T_NULL)
		return 0;
	if (json_type(d, scope) != JSON_T_OBJECT || (paths >= 0 && json_type(d, paths) != JSON_T_ARRAY))
		return refuse(why, "parameter 'scoped_patch' is not {\"paths\": [...], "
		    "\"max_diff_bytes\": N}");
	s->asked = true;
	s->scoped = paths >= 0;
	for (int n = json_first(d, paths); n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *p = json_cstr(d, n);

		if (!p || checkspec_path(s, j, p, why) < 0)
			return p ? -1 : refuse(why, "a path of 'scoped_patch' is no string");
	}
	return number(d, json_get(d, scope, "max_diff_bytes"), "max_diff_bytes", 0, INT64_MAX,
	    &s->max_bytes, why) < 0 ? -1 : 0;
}

int
checkspec_load(struct checkspec *s, const struct job *j, struct buf *why)
{
	const struct json *d = &j->doc;
	int checks = job_param(j, "checks");
	int64_t rounds = 1;
	bool revise;
	int given;

	if (load_scope(s, j, why) < 0)
		return -1;
	if (checks >= 0 && json_type(d, checks) != JSON_T_ARRAY && json_type(d, checks) != JSON_T_NULL)
		return refuse(why, "parameter 'checks' is no list");
	if (json_len(d, checks) > CHECK_MAX)
		return refuse(why, "more than %d checks", CHECK_MAX);
	for (int n = json_first(d, checks); n >= 0; n = json_next(d, n))
		if (load_check(s, d, n, why) < 0)
			return -1;
	given = number(d, job_param(j, "max_changed_files"), "max_changed_files", 1, INT64_MAX,
	    &s->max_files, why);
	if (given < 0 || truth(d, job_param(j, "auto_revise"), "auto_revise", &revise, why) < 0 ||
	    number(d, job_param(j, "max_revisions"), "max_revisions", 0, CHECK_REVISIONS_MAX, &rounds,
	    why) < 0)
		return -1;
	s->revisions = revise ? (int)rounds : 0;
	/* start lands by itself what is verified: its result is always judged */
	s->asked |= given > 0 || revise || json_is(d, job_param(j, "tool"), "start");
	return 0;
}

int
checkspec_path(struct checkspec *s, const struct job *j, const char *path, struct buf *why)
{
	CLEANUP(free) char *root = job_workspace_root(j);
	CLEANUP(free) char *prefix = job_workspace_prefix(j);
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct strv v = { .v = s->paths, .n = s->npaths };
	const char *p = path;

	if (*p == '/' && (!root || !path_below(p, root)))
		return refuse(why, "the path '%s' is not in the repository", path);
	if (*p == '/')
		p += strlen(root);
	else
		(void)buf_addstr(&b, prefix ? prefix : "");
	while (*p == '/' || !strncmp(p, "./", 2) || !strcmp(p, "."))
		p++;
	(void)buf_addstr(&b, p);
	/* a directory may be given as such: "src/", or with two stars behind */
	if ((b.len > 2 && !strcmp(b.p + b.len - 3, "/**")) || !strcmp(b.p, "**"))
		buf_setlen(&b, b.len - 2);
	while (b.len && b.p[b.len - 1] == '/')
		buf_setlen(&b, b.len - 1);
	if (b.len && !path_is_clean(b.p, b.len))
		return refuse(why, "the path '%s' is not in the repository", path);
	s->scoped = s->asked = true;
	if (!buf_ok(&b) || strv_add(&v, b.p) < 0)
		return -1;
	s->paths = v.v;
	s->npaths = v.n;
	return 0;
}
