/* SPDX-License-Identifier: MIT */
#include "recipe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "buf.h"
#include "home.h"

bool
recipe_valid(const char *name)
{
	size_t n = strlen(name);

	return n && n <= 64 && *name != '-' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* DIR/recipes/NAME if that is a file. Takes dir. */
static char *
in_dir(char *dir, const char *name)
{
	CLEANUP(free) char *d = dir;
	CLEANUP(free) char *path = NULL;
	struct stat st;

	if (!d || asprintf(&path, "%s/recipes/%s", d, name) < 0)
		return NULL;
	if (stat(path, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = ENOENT;
		return NULL;
	}
	return steal_ptr(&path);
}

char *
recipe_path(const char *name)
{
	char *path;

	if (!recipe_valid(name) || !strcmp(name, RECIPE_COMMAND)) {
		errno = EINVAL;
		return NULL;
	}
	path = in_dir(home_data(), name);
	return path || errno != ENOENT ? path : in_dir(home_config(), name);
}
