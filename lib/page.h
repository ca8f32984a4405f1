/* SPDX-License-Identifier: MIT */
/*
 * page: long things in pieces: members offset, total, next_offset and the piece.
 */
#ifndef JOBDIR_PAGE_H
#define JOBDIR_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct change;
struct jsonw;

#define PAGE_BYTES 6000			/* of text: below 10 kB when every byte is escaped once */

/*
 * Text: bytes of memory, or of a file beneath dirfd (absent: empty). Cut on a
 * character, control characters removed; offsets are bytes of the original.
 * quoted: a diff, which stays as it is otherwise (answer_quoted()).
 * 0, or -1+EINVAL for an offset beyond the end, or -1+errno.
 */
int page_text(struct jsonw *w, const char *p, size_t len, int64_t offset);
int page_file(struct jsonw *w, int dirfd, const char *name, int64_t offset, bool quoted);

/*
 * The last lines of an open file, at most max bytes of them, control characters removed,
 * appended as text; told: before them how much is left out. 0, or -1: it cannot be read.
 */
int page_tail(struct buf *out, int fd, size_t max, bool told);

/* The files of a change; offsets count files. */
int page_files(struct jsonw *w, const struct change *c, int64_t offset);

#endif
