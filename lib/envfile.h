/* SPDX-License-Identifier: MIT */
/*
 * envfile: the optional ~/.config/jobdir/env.
 *
 * Lines NAME=VALUE, perhaps after "export"; blank lines and lines that begin
 * with '#' are skipped. Blanks around the value go; it may stand in single or
 * double quotes, which are taken off and mean nothing else: no escapes, no
 * expansion, no comment after a value. The real environment wins, also with an
 * empty value. Values of our variables are checked by the table in config.h.
 *
 * The file must be a regular file of ours that nobody else may write. A secret
 * (secret.h) never enters the environment: it goes where the caller says.
 */
#ifndef JOBDIR_ENVFILE_H
#define JOBDIR_ENVFILE_H

struct buf;

/*
 * Put what is no secret into the process's environment where it is not set;
 * append the secrets that are not set there to secrets (NULL: leave them),
 * each NAME=VALUE NUL, as env_secrets() does. 0 (also: no such file); or -1,
 * with why naming file, line and fault: EINVAL a fault of its text, EPERM its
 * owner or mode, others the system's.
 */
int envfile_load(struct buf *secrets, struct buf *why);

/* The secrets of our environment and of the file, together. As envfile_load(). */
int envfile_secrets(struct buf *secrets, struct buf *why);

/* The value of one, from the environment or else the list; NULL: neither has it, or empty. */
const char *envfile_secret(const struct buf *secrets, const char *name);

#endif
