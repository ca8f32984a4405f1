/* SPDX-License-Identifier: MIT */
#include "faulttask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

struct task *
task_find(struct tasks *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->p[i]->pid == pid)
			return t->p[i];
	return NULL;
}

struct task *
task_add(struct tasks *t, pid_t pid)
{
	struct task *new = calloc(1, sizeof(*new));

	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 16;
		t->p = realloc(t->p, t->cap * sizeof(struct task *));
	}
	if (!new || !t->p)
		die_sys("no memory");
	new->pid = pid;
	new->nr = -1;
	t->p[t->n++] = new;
	return new;
}

void
task_gone(struct tasks *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->p[i]->pid == pid) {
			free(t->p[i]->role);
			free(t->p[i]);
			t->p[i] = t->p[--t->n];
			return;
		}
}

void
task_name(struct task *t, const char *role)
{
	free(t->role);
	t->role = strdup(role);
	if (!t->role)
		die_sys("no memory");
}

void
task_child(struct task *parent, struct task *child)
{
	free(child->role);
	if (asprintf(&child->role, "%s.%u", parent->role, parent->children++) < 0)
		die_sys("no memory");
}
