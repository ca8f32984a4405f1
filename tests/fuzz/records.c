/* SPDX-License-Identifier: MIT */
/*
 * records: any bytes as a file of a job. The first byte says which: job.json,
 * end.json, state.json, changes.json, result.json, cancel. Whatever is in it,
 * the job is refused or told of in valid JSON and in lines without controls.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "change.h"
#include "job.h"
#include "json.h"
#include "jsonw.h"
#include "lock.h"
#include "show.h"
#include "store.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())
#define GOOD "{\"format\":1,\"id\":\"job-20261121-095000-aaaaaaaa\",\"recipe\":\"write\"}"

static const char *const names[] = {
	JOB_JSON, JOB_END, JOB_STATE, JOB_CHANGES, JOB_RESULT, JOB_CANCEL,
};

/* A directory that has no name any more, and a lock in it that we hold: the job lives. */
static int
make_dir(void)
{
	char path[] = "/tmp/fuzz-records-XXXXXX";
	int fd, lock;

	MUST(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(fd >= 0);
	lock = openat(fd, JOB_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	MUST(lock >= 0 && lock_try(lock, true) >= 0);
	return fd;
}

static void
put(int dir, const char *name, const void *p, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	MUST(fd >= 0 && write(fd, p, len) == (ssize_t)len && !close(fd));
}

static void
tell(struct job *j)
{
	struct buf out = BUF_INIT;
	struct job_status st;
	struct jsonw w;
	struct json d;

	if (job_status(j, NULL, &st) < 0)
		return;
	jsonw_init(&w, &out);
	if (!show_job_json(&w, j, &st)) {
		MUST(json_parse(&d, out.p, out.len, NULL) == JSON_OK);
		json_release(&d);
	}
	buf_reset(&out);
	if (!show_job(&out, j, &st))
		for (size_t i = 0; i < out.len; i++)
			MUST(out.p[i] == '\n' || ((unsigned char)out.p[i] >= 32 && out.p[i] != 127));
	job_status_release(&st);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	static int dir = -1;
	const char *name;
	struct change c;
	struct job j;

	if (!len)
		return 0;
	if (dir < 0)
		dir = make_dir();
	name = names[p[0] % (sizeof names / sizeof *names)];
	put(dir, JOB_JSON, GOOD, sizeof GOOD - 1);
	put(dir, name, p + 1, len - 1);
	if (!job_open_fd(&j, fcntl(dir, F_DUPFD_CLOEXEC, 0), "/x")) {
		tell(&j);
		job_close(&j);
	}
	if (!change_read(dir, &c, NULL))
		change_release(&c);
	MUST(!unlinkat(dir, name, 0));
	return 0;
}
