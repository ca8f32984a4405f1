/* SPDX-License-Identifier: MIT */
/* landed: records of landings, numbered; each is written once. */
#include "landed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "jobname.h"
#include "json.h"
#include "numbered.h"
#include "planjson.h"
#include "store.h"

#define RECORD_MAX ((size_t)256 << 20)

int
landed_record(int jobfd, const struct plan *p, const char *token, bool complete,
	const char *confirmed)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int dir = store_mkdir(jobfd, JOB_APPLY);
	char at[CLOCK_STAMP];
	struct jsonw w;
	size_t total;

	clock_stamp(at, clock_wall_ms());
	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_mstr(&w, "token", token);
	jsonw_mstr(&w, "at", at);
	jsonw_mstr(&w, "workspace", p->workspace);
	jsonw_mbool(&w, "complete", complete);
	jsonw_mstr(&w, "confirmed", confirmed);
	jsonw_key(&w, "files");
	planjson_files(&w, p, 0, (size_t)1 << 40, &total);
	jsonw_end(&w);
	buf_addch(&text, '\n');
	return dir < 0 ? -1 : numbered_put(dir, "landed", &text);
}

/* Does this record say that nothing was left out? A damaged one does not. */
static int
says_complete(int dir, const char *name)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d = { 0 };
	int rc;

	if (store_read(dir, name, &text, RECORD_MAX) < 0)
		return -1;
	rc = json_parse(&d, text.p, text.len, NULL) == JSON_OK &&
		json_get_bool(&d, 0, "complete", false);
	json_release(&d);
	return rc;
}

int
landed_look(int jobfd)
{
	CLEANUP(dir) DIR *d = NULL;
	enum landed is = LANDED_NONE;
	struct dirent *e;
	int fd = store_opendir(jobfd, JOB_APPLY), rc;

	if (fd < 0)
		return errno == ENOENT ? LANDED_NONE : -1;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);	/* only read from */
		return -1;
	}
	while (is != LANDED_ALL && (errno = 0, e = readdir(d))) {
		if (strncmp(e->d_name, "landed-", 7))
			continue;
		rc = says_complete(dirfd(d), e->d_name);
		if (rc < 0)
			return -1;
		is = rc ? LANDED_ALL : LANDED_PART;
	}
	return is != LANDED_ALL && errno ? -1 : (int)is;
}
