/* SPDX-License-Identifier: MIT */
/*
 * base64: reading file names back that jsonw_mpath() wrote.
 */
#ifndef JOBDIR_BASE64_H
#define JOBDIR_BASE64_H

struct buf;
struct json;

/* Decode standard base64, appended. 0; -1: not base64, or ENOMEM. */
int base64_decode(const char *s, struct buf *out);

/*
 * Member NAME of an object as exact bytes: NAME_base64 if there is one, else
 * the string NAME. malloc'd without NUL bytes inside, or NULL.
 */
char *json_get_path(const struct json *d, int obj, const char *name);

#endif
