/* SPDX-License-Identifier: MIT */
/*
 * secret: does a name (of a variable, a JSON member, a header) promise a
 * secret? Pure; one answer for the environment and for the redactor.
 *
 * Decided by the words of the name, not by substrings: GIT_AUTHOR_NAME and
 * KEYBOARD are not secrets, DB_PWD and openaiApiKey are. Names of places and
 * sizes (…_FILE, …_PATH, …_SOCK, MAX_…_TOKENS) are not.
 */
#ifndef JOBDIR_SECRET_H
#define JOBDIR_SECRET_H

#include <stdbool.h>
#include <stddef.h>

bool secret_name(const char *name, size_t len);

#endif
