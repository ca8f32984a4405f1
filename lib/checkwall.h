/* SPDX-License-Identifier: MIT */
/*
 * checkwall: the walls that the checks of a job run behind. They run what the agent wrote, so
 * the walls are the agent's: its tree (a job without one: its workspace, to read), its home
 * and tmp, and nothing else of the person's.
 *
 *	char **walls = checkwall_make(&job, has_tree, by_hand, &why);
 *	char **argv = checkwall_argv(walls, command);	for each command
 *	strv_free() for both
 */
#ifndef JOBDIR_CHECKWALL_H
#define JOBDIR_CHECKWALL_H

#include <stdbool.h>

struct buf;
struct job;

/*
 * by_hand: we run outside the job's namespaces, which then protect nothing; unless a word says
 * otherwise (confineword.h) what this system can do is done. A malloc'd vector, or NULL with why:
 * EPERM the walls that are asked for cannot be had here, EINVAL an unknown word.
 */
char **checkwall_make(const struct job *j, bool has_tree, bool by_hand, struct buf *why);
/* The command behind them, malloc'd; NULL+ENOMEM. */
char **checkwall_argv(char *const *walls, char *const *command);

#endif
