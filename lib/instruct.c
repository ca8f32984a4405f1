/* SPDX-License-Identifier: MIT */
#include "instruct.h"

#include <stddef.h>
#include <string.h>

/* Codex shows models only the first line, cut to 247 characters, before a tool is used. */
static const char instructions[] =	/* toolset delegate, all */
	"Delegate coding tasks to Claude Code as background jobs: read, review or change code in "
	"an isolated worktree, then preview and apply the change.\n"
	"Start with claude_task. waiting: true means that the job goes on: call claude_job_wait, "
	"never start a duplicate. claude_result of a finished write job has the plan and its "
	"preview_token: show the plan, and call claude_apply only after the user agreed. If "
	"something is refused, claude_setup says what is missing.";
_Static_assert(sizeof instructions <= 600, "repeated for every tool");
static const char worker_instructions[] =
	"Delegate coding tasks to Claude Code as background jobs: it edits an isolated worktree, "
	"checks verify the change, and verified work lands by itself.\n"
	"start returns a job_id at once; wait for it, never start a duplicate. Give scoped_patch and "
	"checks, so that no model decides whether the work is done. get has the result again, tail the "
	"log, cancel ends a job; apply previews and lands what did not land by itself, only after the "
	"user agreed. analyze asks a cheap model about files without starting a job.";
_Static_assert(sizeof worker_instructions <= 600, "repeated for every tool");

const char *
instruct_text(const char *toolset)
{
	return toolset && !strcmp(toolset, "worker") ? worker_instructions : instructions;
}
