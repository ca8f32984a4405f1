/* SPDX-License-Identifier: MIT */
/*
 * home: where the parts of this installation are.
 *
 * Found from /proc/self/exe, so that a build tree and any install prefix work
 * alike: commands in the directory of the running binary; data in
 * ../share/jobdir beside it, else ../lib (the build tree), else ../../../lib
 * (an instrumented build). $JOBDIR_DATA overrides the data directory.
 */
#ifndef JOBDIR_HOME_H
#define JOBDIR_HOME_H

/* malloc'd absolute path of the directory of our commands, or NULL+errno. */
char *home_bin(void);
/* malloc'd absolute path of DIR/"jobdir-NAME". */
char *home_command(const char *name);
/* malloc'd absolute path of the data directory (recipes/ tools/ prompts/). */
char *home_data(void);
/* malloc'd "$XDG_CONFIG_HOME/jobdir" or "$HOME/.config/jobdir"; NULL+ENOENT without HOME. */
char *home_config(void);
/* malloc'd state root, by the rule of state-layout.md; NULL+EDESTADDRREQ without HOME, EINVAL if relative. */
char *home_state(void);

#endif
