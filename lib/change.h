/* SPDX-License-Identifier: MIT */
/*
 * change: what a job changed, and changes.json. The only code that knows the
 * members of that file.
 *
 * A change is a base tree and a sealed tree in ctl.git, and the list of files
 * in which they differ. Their objects are read with tree_object() (tree.h);
 * the whole is made by change_of() (seal.h). Paths are bytes, relative to the
 * top level of the repository, in byte order; they are clean (path_is_clean())
 * and have no component that any file system would take for ".git". Object
 * ids are hex strings; "" where there is no object.
 */
#ifndef JOBDIR_CHANGE_H
#define JOBDIR_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "buf.h"
#include "git.h"
#include "mark.h"

struct job;
struct jsonw;

struct change_file {
	char *path;			/* bytes, NUL-terminated, never contains NUL */
	char status;			/* A M D T (T: file <-> symlink) */
	unsigned old_mode, new_mode;	/* enum git_mode; 0 where absent */
	char old[GIT_OID_MAX + 1];	/* blobs; "" where absent */
	char new[GIT_OID_MAX + 1];
	bool binary;
	int64_t added, deleted;		/* lines; 0 when binary */
	unsigned marks;			/* enum change_mark */
};

struct change_rename {
	char *from, *to;
	int similarity;			/* percent */
};

struct change_reason {			/* refused and left out by name */
	char *path;
	char *reason;			/* a few words: "nested repository", "fifo" */
};

struct change {
	char commit[GIT_OID_MAX + 1];	/* the user's commit the job started from */
	char base[GIT_OID_MAX + 1];	/* base tree (of the snapshot, if it is one) */
	char tree[GIT_OID_MAX + 1];	/* sealed tree; equals base: nothing changed */
	char format[8];			/* "sha1", "sha256" */
	bool snapshot;
	bool sealed;			/* false: the state so far, nothing recorded */
	struct change_file *files;
	size_t nfiles;
	struct change_rename *renames;	/* display only: files is the truth */
	size_t nrenames;
	int64_t added, deleted;		/* sums */
	struct change_reason *refused;	/* in the tree, never part of the change */
	size_t nrefused;
	struct change_reason *special;	/* fifo, socket, device: left out */
	size_t nspecial;
	char **ignored;			/* first names of what the base's .gitignore ignores */
	size_t nignored;
	size_t ignored_total;
	char **notes;
	size_t nnotes;
	int64_t patch_bytes;		/* changes.patch */
	char patch_sha256[65];
};

void change_init(struct change *c);
void change_release(struct change *c);

/*
 * Read changes.json. 0; -1 with errno ENOENT: not sealed; EPROTO: unknown
 * format; EBADMSG: damaged (why says how). Every member is checked.
 */
int change_read(int jobfd, struct change *c, struct buf *why);
/* Write it, once: 0, 1 it existed (ours is dropped), -1+errno. */
int change_put(int jobfd, const struct change *c);

/* The members of changes.json into an object being written (no braces). */
void change_write(struct jsonw *w, const struct change *c);
/* The array of file objects alone, elements from..from+n, for paged answers. */
void change_write_files(struct jsonw *w, const struct change *c, size_t from, size_t n);

/* The file with this path, or NULL. Binary search. */
const struct change_file *change_find(const struct change *c, const char *path);

/* The names of all marks set, as a JSON array. */
void change_write_marks(struct jsonw *w, unsigned marks);

/* Growing the lists; strings are copied. 0 or -1+ENOMEM. */
int change_add_string(char ***list, size_t *n, const char *s);
int change_add_reason(struct change_reason **list, size_t *n, const char *path,
	const char *reason);
int change_note(struct change *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * The change of a job: the sealed one if there is one; else computed from the
 * tree as it is, and, with seal, sealed: objects packed into ctl.git,
 * changes.patch and then changes.json written, once. Takes tree.lock shared
 * for as long as the tree is read. patch_fd (-1: not wanted) receives the
 * patch text; without seal nothing is left in the job.
 * 0; -1 with why and errno ENOENT: the job has no tree (never made, or cleaned
 * before it was sealed); EBUSY: the tree is being removed or taken over.
 */
int change_of(const struct job *j, bool seal, int patch_fd, struct change *c, struct buf *why);

/*
 * Rounds. After each run of the agent change_record() seals the change into attempt-N/ of
 * the newest attempt, once: changes.patch, changes.json, objects in ctl.git. While that is
 * the newest, it is what change_of() gives, and what it seals: whatever a check does to the
 * tree afterwards is no part of it, and no kill changes that. change_now() looks at
 * the tree as it is, whatever is recorded.
 */
int change_record(const struct job *j, struct change *c, struct buf *why);
int change_now(const struct job *j, struct change *c, struct buf *why);

#endif
