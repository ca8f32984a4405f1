/* SPDX-License-Identifier: MIT */
#include "spawnopt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "contain.h"
#include "env.h"
#include "guard.h"
#include "insandbox.h"
#include "json.h"
#include "jsonw.h"
#include "num.h"
#include "path.h"
#include "recipe.h"
#include "redactown.h"
#include "secret.h"

#define PROMPT_MAX (16u << 20)
#define PARAMS_MAX (4u << 20)
#define DEPTH_MAX 1000

int
spawnopt_init(struct spawnopt *o, size_t room)
{
	*o = (struct spawnopt){ .resume = RESUME_INIT,
		.order = { .recipe = RECIPE_COMMAND, .timeout_ms = 3600000,
		.grace_ms = 5000, .contain = "auto" } };
	buf_init(&o->prompt_text);
	buf_init(&o->params_text);
	o->param = calloc(room + 1, sizeof *o->param);
	o->env = calloc(room + 1, sizeof *o->env);
	return o->param && o->env ? wallask_init(&o->walls, room) : -1;
}

static int
refuse(struct buf *why, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vaddf(why, fmt, ap);
	va_end(ap);
	errno = err;
	return -1;
}

static bool
utf8(const char *s)
{
	return num_is_utf8(s, strlen(s));
}

static int
read_file(const char *name, struct buf *out, size_t max, struct buf *why)
{
	bool in = !strcmp(name, "-");
	CLEANUP(fd) int fd = in ? -1 : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int e;

	if (!in && fd < 0)
		return refuse(why, EINVAL, "cannot open '%s': %s", name, strerror(errno));
	if (!buf_read(out, in ? STDIN_FILENO : fd, max))
		return 0;
	e = errno;
	if (e == EFBIG)
		return refuse(why, EINVAL, "'%s' is larger than %zu bytes", name, max);
	return refuse(why, e, "cannot read '%s': %s", name, strerror(e));
}

/* --params and every --param, as one object; what --param says counts more. */
static int
settle_params(struct spawnopt *o, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d = { 0 };
	struct jsonw w;
	size_t where;

	if (o->params && read_file(o->params, &text, PARAMS_MAX, why) < 0)
		return -1;
	if (!o->params)
		(void)buf_addstr(&text, "{}");	/* sticky: the parser tells */
	enum json_error e = json_parse(&d, text.p, text.len, &where);
	if (e != JSON_OK || json_type(&d, 0) != JSON_T_OBJECT) {
		json_release(&d);
		return refuse(why, EINVAL, "--params: '%s': %s", o->params,
			e == JSON_OK ? "not an object" : json_strerror(e));
	}
	jsonw_init(&w, &o->params_text);
	jsonw_object(&w);
	for (int m = json_first(&d, 0); m >= 0; m = json_next(&d, m)) {
		CLEANUP(buf) struct buf name = BUF_INIT;
		bool again = json_str(&d, m, &name) < 0 || wallask_gives(&o->walls, name.p, name.len);

		for (size_t i = 0; i < o->nparam && !again; i++)
			again = !strncmp(o->param[i], name.p, name.len) && o->param[i][name.len] == '=';
		if (again)
			continue;
		jsonw_keyn(&w, name.p, name.len);
		jsonw_node(&w, &d, json_value(&d, m));
	}
	json_release(&d);
	for (size_t i = 0; i < o->nparam; i++) {
		size_t n = strcspn(o->param[i], "=");
		bool again = wallask_gives(&o->walls, o->param[i], n);

		if (!n || !o->param[i][n] || !utf8(o->param[i]))
			return refuse(why, EINVAL, "--param wants NAME=VALUE in UTF-8, not '%s'",
				o->param[i]);
		for (size_t k = i + 1; k < o->nparam && !again; k++)
			again = !strncmp(o->param[k], o->param[i], n + 1);
		if (again)
			continue;		/* the last one counts */
		jsonw_keyn(&w, o->param[i], n);
		jsonw_cstr(&w, o->param[i] + n + 1);
	}
	if (wallask_write(&o->walls, &w, why) < 0)
		return -1;
	jsonw_end(&w);
	o->order.params = o->params_text.p;
	o->order.params_len = o->params_text.len;
	return buf_ok(&o->params_text) ? 0 : refuse(why, ENOMEM, "no memory");
}

/* --env NAME takes ours; a name given twice: the last one counts. */
static int
settle_env(struct spawnopt *o, struct buf *why)
{
	size_t n = 0;

	for (size_t i = 0; i < o->nenv; i++) {
		CLEANUP(free) char *name = strndup(o->env[i], strcspn(o->env[i], "="));
		CLEANUP(buf) struct buf b = BUF_INIT;
		const char *value;
		size_t k;

		if (!name)
			return refuse(why, ENOMEM, "no memory");
		if (!env_name_valid(name) || !utf8(o->env[i]))
			return refuse(why, EINVAL, "--env wants NAME or NAME=VALUE in UTF-8, not '%s'",
				o->env[i]);
		/* It would stand in job.json for ever. */
		if (secret_name(name, strlen(name)))
			return refuse(why, EPERM, "--env: '%s' is the name of a secret", name);
		value = o->env[i][strlen(name)] ? o->env[i] + strlen(name) + 1 : getenv(name);
		if (!value || !utf8(value))
			return refuse(why, EINVAL, value ? "--env: the value of '%s' is not UTF-8" :
				"--env: '%s' is not set", name);
		(void)buf_addf(&b, "%s=%s", name, value);	/* sticky: buf_steal tells */
		for (k = 0; k < n; k++)
			if (!strncmp(o->env[k], name, strlen(name)) && o->env[k][strlen(name)] == '=')
				break;
		o->env[k] = buf_steal(&b);
		n += k == n;
		if (!o->env[k])
			return refuse(why, ENOMEM, "no memory");
	}
	o->env[n] = NULL;
	o->order.env = o->env;
	return 0;
}

