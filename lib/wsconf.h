/* SPDX-License-Identifier: MIT */
/*
 * wsconf: what the owner of a workspace wrote about it, in
 * .codex-claude-delegate/environment.json (spec: the file of the reference
 * program). It comes with the repository, so it only ever restricts: which
 * scripts verify a change and for how long. The rest is counted and told.
 */
#ifndef JOBDIR_WSCONF_H
#define JOBDIR_WSCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "strv.h"

struct json;
struct jsonw;

#define WSCONF_FILE ".codex-claude-delegate/environment.json"
#define WSCONF_MAX (64u << 10)		/* bytes of it */

enum wsconf_count { WSCONF_LINKS, WSCONF_SPARSE, WSCONF_PASS, WSCONF_COUNTS };

struct wsconf {
	bool exists;
	bool restricted;		/* verification.allowedScripts is there, even empty */
	struct strv scripts;
	int64_t timeout_sec;		/* of a verification command; 0: not said */
	int64_t retention_days;		/* told, not used; 0: not said */
	size_t count[WSCONF_COUNTS];
	struct strv fields;		/* the top members there are */
	struct strv errors;		/* "FIELD: what is wrong"; none: it is in force */
	struct strv warnings;
};

/* Read it below the directory: 0, also if there is none or it is damaged (errors); -1+ENOMEM. */
int wsconf_read(struct wsconf *c, int cwd_fd);
/* Pure. Fills a zeroed c from the text; 0 or -1+ENOMEM. */
int wsconf_parse(struct wsconf *c, const char *text, size_t len);
void wsconf_release(struct wsconf *c);

/*
 * Does it let this script verify (words of a command: "npm run NAME", "npm
 * test" is the script test)? NULL: yes, or no script of a package; else its name.
 */
const char *wsconf_refused(const struct wsconf *c, char *const *words);

/* As a member of an answer, bounded: no value of a command is in it. */
void wsconf_write(struct jsonw *w, const char *member, const struct wsconf *c);

#endif
