/* SPDX-License-Identifier: MIT */
#include "verifycmd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "checkspec.h"
#include "json.h"
#include "strv.h"
#include "wsconf.h"

/* Do the words begin with those of a rule ("npm run")? */
static bool
begins(char *const *words, const char *rule)
{
	size_t n;

	for (; *rule; rule += n + (rule[n] == ' ')) {
		n = strcspn(rule, " ");
		if (!*words || strlen(*words) != n || strncmp(*words, rule, n))
			return false;
		words++;
	}
	return true;
}

/* A word that is refused, also as a part of a script's name ("ci:deploy"). */
static const char *
refused(const struct json *d, int list, char *const *words)
{
	for (; *words; words++)
		for (int n = json_first(d, list); n >= 0; n = json_next(d, n)) {
			CLEANUP(free) char *bad = json_cstr(d, n);
			size_t len = bad ? strlen(bad) : 0;

			for (const char *p = *words; len && *p; p += strcspn(p, ":"), p += *p == ':')
				if (!strncmp(p, bad, len) && (!p[len] || p[len] == ':'))
					return *words;
		}
	return NULL;
}

int
verifycmd_check(const struct json *profiles, const struct wsconf *conf, const char *line,
	struct buf *why)
{
	int table = json_get(profiles, 0, "verify"), known = json_get(profiles, table, "commands");
	char **words = checkspec_words(line);
	const char *bad = NULL, *script = NULL;
	bool fits = false;

	if (!words) {
		(void)buf_addf(why, "verification_commands: '%s': %s", line, errno == ENOSYS ?
			"it needs a shell; give one plain command" : "empty, or a quote is not closed");
		return -1;
	}
	for (int n = json_first(profiles, known); n >= 0 && !fits; n = json_next(profiles, n)) {
		CLEANUP(free) char *rule = json_cstr(profiles, n);

		fits = rule && begins(words, rule);
	}
	if (fits)
		bad = refused(profiles, json_get(profiles, table, "refused"), words);
	if (fits && !bad)
		script = wsconf_refused(conf, words);
	if (script)
		(void)buf_addf(why, "verification_commands: '%s': the script '%s' is not in "
			"verification.allowedScripts of " WSCONF_FILE, line, script);
	else if (bad)
		(void)buf_addf(why, "verification_commands: '%s': '%s' is not permitted", line, bad);
	else if (!fits)
		(void)buf_addf(why, "verification_commands: '%s': not one of the commands that build or "
			"test (jobdir-task(1) lists them)", line);
	strv_free(words);
	return fits && !bad && !script ? 0 : -1;
}
