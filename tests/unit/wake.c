/* SPDX-License-Identifier: MIT */
#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <unistd.h>
#include "t.h"

static char got[4096];

static void
note(int token, int flag, const char *name, void *arg)
{
	static const char *const words[] = {
		[WAKE_APPEAR] = "appear", [WAKE_WRITER_GONE] = "gone-writer",
		[WAKE_MODIFY] = "modify", [WAKE_GONE] = "gone",
	};
	const int *first = arg;
	size_t n = strlen(got);

	if (n < sizeof got - 100)
		snprintf(got + n, sizeof got - n, "%s%s:%s", token < 0 ? "overflow" :
			token == *first ? "1:" : "2:", token < 0 ? "" : words[flag], name);
}

static void
count(int token, int flag, const char *name, void *arg)
{
	(void)flag;
	(void)name;
	*(int *)arg += token < 0;
}

static int
queue_size(void)
{
	char text[32] = "";
	int fd = open("/proc/sys/fs/inotify/max_queued_events", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
		return 16384;
	close(fd);
	return atoi(text);
}

static const char *
taken(int wake, int *first)
{
	*got = '\0';
	return wake_read(wake, note, first) < 0 ? strerror(errno) : got;
}

static void
put(const char *name, int flags)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1)
		printf("# cannot write %s\n", name);
	close(fd);
}

int
main(void)
{
	char top[] = "/tmp/jobdir-wake-XXXXXX";
	int wake, dir, sub, a, b, fd, lost = 0;
	struct pollfd p;

	if (!mkdtemp(top) || chdir(top) < 0 || mkdir("d", 0700) < 0 || mkdir("e", 0700) < 0)
		return 99;
	wake = wake_open();
	dir = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sub = open("e", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OK(wake >= 0 && dir >= 0 && sub >= 0, "opened");
	a = wake_add(wake, dir, WAKE_APPEAR);
	OK(a >= 0, "watching");
	IS(taken(wake, &a), "", "nothing yet, and no waiting for it");

	put("d/new", 0);
	p = (struct pollfd){ .fd = wake, .events = POLLIN };
	EQ(poll(&p, 1, 5000), 1, "it can be polled");
	IS(taken(wake, &a), "1:appear:new", "a new file, and only what was asked for");
	OK(!link("d/new", "d/linked") && !rename("d/new", "d/moved") && !rename("d/moved", "e/x"), "setup");
	IS(taken(wake, &a), "1:appear:linked1:appear:moved", "linked and renamed are new as well");

	EQ(wake_add(wake, dir, WAKE_WRITER_GONE), a, "a second wish for the same directory");
	put("d/linked", 0);
	IS(taken(wake, &a), "1:gone-writer:linked", "is granted");
	put("d/other", 0);
	IS(taken(wake, &a), "1:appear:other1:gone-writer:other", "and the first one still is");
	fd = open("d/other", O_RDONLY | O_CLOEXEC);
	close(fd);
	IS(taken(wake, &a), "", "a reader that closes is no event");

	b = wake_add(wake, sub, WAKE_GONE);
	OK(b >= 0 && b != a, "a second directory");
	OK(!unlink("e/x"), "setup");
	IS(taken(wake, &a), "2:gone:x", "removed");
	fd = open("d/other", O_RDONLY | O_CLOEXEC);
	b = wake_add(wake, fd, WAKE_MODIFY);
	put("d/other", O_APPEND);
	OK(b >= 0 && strstr(taken(wake, &a), "2:modify:"), "a file by its descriptor");
	EQ(wake_remove(wake, b), 0, "removed");
	EQ(wake_remove(wake, a), 0, "removed");
	put("d/late", 0);
	IS(taken(wake, &a), "", "silence");

	/* More than the queue holds: told, not forgotten. */
	wake_add(wake, dir, WAKE_APPEAR);
	for (int i = 0; i < queue_size() + 1000; i++) {
		char name[32];

		snprintf(name, sizeof name, "d/n%d", i % 2);
		unlink(name);
		put(name, 0);
	}
	OK(wake_read(wake, count, &lost) > 0, "many events");
	EQ(lost, 1, "an overflow is reported");
	if (chdir("/") < 0)
		return 99;
	snprintf(got, sizeof got, "rm -r %s", top);
	EQ(system(got), 0, "removed");
	return t_done();
}
