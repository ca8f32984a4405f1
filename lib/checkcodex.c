/* SPDX-License-Identifier: MIT */
#include "checkcodex.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "checkup.h"
#include "codexconf.h"
#include "codexedit.h"
#include "codexfile.h"
#include "num.h"

#define ROW "codex config"
#define AGAIN "jobdir setup --write --force"

/* tool_timeout_sec of the section; 300, as Codex has it, where it says none. */
static int64_t
tool_timeout(const struct codexedit *e)
{
	const char *const path[] = { "mcp_servers", e->name, "tool_timeout_sec", NULL };
	char word[16] = "300";
	int64_t n;

	for (size_t i = 0; i < e->toml.n; i++) {
		const struct toml_item *t = &e->toml.items[i];
		size_t len = t->value_end - t->value;

		if (!toml_at(t, path) || len >= sizeof word)
			continue;
		memcpy(word, e->text + t->value, len);
		word[len] = '\0';
		word[strcspn(word, ".")] = '\0';	/* 600.0 */
	}
	return num_parse(word, 0, INT32_MAX, &n) ? 0 : n;
}

static int
look_at_section(struct checkup *c, const struct codexedit *e, const char *path)
{
	CLEANUP(free) char *command = codexedit_member(e, "command");
	CLEANUP(buf) struct buf older = BUF_INIT;
	int64_t timeout = tool_timeout(e);

	if (codexedit_older(e, &older))
		return -1;
	if (older.len && checkup_add(c, "older server", CHECKUP_WARN, "codex mcp remove NAME",
	    "'%s' offers tools of the same names", older.p) < 0)
		return -1;
	if (!codexedit_has(e))
		return checkup_add(c, ROW, CHECKUP_WARN, "jobdir setup --write",
			"no [mcp_servers." CODEXCONF_NAME "] in '%s' (the plugin has it elsewhere)", path);
	if (!command || (*command == '/' && faccessat(AT_FDCWD, command, X_OK, AT_EACCESS)))
		return checkup_add(c, ROW, CHECKUP_FAIL, AGAIN, "the server's command cannot be run: '%s'",
			command ? command : "none");
	if (timeout < CODEXCONF_TIMEOUT_SEC)
		return checkup_add(c, ROW, CHECKUP_WARN, AGAIN, "tool_timeout_sec is %lld: long waits are "
			"cut off; %d is right", (long long)timeout, CODEXCONF_TIMEOUT_SEC);
	return checkup_add(c, ROW, CHECKUP_OK, NULL, "%s", path);
}

int
checkcodex(struct checkup *c)
{
	CLEANUP(free) char *path = codexfile_global();
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct codexedit e = { .name = NULL };
	struct codexfile f = { .path = NULL };
	int got;

	if (!path)
		return checkup_add(c, ROW, CHECKUP_WARN, "export HOME",
			"neither CODEX_HOME nor HOME is set");
	if (codexfile_open(&f, path, false, &why))
		got = checkup_add(c, ROW, CHECKUP_FAIL, "mend the file, or move it away", "%s", why.p);
	else if (codexedit_open(&e, f.text.p, f.text.len, CODEXCONF_NAME, &why))
		got = checkup_add(c, ROW, CHECKUP_FAIL, "mend that line", "'%s': %s", path, why.p);
	else
		got = look_at_section(c, &e, path);
	codexedit_close(&e);
	codexfile_close(&f);
	return got;
}
