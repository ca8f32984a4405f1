/* SPDX-License-Identifier: MIT */
#include "home.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "t.h"

static void
is_freed(char *got, const char *want, const char *what)
{
	IS(got, want, what);
	free(got);
}

int
main(void)
{
	char *bin = home_bin(), *cmd = home_command("wait"), *data;
	struct stat a, b;

	OK(bin && *bin == '/' && !stat(bin, &a) && S_ISDIR(a.st_mode), "where we are");
	OK(cmd && bin && !strncmp(cmd, bin, strlen(bin)) && !strcmp(cmd + strlen(bin), "/jobdir-wait"),
		"a command beside us");
	unsetenv("JOBDIR_DATA");
	data = home_data();	/* build/VARIANT/unit/home: the build tree's lib */
	OK(data && !stat(data, &a) && !stat("lib", &b) && a.st_ino == b.st_ino,
		"the data of the build tree (run from its top)");
	free(data);
	setenv("JOBDIR_DATA", "/some/where", 1);
	is_freed(home_data(), "/some/where", "JOBDIR_DATA");

	setenv("HOME", "/home/u", 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("JOBDIR_STATE");
	is_freed(home_state(), "/home/u/.local/state/jobdir", "state below HOME");
	is_freed(home_config(), "/home/u/.config/jobdir", "configuration below HOME");
	setenv("XDG_STATE_HOME", "/x/s", 1);
	setenv("XDG_CONFIG_HOME", "/x/c", 1);
	is_freed(home_state(), "/x/s/jobdir", "XDG_STATE_HOME");
	is_freed(home_config(), "/x/c/jobdir", "XDG_CONFIG_HOME");
	setenv("XDG_STATE_HOME", "relative", 1);
	is_freed(home_state(), "/home/u/.local/state/jobdir", "a relative XDG_STATE_HOME is ignored");
	setenv("JOBDIR_STATE", "/j", 1);
	is_freed(home_state(), "/j", "JOBDIR_STATE");
	setenv("JOBDIR_STATE", "j", 1);
	OK(!home_state() && errno == EINVAL, "a relative JOBDIR_STATE is refused");
	setenv("JOBDIR_STATE", "", 1);
	unsetenv("HOME");
	OK(!home_state() && errno == EDESTADDRREQ, "no HOME, no state");
	free(bin);
	free(cmd);
	return t_done();
}
