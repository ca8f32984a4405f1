/* SPDX-License-Identifier: MIT */
/*
 * gwloop: the gateway's one loop: descriptors (epoll) and timers (boot time).
 * Nothing is allocated; sources and timers live in the structures of who waits.
 * A source may be removed, and freed, from within any callback.
 */
#ifndef JOBDIR_GWLOOP_H
#define JOBDIR_GWLOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

enum { GWLOOP_BATCH = 64 };

struct gwsource {
	int fd;
	void (*ready)(struct gwsource *s, uint32_t events);
};

struct gwtimer {
	void (*fire)(struct gwtimer *t);
	int64_t at;			/* boot time in ms; 0: off */
	struct gwtimer *next, **link;	/* in the loop's list while on */
};

struct gwloop {
	int ep;
	struct gwtimer *timers;
	int64_t soonest;		/* nothing is due before; 0: no timer */
	struct epoll_event batch[GWLOOP_BATCH];
	int nbatch;
};

int gwloop_open(struct gwloop *l);
void gwloop_close(struct gwloop *l);

int gwloop_add(struct gwloop *l, struct gwsource *s, uint32_t events);
int gwloop_change(struct gwloop *l, struct gwsource *s, uint32_t events);
/* Before its descriptor is closed; harmless if it was never added. */
void gwloop_remove(struct gwloop *l, struct gwsource *s);

void gwloop_timer(struct gwloop *l, struct gwtimer *t, int64_t in_ms);	/* (again) in so long */
void gwloop_timer_off(struct gwtimer *t);

/* Wait at most max_ms (-1: as long as it takes) and serve what is ready. 0 or -1+errno. */
int gwloop_turn(struct gwloop *l, int64_t max_ms);

#define GWLOOP_OF(member, type, field) \
	((type *)(void *)((char *)(member) - offsetof(type, field)))

#endif
