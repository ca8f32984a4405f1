/* SPDX-License-Identifier: MIT */
/*
 * buf: growing bytes.
 *
 * Invariant: b->p is always a valid NUL-terminated string (b->p[b->len] ==
 * '\0'), also when empty; the bytes themselves may contain NUL. Initialise
 * with BUF_INIT; release with buf_release(). An allocation failure or a size
 * overflow returns -1 with errno ENOMEM and sets the sticky b->failed, so a
 * long run of buf_add*() may be checked once at its end with buf_ok(). A
 * failed buffer keeps the bytes it had and refuses more.
 */
#ifndef JOBDIR_BUF_H
#define JOBDIR_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *p;
	size_t len;
	size_t cap;		/* 0: p is not ours to free */
	bool failed;
};

extern char buf_empty[];	/* what an empty buffer points to */
#define BUF_INIT { .p = buf_empty, .len = 0, .cap = 0, .failed = false }

void buf_init(struct buf *b);
void buf_release(struct buf *b);		/* free; b is as after BUF_INIT */
void buf_reset(struct buf *b);			/* len = 0, keeps memory, clears failed */
bool buf_ok(const struct buf *b);

int buf_grow(struct buf *b, size_t extra);	/* room for extra bytes and a NUL */
int buf_add(struct buf *b, const void *p, size_t len);
int buf_addstr(struct buf *b, const char *s);
int buf_addch(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *fmt, va_list ap);
void buf_setlen(struct buf *b, size_t len);	/* len <= b->len: cut */
void buf_remove(struct buf *b, size_t pos, size_t n);	/* close the gap */
char *buf_steal(struct buf *b);			/* malloc'd string; NULL+ENOMEM; b emptied */

/* Read fd to EOF, appending; at most max bytes in all, else -1 with EFBIG. */
int buf_read(struct buf *b, int fd, size_t max);

/*
 * CLEANUP(free|buf|fd|dir|file): release a variable when it leaves scope.
 * errno is preserved; cleanup_fd() leaves -1. steal_fd(&x) hands a
 * descriptor over (x becomes -1).
 */
void cleanup_free(void *p);
void cleanup_buf(struct buf *b);
void cleanup_fd(int *fd);
void cleanup_dir(void *dirp);			/* DIR ** */
void cleanup_file(void *filep);			/* FILE ** */
#define CLEANUP(kind) __attribute__((cleanup(cleanup_##kind)))
int steal_fd(int *fd);
void *steal_ptr(void *pp);			/* pp: T **; returns *pp, sets NULL */

#endif
