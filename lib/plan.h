/* SPDX-License-Identifier: MIT */
/*
 * plan: what landing a change would do, decided from facts. Pure.
 *
 * For every path of a change three things are known: what the job started
 * from (base), what it left (job), and what is in the workspace now. From
 * those, and from nothing else, follows one operation or one reason why not.
 * Gathering the facts is survey.h; doing it is journal.h.
 *
 *	plan_add() every path; facts filled in; plan_sort();
 *	plan_decide(); plan_settle(); plan_token();
 *
 * A plan owns its strings. Entries are in byte order of their paths.
 */
#ifndef JOBDIR_PLAN_H
#define JOBDIR_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "buf.h"

#define PLAN_HASH 32			/* SHA-256 */
#define PLAN_TOKEN 65			/* its hex and a NUL */

enum plan_kind { PLAN_ABSENT, PLAN_FILE, PLAN_LINK, PLAN_DIR, PLAN_OTHER };

/* What is, was or will be at a path. */
struct plan_thing {
	enum plan_kind kind;
	bool exec;			/* files only */
	uint64_t size;			/* of the bytes; of a link's target */
	unsigned char hash[PLAN_HASH];	/* of the bytes; of a link's target */
};

enum plan_op {
	PLAN_CONFLICT,			/* cannot be landed: see why */
	PLAN_ALREADY,			/* the workspace has it */
	PLAN_ADD, PLAN_MODIFY, PLAN_DELETE,
	PLAN_LEFT,			/* not part of this landing (--only, refused) */
	PLAN_OPS
};

enum plan_how {
	PLAN_COPY,			/* the job's bytes */
	PLAN_MERGE,			/* merged with what changed here */
	PLAN_KEEP,			/* the workspace's bytes with the job's mode */
};

enum plan_why {
	PLAN_OK,
	PLAN_MODIFIED,			/* differs here from what the job started with */
	PLAN_DELETED,			/* gone here */
	PLAN_SPARSE,			/* a sparse checkout leaves it out here */
	PLAN_ADDED,			/* tracked here, and not what the job made */
	PLAN_UNTRACKED, PLAN_IGNORED,	/* the same, not known to git */
	PLAN_TYPE,			/* file here, link there, or the like */
	PLAN_PARENT_FILE,		/* a parent of it is a file */
	PLAN_PARENT_LINK,		/* a parent of it is a symbolic link */
	PLAN_IS_DIR,			/* a directory is in the way */
	PLAN_CASE,			/* a sibling differs by case or normal form only */
	PLAN_SUBMODULE,
	PLAN_LINK_ESCAPES,		/* absolute, out of the tree, or into .git */
	PLAN_BAD_PATH,			/* could never be checked out */
	PLAN_MERGE_FAILED,		/* the two changes overlap */
	PLAN_UNREADABLE,		/* the workspace's file cannot be read */
	PLAN_WHYS
};

/* What a person must name (accept) before it is landed. */
enum plan_ask {
	PLAN_ASK_RUNS = 1 << 0,		/* runs by itself */
	PLAN_ASK_SCOPE = 1 << 1,	/* outside what the job was allowed to change */
	PLAN_ASK_REFUSED = 1 << 2,	/* never part of a change: land the rest without it */
	PLAN_ASK_COUNT = 1 << 3,	/* more files than the job was allowed; path "." */
};

enum plan_parent { PLAN_PARENT_OK, PLAN_PARENT_MISSING, PLAN_PARENT_IS_FILE, PLAN_PARENT_IS_LINK };
enum plan_merge { PLAN_MERGE_NONE, PLAN_MERGE_CLEAN, PLAN_MERGE_OVERLAP, PLAN_MERGE_BINARY };

struct plan_entry {
	char *path;			/* bytes, relative to the workspace, NUL-terminated */
	unsigned old_mode, new_mode;	/* git's: 0, 0100644, 0100755, 0120000, 0160000 */
	char *old_oid, *new_oid;	/* hex; NULL where the mode is 0 */

	/* facts */
	struct plan_thing base, job, now;
	enum plan_parent parent;
	size_t block;			/* length of the parent that blocks */
	char *sibling;			/* path of a case-only sibling, or NULL */
	bool tracked, sparse, ignored, submodule, link_escapes, unreadable;
	bool modeless;			/* here the executable bit says nothing (core.fileMode=false) */
	bool crlf;			/* checked out with CRLF: base and job are told so too */
	bool dir_empties;		/* the directory in the way holds only what is deleted */
	enum plan_merge merge;
	struct plan_thing merged;
	unsigned ask;			/* enum plan_ask */
	bool accepted;			/* the asks of this path are answered */
	bool left;			/* not wanted this time */
	char *note;			/* for people: why refused, … or NULL */

	/* decided */
	enum plan_op op;
	enum plan_how how;
	enum plan_why why;
	struct plan_thing then;		/* what is there after landing */
	struct buf text;		/* bytes to land where they are not a blob (merge, crlf) */
};

struct plan {
	struct plan_entry *e;
	size_t n, cap;
	char *job;			/* its id */
	char *base_tree, *sealed_tree;
	char *workspace;		/* absolute path */
};

struct plan_count {
	size_t op[PLAN_OPS];
	size_t conflicts;		/* entries that stop the landing, asks included */
	size_t asks;			/* of those, the ones that only need accepting */
	size_t writes;			/* add + modify + delete */
};

void plan_init(struct plan *p);
void plan_release(struct plan *p);
/* A new entry with a copy of path; NULL+ENOMEM. Earlier pointers become invalid. */
struct plan_entry *plan_add(struct plan *p, const char *path, size_t len);
/* Sort by path. -1+EBADMSG if a path occurs twice. */
int plan_sort(struct plan *p);
struct plan_entry *plan_find(const struct plan *p, const char *path, size_t len);

bool plan_same(const struct plan_thing *a, const struct plan_thing *b);
/* Both sides changed the bytes of a regular file: a merge must be tried before plan_decide(). */
bool plan_wants_merge(const struct plan_entry *e);

/* Decide one entry by its own facts, then what depends on other entries. */
void plan_decide_entry(struct plan_entry *e);
void plan_decide(struct plan *p);
void plan_settle(struct plan *p);

/* Does this entry stop the landing? */
bool plan_stops(const struct plan_entry *e);
void plan_count(const struct plan *p, struct plan_count *c);

/*
 * The token: SHA-256 over the job, both trees, the workspace and, for every
 * entry in order, path, operation, modes, oids, what is there now and what
 * will be. Not over what was accepted: accepting changes no byte of the plan.
 */
void plan_token(const struct plan *p, char out[PLAN_TOKEN]);

/* Words: "add", "directory in the way", … */
const char *plan_op_name(enum plan_op op);
const char *plan_why_name(enum plan_why why);	/* stable, snake case: "parent_is_file" */
const char *plan_why_text(enum plan_why why);	/* for people */
const char *plan_ask_text(unsigned ask);

/* May a symbolic link at path with this target be landed? Lexical. */
bool plan_link_safe(const char *path, const char *target, size_t len);
/* Could this path be in a change at all: clean, and no component that git reads as .git? */
bool plan_path_ok(const char *path, size_t len);

/*
 * Text with only LF, to CRLF. plan_eol() tells what a text has: 0 none or mixed or
 * binary, '\n' LF throughout, '\r' CRLF throughout.
 */
int plan_eol(const char *p, size_t len);
int plan_to_crlf(struct buf *out, const char *p, size_t len);

#endif
