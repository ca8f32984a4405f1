/* SPDX-License-Identifier: MIT */
#include "gwloop.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"

int
gwloop_open(struct gwloop *l)
{
	*l = (struct gwloop){ .ep = epoll_create1(EPOLL_CLOEXEC) };
	return l->ep < 0 ? -1 : 0;
}

void
gwloop_close(struct gwloop *l)
{
	cleanup_fd(&l->ep);
}

static int
control(const struct gwloop *l, int op, struct gwsource *s, uint32_t events)
{
	struct epoll_event e = { .events = events, .data = { .ptr = s } };

	return epoll_ctl(l->ep, op, s->fd, &e);
}

int
gwloop_add(struct gwloop *l, struct gwsource *s, uint32_t events)
{
	return control(l, EPOLL_CTL_ADD, s, events);
}

int
gwloop_change(struct gwloop *l, struct gwsource *s, uint32_t events)
{
	return control(l, EPOLL_CTL_MOD, s, events);
}

void
gwloop_remove(struct gwloop *l, struct gwsource *s)
{
	(void)control(l, EPOLL_CTL_DEL, s, 0);	/* not there: also good */
	for (int i = 0; i < l->nbatch; i++)
		if (l->batch[i].data.ptr == s)
			l->batch[i].data.ptr = NULL;
}

void
gwloop_timer_off(struct gwtimer *t)
{
	if (!t->at)
		return;
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	t->at = 0;
}

void
gwloop_timer(struct gwloop *l, struct gwtimer *t, int64_t in_ms)
{
	gwloop_timer_off(t);
	t->at = clock_boot_ms() + in_ms;
	t->next = l->timers;
	t->link = &l->timers;
	if (t->next)
		t->next->link = &t->next;
	l->timers = t;
	if (!l->soonest || t->at < l->soonest)
		l->soonest = t->at;
}

/* A timer that fires may set and unset others: look from the start again. */
static void
fire(struct gwloop *l)
{
	int64_t now = clock_boot_ms();
	struct gwtimer *t;

	if (!l->soonest || now < l->soonest)
		return;
	do {
		l->soonest = 0;
		for (t = l->timers; t && t->at > now; t = t->next)
			if (!l->soonest || t->at < l->soonest)
				l->soonest = t->at;
		if (t) {
			gwloop_timer_off(t);
			t->fire(t);
		}
	} while (t);
}

int
gwloop_turn(struct gwloop *l, int64_t max_ms)
{
	int64_t wait = l->soonest ? l->soonest - clock_boot_ms() : -1;
	int n;

	if (l->soonest && wait < 0)
		wait = 0;
	if (wait < 0 || (max_ms >= 0 && max_ms < wait))
		wait = max_ms;
	n = epoll_wait(l->ep, l->batch, GWLOOP_BATCH, wait > INT_MAX ? INT_MAX : (int)wait);
	if (n < 0 && errno != EINTR)
		return -1;
	l->nbatch = n < 0 ? 0 : n;
	for (int i = 0; i < l->nbatch; i++) {
		struct gwsource *s = l->batch[i].data.ptr;

		if (s)
			s->ready(s, l->batch[i].events);
	}
	l->nbatch = 0;
	fire(l);
	return 0;
}
