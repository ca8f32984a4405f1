/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "lock.h"
#include "num.h"
#include "store.h"

#define TICKET_LEN 20
#define NEXT_MAX 64

int
queue_open(struct queue *q, int rootfd, int nslots)
{
	*q = (struct queue){ .queue = -1, .slots = -1, .nslots = nslots, .slot = -1,
		.slot_fd = -1, .ticket_fd = -1 };
	if (nslots < 1 || nslots > QUEUE_SLOTS_MAX) {
		errno = EINVAL;
		return -1;
	}
	q->queue = store_mkdir(rootfd, "queue");
	q->slots = q->queue < 0 ? -1 : store_mkdir(rootfd, "slots");
	return q->slots < 0 ? -1 : 0;
}

static void
slot_name(char name[16], int slot)
{
	(void)snprintf(name, 16, "%d", slot);	/* fits */
}

/* Try every slot: 1 got one, 0 all taken, -1. */
static int
try_slots(struct queue *q)
{
	char name[16];

	for (int i = 0; i < q->nslots; i++) {
		CLEANUP(fd) int fd = -1;
		int got;

		slot_name(name, i);
		fd = lock_open(q->slots, name);
		got = fd < 0 ? -1 : lock_try(fd, true);
		if (got < 0)
			return -1;
		if (got)
			continue;
		q->slot = i;
		q->slot_fd = steal_fd(&fd);
		return 1;
	}
	return 0;
}

static bool
ticket_number(const char *name, int64_t *n)
{
	while (*name == '0' && name[1])
		name++;
	return !num_parse(name, 1, INT64_MAX, n);
}

static int
ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The numbers of the tickets below limit, ascending, into b. */
static int
read_tickets(const struct queue *q, int64_t limit, struct buf *b)
{
	CLEANUP(dir) DIR *d = NULL;
	struct dirent *e;
	int fd = openat(q->queue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);	/* only read from */
		return -1;
	}
	while ((errno = 0, e = readdir(d))) {
		int64_t n;

		if (strlen(e->d_name) == TICKET_LEN && ticket_number(e->d_name, &n) && n < limit &&
		    buf_add(b, &n, sizeof n) < 0)
			return -1;
	}
	if (errno)
		return -1;
	qsort(b->p, b->len / sizeof(int64_t), sizeof(int64_t), ascending);
	return 0;
}

static void
ticket_name(char name[TICKET_LEN + 1], int64_t n)
{
	(void)snprintf(name, TICKET_LEN + 1, "%020lld", (long long)n);	/* fits */
}

/* The nearest living ticket below limit: its descriptor, or -1 with errno ENOENT: none. */
static int
nearest_older(const struct queue *q, int64_t limit)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	char name[TICKET_LEN + 1];

	if (read_tickets(q, limit, &b) < 0)
		return -1;
	for (size_t i = b.len / sizeof(int64_t); i-- > 0;) {
		CLEANUP(fd) int fd = -1;
		int64_t n;
		int held;

		memcpy(&n, b.p + i * sizeof n, sizeof n);
		ticket_name(name, n);
		fd = openat(q->queue, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		held = fd < 0 ? -1 : lock_held(fd);
		if (held)
			return held < 0 ? -1 : steal_fd(&fd);
	}
	errno = ENOENT;
	return -1;
}

/* What a killed waiter left. Under queue/lock, where no ticket is half made. */
static void
sweep(const struct queue *q, const struct buf *tickets)
{
	char name[TICKET_LEN + 1];

	for (size_t i = 0; i < tickets->len / sizeof(int64_t); i++) {
		CLEANUP(fd) int fd = -1;
		int64_t n;

		memcpy(&n, tickets->p + i * sizeof n, sizeof n);
		ticket_name(name, n);
		fd = openat(q->queue, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && !lock_held(fd))
			(void)unlinkat(q->queue, name, 0);	/* the next one sweeps again */
		else
			break;		/* the rest is younger; mostly all are alive */
	}
}

/* The number after every one that was ever given out, as far as can be known. */
static int
next_number(const struct queue *q, const struct buf *tickets, int64_t *next)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	int64_t last;

	*next = 1;
	if (!store_read(q->queue, "next", &text, NEXT_MAX)) {
		text.p[strcspn(text.p, "\n")] = '\0';
		if (num_parse(text.p, 1, INT64_MAX / 2, next) < 0)
			*next = 1;	/* torn by a power cut: the tickets decide */
	} else if (errno != ENOENT) {
		return -1;
	}
	if (tickets->len) {
		memcpy(&last, tickets->p + tickets->len - sizeof last, sizeof last);
		if (*next <= last)
			*next = last + 1;
	}
	return 0;
}