/* Where it runs. Any program may run where its user may; recipes hand the place to an agent. */
static int
settle_cwd(struct spawnopt *o, struct buf *why)
{
	const char *cwd = o->cwd ? o->cwd : ".";
	CLEANUP(fd) int fd = -1;

	if (!strcmp(o->order.recipe, RECIPE_COMMAND)) {
		fd = open(cwd, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		o->order.cwd = fd < 0 ? NULL : path_of_fd(fd);
		if (!o->order.cwd)
			return refuse(why, EINVAL, "cannot open directory '%s': %s", cwd, strerror(errno));
	} else {
		fd = guard_cwd_person(cwd, &o->order.cwd, why);
		if (fd < 0)
			return -1;
	}
	if (!utf8(o->order.cwd))
		return refuse(why, EINVAL, "the name of the directory is not UTF-8");
	if (workspace_find(o->order.cwd, &o->order.ws) < 0)
		return refuse(why, errno, "cannot look for a repository: %s", strerror(errno));
	return 0;
}

/* The limits that come with the environment. */
static int
settle_limits(struct spawnopt *o, struct buf *why)
{
	const char *slots = getenv("MAX_RUNNING_JOBS"), *depth = getenv("BRIDGE_DEPTH");
	int64_t n = 4;

	if (slots && *slots && num_parse(slots, 1, 100, &n) < 0)
		return refuse(why, EINVAL, "MAX_RUNNING_JOBS must be a number from 1 to 100, not '%s'",
			slots);
	o->order.slots = (int)n;
	n = 0;
	if (depth && *depth && num_parse(depth, 0, DEPTH_MAX, &n) < 0)
		return refuse(why, EINVAL, "BRIDGE_DEPTH must be a number, not '%s'", depth);
	o->order.depth = (int)n + 1;
	return 0;
}

static int
settle_what(struct spawnopt *o, struct buf *why)
{
	struct joborder *r = &o->order;
	CLEANUP(free) char *path = NULL;

	if (o->order.name && !utf8(o->order.name))
		return refuse(why, EINVAL, "--name is not UTF-8");
	if (o->order.name && !*o->order.name)
		return refuse(why, EINVAL, "--name is empty");
	for (char *const *a = r->argv; *a; a++)
		if (!utf8(*a))
			return refuse(why, EINVAL, "an argument is not UTF-8: '%s'", *a);
	if (!strcmp(r->recipe, RECIPE_COMMAND)) {
		if (!*r->argv)
			return refuse(why, EINVAL, "no program to run (see jobdir-spawn -h)");
		if (!**r->argv)
			return refuse(why, EINVAL, "the program's name is empty");
		return 0;
	}
	if (*r->argv)
		return refuse(why, EINVAL, "a recipe takes parameters, not a program: '%s'", *r->argv);
	r->argv = NULL;
	if (!recipe_valid(r->recipe))
		return refuse(why, EINVAL, "not the name of a recipe: '%s'", r->recipe);
	path = recipe_path(r->recipe);
	return path ? 0 : refuse(why, EINVAL, "no recipe '%s': it is in the data directory's recipes "
		"neither, nor in ~/.config/jobdir/recipes", r->recipe);
}

/* Ours start an agent, which can do nothing without one; a user's own may not. */
static bool
needs_prompt(const char *recipe)
{
	return !strcmp(recipe, "read") || !strcmp(recipe, "review") || !strcmp(recipe, "write");
}

int
spawnopt_resume(struct spawnopt *o, struct root *r, struct buf *why)
{
	struct resume *m = &o->resume;

	if (!m->which)
		return m->fork ? refuse(why, EINVAL, "--fork goes with --continue=JOB") : 0;
	if (root_open(r, false) < 0 && errno != ENOENT)
		return refuse(why, errno, "cannot open the state root: %s", strerror(errno));
	if (resume_find(m, r, o->cwd, why) < 0)
		return -1;
	if (!o->named)
		o->order.recipe = m->recipe;
	if (!o->cwd)
		o->cwd = m->cwd;
	o->order.which = m->which;
	o->order.fork = m->fork;
	o->order.continues = m->from.fd >= 0 ? m->from.id : NULL;
	return 0;
}

int
spawnopt_settle(struct spawnopt *o, struct buf *why)
{
	if (o->prompt && o->params && !strcmp(o->prompt, "-") && !strcmp(o->params, "-"))
		return refuse(why, EINVAL, "--prompt and --params cannot both be standard input");
	if (redactown_check(why) < 0)	/* better now than when the job is to begin */
		return -1;
	if (settle_what(o, why) < 0 || settle_limits(o, why) < 0 || settle_params(o, why) < 0 ||
	    settle_env(o, why) < 0 || settle_cwd(o, why) < 0)
		return -1;
	if (needs_prompt(o->order.recipe) && insandbox_no_network())
		return refuse(why, EPERM, INSANDBOX_WORDS);
	if (!o->prompt && needs_prompt(o->order.recipe))
		return refuse(why, EINVAL, "the recipe '%s' wants --prompt=FILE, '-' for standard input",
			o->order.recipe);
	if (!o->prompt)
		return 0;
	if (read_file(o->prompt, &o->prompt_text, PROMPT_MAX, why) < 0)
		return -1;
	if (!o->prompt_text.len && needs_prompt(o->order.recipe))
		return refuse(why, EINVAL, "the prompt '%s' is empty", o->prompt);
	o->order.prompt = o->prompt_text.p;
	o->order.prompt_len = o->prompt_text.len;
	return 0;
}
