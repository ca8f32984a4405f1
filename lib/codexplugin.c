/* SPDX-License-Identifier: MIT */
#include "codexplugin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "codexconf.h"
#include "codexplan.h"
#include "home.h"
#include "jsonw.h"
#include "shquote.h"
#include "store.h"

#define SKILL_MAX (64u << 10)
#define HOOK_TIMEOUT_SEC 900		/* the gate may run the review itself */

static const char *const skills[] = { "claude-delegate", "claude-review", "claude-rescue" };

static int
put(const char *dir, const char *sub, const char *name, const struct buf *text)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	CLEANUP(fd) int fd = -1;

	if (!buf_ok(text) || buf_addf(&path, "%s/%s", dir, sub))
		return -1;
	fd = store_mkpath(path.p);
	return fd < 0 ? -1 : store_replace(fd, name, text->p, text->len, 0);
}

static void
interface(struct jsonw *w)
{
	jsonw_key(w, "interface");
	jsonw_object(w);
	jsonw_mstr(w, "displayName", "jobdir");
	jsonw_mstr(w, "shortDescription", "Delegate coding tasks to Claude Code");
	jsonw_mstr(w, "category", "Coding");
	jsonw_end(w);
}

static int
put_marketplace(const char *dir)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_mstr(&w, "name", "jobdir");
	jsonw_key(&w, "interface");
	jsonw_raw(&w, "{\"displayName\":\"jobdir\"}", 24);
	jsonw_key(&w, "plugins");
	jsonw_array(&w);
	jsonw_object(&w);
	jsonw_mstr(&w, "name", "jobdir");
	jsonw_key(&w, "source");
	jsonw_object(&w);
	jsonw_mstr(&w, "source", "local");
	jsonw_mstr(&w, "path", "./plugins/jobdir");
	jsonw_end(&w);
	jsonw_key(&w, "policy");
	jsonw_object(&w);
	jsonw_mstr(&w, "installation", "AVAILABLE");
	jsonw_mstr(&w, "authentication", "ON_INSTALL");
	jsonw_end(&w);
	jsonw_mstr(&w, "category", "Coding");
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	(void)buf_addch(&out, '\n');
	return put(dir, ".agents/plugins", "marketplace.json", &out);
}

static int
put_manifest(const char *dir)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_mstr(&w, "name", "jobdir");
	jsonw_mstr(&w, "version", JOBDIR_VERSION);
	jsonw_mstr(&w, "description", "Delegate coding tasks to Claude Code as background jobs in "
		"isolated trees; preview and land what they changed.");
	jsonw_mstr(&w, "license", "MIT");
	jsonw_mstr(&w, "skills", "./skills/");
	jsonw_mstr(&w, "mcpServers", "./.mcp.json");
	jsonw_mstr(&w, "hooks", "./hooks/hooks.json");
	interface(&w);
	jsonw_end(&w);
	(void)buf_addch(&out, '\n');
	return put(dir, "plugins/jobdir/.codex-plugin", "plugin.json", &out);
}

static int
put_server(const char *dir, const struct codexconf *c)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_key(&w, "mcpServers");
	jsonw_object(&w);
	jsonw_key(&w, CODEXCONF_NAME);
	codexconf_json(&w, c);
	jsonw_end(&w);
	jsonw_end(&w);
	(void)buf_addch(&out, '\n');
	return put(dir, "plugins/jobdir", ".mcp.json", &out);
}

static int
put_hook(const char *dir)
{
	CLEANUP(free) char *gate = home_command("gate");
	CLEANUP(buf) struct buf out = BUF_INIT, line = BUF_INIT;
	struct jsonw w;

	if (!gate)
		return -1;
	(void)shquote(&line, gate);	/* sticky, as what follows */
	(void)buf_addstr(&line, " --hook");
	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_key(&w, "hooks");
	jsonw_object(&w);
	jsonw_key(&w, "Stop");
	jsonw_array(&w);
	jsonw_object(&w);
	jsonw_key(&w, "hooks");
	jsonw_array(&w);
	jsonw_object(&w);
	jsonw_mstr(&w, "type", "command");
	jsonw_mstr(&w, "command", line.p);
	jsonw_mint(&w, "timeout", HOOK_TIMEOUT_SEC);
	jsonw_mstr(&w, "statusMessage", "jobdir review gate");
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	(void)buf_addch(&out, '\n');
	return buf_ok(&line) ? put(dir, "plugins/jobdir/hooks", "hooks.json", &out) : -1;
}

static int
put_skills(const char *dir)
{
	CLEANUP(free) char *data = home_data();

	for (size_t i = 0; data && i < sizeof skills / sizeof *skills; i++) {
		CLEANUP(buf) struct buf from = BUF_INIT, to = BUF_INIT, text = BUF_INIT;
		CLEANUP(fd) int fd = -1;

		if (buf_addf(&from, "%s/plugin/skills/%s", data, skills[i]) ||
		    buf_addf(&to, "plugins/jobdir/skills/%s", skills[i]))
			return -1;
		fd = open(from.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || store_read(fd, "SKILL.md", &text, SKILL_MAX) ||
		    put(dir, to.p, "SKILL.md", &text))
			return -1;
	}
	return data ? 0 : -1;
}

static char *
default_dir(void)
{
	const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	CLEANUP(buf) struct buf b = BUF_INIT;

	errno = ENOENT;
	if (xdg && *xdg == '/')
		(void)buf_addf(&b, "%s/jobdir/codex", xdg);
	else if (home && *home == '/')
		(void)buf_addf(&b, "%s/.local/share/jobdir/codex", home);
	else
		return NULL;
	return buf_steal(&b);
}

/* What was named, as an absolute path. */
static char *
absolute(const char *dir)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	CLEANUP(free) char *here = NULL;

	if (*dir == '/')
		return strdup(dir);
	here = getcwd(NULL, 0);
	return !here || buf_addf(&b, "%s/%s", here, dir) ? NULL : buf_steal(&b);
}

char *
codexplugin_write(const char *dir, struct buf *why)
{
	CLEANUP(free) char *at = dir ? absolute(dir) : default_dir();
	CLEANUP(buf) struct buf others = BUF_INIT;
	struct codexconf c = { .name = NULL };

	if (!at || codexplan_fill(&c, NULL, NULL, 0, &others, why)) {
		if (!why->len)
			(void)buf_addf(why, "cannot tell what to write: %s", strerror(errno));
		return NULL;
	}
	/* The marketplace last: where it is, the plugin is whole. */
	if (put_skills(at) || put_manifest(at) || put_server(at, &c) || put_hook(at) ||
	    put_marketplace(at)) {
		(void)buf_addf(why, "cannot write the plugin below '%s': %s", at, strerror(errno));
		cleanup_free(&at);
		at = NULL;
	}
	codexplan_release(&c);
	return steal_ptr(&at);
}
