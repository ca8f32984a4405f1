/* SPDX-License-Identifier: MIT */
#include "logtail.h"

#include <sys/mman.h>
#include <unistd.h>
#include "buf.h"
#include "t.h"

static struct buf out = BUF_INIT;

static int
take(char *p, size_t len, void *arg)
{
	(void)arg;
	return buf_add(&out, p, len);
}

/* The plain way: split the text at every newline. */
static const char *
expected(const char *text, uint64_t n, bool whole)
{
	static char e[600000];
	size_t len = strlen(text), lines = 0, from;

	if (!whole)
		while (len && text[len - 1] != '\n')
			len--;
	from = len;
	while (from && lines < n) {
		from--;
		while (from && text[from - 1] != '\n')
			from--;
		lines++;
	}
	memcpy(e, text + from, len - from);
	e[len - from] = '\0';
	return e;
}

static int
write_file(const char *text, size_t len)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	return fd < 0 || write(fd, text, len) != (ssize_t)len ? -1 : fd;
}

static int
agrees(const char *text, uint64_t n, bool whole)
{
	struct logtail t;
	int fd = write_file(text, strlen(text));
	int good;

	buf_reset(&out);
	good = fd >= 0 && !logtail_start(&t, fd, n, whole) && logtail_next(&t, whole, take, NULL) >= 0 &&
		!strcmp(out.p, expected(text, n, whole));
	close(fd);
	return good;
}

static void
following(void)
{
	struct logtail t;
	int fd = write_file("a\nb", 3);

	buf_reset(&out);
	OK(!logtail_start(&t, fd, 10, false), "started");
	EQ(logtail_next(&t, false, take, NULL), 2, "the whole line");
	EQ(logtail_next(&t, false, take, NULL), 0, "no more yet");
	OK(write(fd, "c", 1) == 1, "setup");
	EQ(logtail_next(&t, false, take, NULL), 0, "still unfinished");
	OK(write(fd, "\nd\ne", 4) == 4, "setup");
	EQ(logtail_next(&t, false, take, NULL), 5, "two lines");
	EQ(logtail_next(&t, true, take, NULL), 1, "at the end the rest");
	IS(out.p, "a\nbc\nd\ne", "every byte once");
	OK(!ftruncate(fd, 1), "setup");
	EQ(logtail_next(&t, false, take, NULL), 0, "a file cut short is gone on with");
	OK(pwrite(fd, "\nz\n", 3, 1) == 3, "setup");
	EQ(logtail_next(&t, false, take, NULL), 3, "from where it ends");
	close(fd);
}

int
main(void)
{
	static char text[500001];
	static const size_t sizes[] = {
		0, 1, 2, 65535, 65536, 65537, 131071, 131072, 131073, 500000,
	};
	int bad = 0, tried = 0;
	unsigned seed = 1;

	/* Short texts over {x, newline}: all of them, every n, both ways. */
	for (unsigned bits = 0; bits < 1u << 9; bits++)
		for (unsigned len = 0; len <= 9; len++)
			for (uint64_t n = 0; n <= 4; n++) {
				for (unsigned i = 0; i < len; i++)
					text[i] = bits >> i & 1 ? '\n' : 'x';
				text[len] = '\0';
				if (bits >> len)
					continue;
				bad += !agrees(text, n, true) + !agrees(text, n, false);
				tried += 2;
			}
	EQ(bad, 0, "short files");
	OK(tried > 10000, "very many of them");
	/* Around the size of a block, with lines of every length. */
	bad = 0;
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (int every = 1; every < 200000; every *= 7)
			for (uint64_t n = 0; n < 100000; n = n * 9 + 1) {
				for (size_t i = 0; i < sizes[s]; i++) {
					seed = seed * 1103515245 + 12345;
					text[i] = (seed >> 8) % (unsigned)every ? 'x' : '\n';
				}
				text[sizes[s]] = '\0';
				bad += !agrees(text, n, true) + !agrees(text, n, false);
			}
	EQ(bad, 0, "long files");
	following();
	buf_release(&out);
	return t_done();
}