static int
make_ticket(struct queue *q, int64_t n)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	char name[TICKET_LEN + 1];

	if (buf_addf(&text, "%lld\n", (long long)n + 1) < 0 ||
	    store_replace(q->queue, "next", text.p, text.len, STORE_NOSYNC) < 0)
		return -1;
	ticket_name(name, n);
	q->ticket_fd = openat(q->queue, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (q->ticket_fd < 0)
		return -1;
	q->ticket = n;
	return lock_try(q->ticket_fd, true) ? -1 : 0;
}

static int
draw_ticket(struct queue *q)
{
	CLEANUP(buf) struct buf tickets = BUF_INIT;
	CLEANUP(fd) int lock = lock_open(q->queue, "lock");
	int64_t next;

	if (lock < 0 || lock_wait(lock, true) < 0 || read_tickets(q, INT64_MAX, &tickets) < 0 ||
	    next_number(q, &tickets, &next) < 0)
		return -1;
	sweep(q, &tickets);
	return make_ticket(q, next);
}

static void
drop_ticket(struct queue *q)
{
	char name[TICKET_LEN + 1];

	if (q->ticket_fd < 0)
		return;
	ticket_name(name, q->ticket);
	/* First the name, then the lock: who wakes must not find it again. Numbers are not reused. */
	(void)unlinkat(q->queue, name, 0);
	cleanup_fd(&q->ticket_fd);
}

static void
stop_waiting(struct queue *q)
{
	for (size_t i = 0; i < q->nwait; i++) {
		(void)proc_kill(&q->wait[i], SIGKILL);	/* gone already: also good */
		(void)proc_wait(&q->wait[i], NULL);
		cleanup_fd(&q->wait_fd[i]);	/* a lock won too late goes with it */
	}
	q->nwait = 0;
}

/* A child that blocks on fd (taken), for a slot or (-1) an older ticket. */
static int
wait_on(struct queue *q, int fd, int slot)
{
	if (proc_lock_waiter(&q->wait[q->nwait], fd, slot >= 0) < 0) {
		(void)close(fd);
		return -1;
	}
	q->wait_fd[q->nwait] = fd;
	q->wait_slot[q->nwait++] = slot;
	return 0;
}

static int
wait_for_slots(struct queue *q)
{
	char name[16];

	for (int i = 0; i < q->nslots; i++) {
		int fd;

		slot_name(name, i);
		fd = lock_open(q->slots, name);
		if (fd < 0 || wait_on(q, fd, i) < 0)
			return -1;
	}
	return 0;
}

/* Did a waiter win a slot? Then it is ours: 1; 0 no. The other waiters end either way. */
static int
collect(struct queue *q)
{
	int won = -1;

	for (size_t i = 0; i < q->nwait && won < 0; i++) {
		struct pollfd p = { .fd = q->wait[i].pidfd, .events = POLLIN };
		int st = -1;

		if (poll(&p, 1, 0) != 1)
			continue;
		if (proc_wait(&q->wait[i], &st) < 0 || st || q->wait_slot[i] < 0)
			st = -1;
		else
			won = q->wait_slot[i];
		if (!st)
			q->slot_fd = steal_fd(&q->wait_fd[i]);
		cleanup_fd(&q->wait_fd[i]);
		/* Take it out: the last one moves into its place. */
		q->nwait--;
		q->wait[i] = q->wait[q->nwait];
		q->wait_fd[i] = q->wait_fd[q->nwait];
		q->wait_slot[i] = q->wait_slot[q->nwait];
		i--;
	}
	stop_waiting(q);
	q->slot = won;
	return won >= 0;
}

int
queue_step(struct queue *q)
{
	int older, got;

	if (q->slot >= 0)
		return 1;
	got = collect(q);
	if (got)
		goto done;
	if (!q->ticket) {
		older = nearest_older(q, INT64_MAX);
		if (older < 0 && errno == ENOENT)
			got = try_slots(q);
		else if (older < 0)
			return -1;
		cleanup_fd(&older);
		if (got)
			return got;
		if (draw_ticket(q) < 0)
			return -1;
	}
	older = nearest_older(q, q->ticket);
	if (older >= 0)
		return wait_on(q, older, -1);
	if (errno != ENOENT)
		return -1;
	got = try_slots(q);
	if (!got)
		return wait_for_slots(q);
done:
	if (got > 0)
		drop_ticket(q);
	return got;
}

size_t
queue_poll(const struct queue *q, struct pollfd *p)
{
	for (size_t i = 0; i < q->nwait; i++)
		p[i] = (struct pollfd){ .fd = q->wait[i].pidfd, .events = POLLIN };
	return q->nwait;
}

void
queue_close(struct queue *q)
{
	stop_waiting(q);
	drop_ticket(q);
	cleanup_fd(&q->slot_fd);
	cleanup_fd(&q->queue);
	cleanup_fd(&q->slots);
	q->slot = -1;
}
