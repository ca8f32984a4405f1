/* SPDX-License-Identifier: MIT */
/*
 * envfile: any bytes as ~/.config/jobdir/env. What is taken as a secret has a
 * secret's name and never comes into the environment; a refusal names a line.
 */
#include "envfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "env.h"
#include "secret.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())

static char path[64];

static void
make_dir(void)
{
	char dir[] = "/tmp/fuzz-envfile-XXXXXX";

	MUST(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/jobdir", dir);
	MUST(!mkdir(path, 0700));
	strcat(path, "/env");
	MUST(!clearenv() && !setenv("XDG_CONFIG_HOME", dir, 1));
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	struct buf secrets = BUF_INIT, why = BUF_INIT;
	char *keep;
	int fd;

	if (!*path)
		make_dir();
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	MUST(fd >= 0 && write(fd, p, len) == (ssize_t)len && !close(fd));
	if (envfile_load(&secrets, &why))
		MUST(why.len);
	for (size_t i = 0; i < secrets.len; i += strlen(secrets.p + i) + 1) {
		char *name = strndup(secrets.p + i, strcspn(secrets.p + i, "="));

		MUST(name && env_name_valid(name) && secret_name(name, strlen(name)) && !getenv(name));
		free(name);
	}
	keep = strdup(getenv("XDG_CONFIG_HOME"));
	MUST(keep && !clearenv() && !setenv("XDG_CONFIG_HOME", keep, 1));
	free(keep);
	buf_release(&secrets);
	buf_release(&why);
	return 0;
}
