/* SPDX-License-Identifier: MIT */
#include "nextaction.h"

#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "buf.h"
#include "jsonw.h"
#include "tool.h"

const char *const nextaction_default[] = {
	"claude_setup", "claude_task", "claude_job_wait", "claude_result", "claude_apply",
	"claude_cleanup", NULL
};

size_t
nextaction_defaults(void)
{
	return sizeof nextaction_default / sizeof *nextaction_default - 1;
}

static bool
enabled(const char *tool)
{
	const char *list = getenv("JOBDIR_ENABLED_TOOLS");
	size_t n = strlen(tool);

	if (!list || !*list) {
		for (const char *const *t = nextaction_default; *t; t++)
			if (!strcmp(*t, tool))
				return true;
		return false;
	}
	if (!strcmp(list, "all"))
		return true;
	for (const char *p = list; *p; p += strcspn(p, ",")) {
		p += strspn(p, ", ");
		if (!strncmp(p, tool, n) && (!p[n] || strchr(", ", p[n])))
			return true;
	}
	return false;
}

bool
nextaction_may(const char *tool)
{
	CLEANUP(free) char *cmd = NULL;
	struct tool t;

	if (!enabled(tool) || tool_load(&t, tool) < 0)
		return false;
	cmd = tool_command(&t);
	tool_release(&t);
	return cmd != NULL;
}

void
nextaction(struct jsonw *w, const char *tool, const char *reason, const char *cwd,
	const char *job_id, const char *more)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (!nextaction_may(tool))
		return;
	(void)buf_addstr(&b, "{\"cwd\":");	/* sticky */
	(void)jsonw_quote(&b, cwd, strlen(cwd));
	if (job_id)
		(void)buf_addf(&b, ",\"job_id\":\"%s\"", job_id);
	(void)buf_addf(&b, "%s}", more);
	if (buf_ok(&b))
		answer_action(w, tool, reason, b.p);
}
