/* SPDX-License-Identifier: MIT */
/*
 * queue: how many jobs run at once, and who is next. Files in the state root:
 *
 *	slots/N		locked by who runs in slot N
 *	queue/NUMBER	a ticket, locked by who waits; numbers only grow
 *	queue/lock	held while a number is drawn; queue/next is the next one
 *
 * Who finds nobody waiting and a slot free takes it. Else it draws a ticket and
 * waits for the nearest older ticket that is alive; who has none older is the
 * head and waits for any slot. Each wait is a child that blocks on a lock (see
 * proctree.h), so nothing polls, and one death wakes one waiter. A dead holder's
 * locks are free at once, by the kernel.
 *
 *	queue_open(&q, rootfd, slots);
 *	while (!(got = queue_step(&q)))
 *		poll on queue_poll(&q, …)
 *	…run…
 *	queue_close(&q);
 */
#ifndef JOBDIR_QUEUE_H
#define JOBDIR_QUEUE_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include "proc.h"

#define QUEUE_SLOTS_DEFAULT 4
#define QUEUE_SLOTS_MAX 100

struct queue {
	int queue, slots;		/* directories */
	int nslots;
	int slot;			/* the one we have, or -1 */
	int slot_fd;			/* its lock */
	int64_t ticket;			/* 0: none was drawn */
	int ticket_fd;
	size_t nwait;			/* children that block for us */
	struct proc wait[QUEUE_SLOTS_MAX];
	int wait_fd[QUEUE_SLOTS_MAX];	/* the locks they wait for */
	int wait_slot[QUEUE_SLOTS_MAX];	/* which slot, or -1: an older ticket */
};

int queue_open(struct queue *q, int rootfd, int nslots);
/*
 * Go on as far as it goes without waiting: 1 we have a slot (q->slot), 0 wait
 * until one of the descriptors of queue_poll() is readable, -1 errno.
 */
int queue_step(struct queue *q);
/* Fill p[] (room for QUEUE_SLOTS_MAX) with what to wait for; how many. */
size_t queue_poll(const struct queue *q, struct pollfd *p);
/* Give up slot, ticket and waiting. */
void queue_close(struct queue *q);

#endif
