/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "t.h"

static int
count(const struct metric *m, void *arg)
{
	*(int64_t *)arg += m->input_tokens;
	return 0;
}

static void
test_round(void)
{
	struct buf line CLEANUP(buf) = BUF_INIT, keep CLEANUP(buf) = BUF_INIT;
	static const char huge[] = "{\"time\":\"x\",\"status\":0,\"input_tokens\":9223372036854775807}";
	struct metric m, got;

	metric_init(&m);
	m.time = "2026-11-21T10:00:00.000Z";
	m.job = "job-1";
	m.attempt = 2;
	m.route = "primary";
	m.model = "a \"model\"";
	m.status = 200;
	m.input_tokens = 10;
	m.retries = 1;
	EQ(metric_write(&line, &m), 0, "written");
	IS(line.p, "{\"time\":\"2026-11-21T10:00:00.000Z\",\"job\":\"job-1\",\"attempt\":2,"
		"\"route\":\"primary\",\"model\":\"a \\\"model\\\"\",\"status\":200,\"input_tokens\":10,"
		"\"cached_tokens\":null,\"output_tokens\":null,\"reasoning_tokens\":null,"
		"\"first_byte_ms\":null,\"total_ms\":null,\"retries\":1}\n", "as documented");
	EQ(metric_parse(&got, line.p, line.len - 1, &keep), 0, "read");
	IS(got.model, m.model, "the same model");
	IS(got.job, m.job, "job");
	EQ(got.attempt, 2, "attempt");
	EQ(got.input_tokens, 10, "tokens");
	EQ(got.output_tokens, METRIC_UNKNOWN, "unknown stays unknown");
	EQ(metric_parse(&got, "{}", 2, &keep), -1, "not such a line");
	EQ(metric_parse(&got, "[1]", 3, &keep), -1, "nor this");
	EQ(metric_parse(&got, huge, strlen(huge), &keep), 0,
		"nonsense numbers");
	EQ(got.input_tokens, METRIC_UNKNOWN, "are unknown");
	EQ(got.model == NULL, 1, "no model");
}

/* Eight writers, whole lines all the same. */
static void
test_together(void)
{
	char dir[] = "/tmp/jobdir-metrics-XXXXXX", path[64];
	int64_t sum = 0, bad;
	struct stat st;
	int fd, status, worst = 0;

	OK(mkdtemp(dir) != NULL, "a directory");
	(void)snprintf(path, sizeof path, "%s/m", dir);
	for (int i = 0; i < 8; i++)
		if (!fork()) {
			struct metric m;

			metric_init(&m);
			m.model = "some-model-with-a-name";
			m.input_tokens = 1;
			for (int k = 0; k < 200; k++)
				if (metric_append(AT_FDCWD, path, &m))
					_exit(1);
			_exit(0);
		}
	while (wait(&status) > 0)
		worst |= status;
	EQ(worst, 0, "all wrote");
	fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	OK(!fstat(fd, &st) && (st.st_mode & 07777) == 0600, "for its user alone");
	EQ(write(fd, "half a line\n{\"time\":\"", 21), 21, "debris");
	EQ(metric_each(fd, count, &sum, &bad) || lseek(fd, 0, SEEK_SET), 0, "read");
	EQ(sum, 0, "from the end there is none");
	EQ(metric_each(fd, count, &sum, &bad), 0, "read again");
	EQ(sum, 1600, "every line is whole");
	EQ(bad, 1, "the bad line is counted, the unfinished one is not");
	(void)close(fd);
	OK(!unlink(path) && !symlink("x", path), "a symlink");
	struct metric m;
	metric_init(&m);
	EQ(metric_append(AT_FDCWD, path, &m), -1, "is refused");
	OK(!unlink(path) && !rmdir(dir), "clean up");
}

int
main(void)
{
	test_round();
	test_together();
	return t_done();
}
