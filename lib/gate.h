/* SPDX-License-Identifier: MIT */
/*
 * gate: the review gate of a workspace: what delegated jobs changed must be
 * reviewed before Codex ends its turn.
 *
 * Only the switch is stored, in workspaces/SLUG/gate.json. What is pending is
 * read from the jobs themselves, so no mark can be lost or be late: each write
 * job since the gate was enabled whose change has files, until there is a review
 * job of it that ended with success and whose prompt has exactly that patch in
 * it, or a person dismissed that very change.
 */
#ifndef JOBDIR_GATE_H
#define JOBDIR_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include "buf.h"
#include "jobroot.h"
#include "workspace.h"

struct jsonw;

#define GATE_JOBS 1000			/* newest jobs of a workspace that are looked at */

struct gate_change {
	char *id, *tree;		/* the job, its sealed tree */
	size_t files;
	bool unreadable;		/* its change cannot be read: pending until it is dismissed */
};

struct gate {
	char *cwd;			/* as it was asked about */
	struct workspace ws;
	struct root root;		/* perhaps empty */
	bool enabled;
	char *since;			/* stamp of when it was enabled, or NULL */
	struct buf dismissed;		/* "ID TREE" lines */
	struct gate_change *pending;	/* newest first */
	size_t n;
};

/*
 * Look. make: the state root is made. 0; -1 with why; errno EBADMSG: gate.json is
 * damaged, which a hook must take as closed. Release in any case.
 */
int gate_open(struct gate *g, const char *cwd, bool make, struct buf *why);
void gate_release(struct gate *g);

/* Switch; enabling again keeps what is pending and mends a damaged file. 0 or -1 with why. */
int gate_switch(struct gate *g, bool on, struct buf *why);
/* A person takes responsibility for a pending change. -1+ENOENT: it is not pending. */
int gate_dismiss(struct gate *g, const char *id, struct buf *why);

/* What Codex is told when its turn may not end yet. */
int gate_reason(const struct gate *g, struct buf *out);
/* Members of the state (no braces). */
void gate_write(struct jsonw *w, const struct gate *g);

#endif
