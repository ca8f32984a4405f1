/* SPDX-License-Identifier: MIT */
/*
 * codexplugin: jobdir as a plugin of Codex, in a marketplace of its own: the
 * server, the hook of the review gate, the skills.
 *
 *	.agents/plugins/marketplace.json
 *	plugins/jobdir/.codex-plugin/plugin.json  .mcp.json  hooks/hooks.json
 *	plugins/jobdir/skills/NAME/SKILL.md
 *
 * The commands in it are this installation's, by their absolute paths: Codex
 * copies a plugin away, and expands nothing in .mcp.json.
 */
#ifndef JOBDIR_CODEXPLUGIN_H
#define JOBDIR_CODEXPLUGIN_H

struct buf;

/*
 * Write it below dir (NULL: $XDG_DATA_HOME/jobdir/codex, ~/.local/share/jobdir/codex).
 * Each file is replaced whole. The malloc'd absolute path of the marketplace; NULL with why.
 */
char *codexplugin_write(const char *dir, struct buf *why);

#endif
