/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "lock.h"
#include "store.h"
#include "t.h"

/* Step until it has a slot; 0 after ms without one. */
static int
step(struct queue *q, int ms)
{
	struct pollfd p[QUEUE_SLOTS_MAX];
	int got;

	while (!(got = queue_step(q)))
		if (poll(p, queue_poll(q, p), ms) == 0)
			return 0;
	return got;
}

static void
test_fast(int root)
{
	struct queue a, b, c;

	EQ(queue_open(&a, root, 2), 0, "open");
	EQ(queue_open(&b, root, 2), 0, "open another");
	EQ(queue_open(&c, root, 2), 0, "and a third");
	EQ(queue_step(&a), 1, "a free slot is taken at once");
	EQ(a.slot, 0, "the first");
	EQ(a.ticket, 0, "without a ticket");
	EQ(queue_step(&a), 1, "asking again changes nothing");
	EQ(queue_step(&b), 1, "the second as well");
	EQ(b.slot, 1, "is another");
	EQ(step(&c, 20), 0, "the third has to wait");
	OK(c.ticket > 0, "with a ticket");
	EQ(c.nwait, 2, "for each slot");
	queue_close(&b);
	EQ(step(&c, 5000), 1, "the slot that becomes free is its own");
	EQ(c.slot, 1, "that very one");
	EQ(c.nwait, 0, "nobody else blocks for it");
	queue_close(&a);
	queue_close(&c);
	EQ(queue_open(&a, root, 0), -1, "no slots: refused");
	EQ(queue_open(&a, root, 101), -1, "too many as well");
}

static void
test_order(int root)
{
	struct queue a, b, c, d;

	(void)queue_open(&a, root, 1);
	(void)queue_open(&b, root, 1);
	(void)queue_open(&c, root, 1);
	(void)queue_open(&d, root, 1);
	EQ(queue_step(&a), 1, "a runs");
	EQ(step(&b, 20), 0, "b waits");
	EQ(step(&c, 20), 0, "c waits");
	EQ(step(&d, 20), 0, "d waits");
	OK(b.ticket < c.ticket && c.ticket < d.ticket, "numbers grow");
	EQ(c.nwait, 1, "c waits for one thing: the ticket before");
	EQ(c.wait_slot[0], -1, "which is no slot");
	queue_close(&a);
	EQ(step(&d, 20), 0, "d is not first");
	EQ(step(&c, 20), 0, "nor c");
	queue_close(&c);
	EQ(step(&d, 20), 0, "c gives up: d is still behind b");
	EQ(step(&b, 5000), 1, "b is");
	EQ(step(&d, 20), 0, "d has to wait for b's slot");
	queue_close(&b);
	EQ(step(&d, 5000), 1, "then d");
	queue_close(&d);
}

/* What killed waiters leave, and a next that a power cut tore. */
static void
test_debris(int root)
{
	CLEANUP(fd) int queue = root < 0 ? -1 : store_opendir(root, "queue");
	struct queue a, b;
	struct stat st;

	EQ(store_replace(queue, "00000000000000001000", "", 0, STORE_NOSYNC), 0, "a dead ticket");
	EQ(store_replace(queue, "next", "\0\0", 2, STORE_NOSYNC), 0, "a torn next");
	(void)queue_open(&a, root, 1);
	(void)queue_open(&b, root, 1);
	EQ(queue_step(&a), 1, "the dead keep nobody from running");
	EQ(step(&b, 20), 0, "one waits");
	EQ(b.ticket, 1001, "with a number after every one that was seen");
	EQ(fstatat(queue, "00000000000000001000", &st, 0), -1, "the dead one was swept");
	queue_close(&a);
	EQ(step(&b, 5000), 1, "and runs");
	queue_close(&b);
	EQ(fstatat(queue, "00000000000000001001", &st, 0), -1, "its ticket is gone");
}

int
main(void)
{
	char dir[] = "/tmp/t-queue-XXXXXX";
	CLEANUP(fd) int root = -1;

	if (!mkdtemp(dir))
		return 1;
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_fast(root);
	test_order(root);
	test_debris(root);
	(void)store_remove(AT_FDCWD, dir);
	return t_done();
}
