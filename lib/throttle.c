/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include <stdlib.h>
#include "buf.h"
#include "clock.h"
#include "job.h"
#include "jsonw.h"
#include "store.h"

static const struct {
	int64_t age_s, delay_s;
} steps[] = {
	{ 30, 10 }, { 120, 20 }, { 600, 45 }, { 1800, 60 }, { INT64_MAX / 1000, 90 },
};

int64_t
throttle_delay_ms(int64_t age_ms)
{
	size_t i = 0;

	while (age_ms >= steps[i].age_s * 1000)
		i++;
	return steps[i].delay_s * 1000;
}

/* The last call: 0, or -1 when none is known. */
static int
last_call(int dir, const char *id, int64_t *at, int64_t *delay)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *stamp = NULL;
	struct json d;

	if (store_read(dir, id, &text, 4096) < 0 ||
	    json_parse(&d, text.p, text.len, NULL) != JSON_OK)
		return -1;
	stamp = json_get_cstr(&d, 0, "last_wait_at");
	*delay = json_get_int(&d, 0, "last_wait_recommended_delay_ms", -1);
	json_release(&d);
	return stamp && *delay >= 0 && !clock_parse(stamp, at) ? 0 : -1;
}

static void
remember(int dir, const char *id, int64_t now, int64_t delay)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	char stamp[CLOCK_STAMP];
	struct jsonw w;

	clock_stamp(stamp, now);
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mstr(&w, "last_wait_at", stamp);
	jsonw_mint(&w, "last_wait_recommended_delay_ms", delay);
	jsonw_end(&w);
	if (buf_ok(&b))
		(void)store_replace(dir, id, b.p, b.len, STORE_NOSYNC);	/* only advice */
}

void
throttle_call(const struct root *r, const char *id, int64_t age_ms, int64_t now,
	struct throttle *t)
{
	CLEANUP(fd) int dir = root_dir(r, "waits", true);
	int64_t last = 0, previous = 0;
	bool known = dir >= 0 && !last_call(dir, id, &last, &previous);

	*t = (struct throttle){ .delay_ms = throttle_delay_ms(age_ms) };
	/* A clock that was set back is no call in the future. */
	if (known && now >= last && now - last < previous) {
		t->too_soon = true;
		t->remaining_ms = previous - (now - last);
		t->next_ms = last + previous;
		return;
	}
	t->next_ms = now + t->delay_ms;
	if (dir >= 0)
		remember(dir, id, now, t->delay_ms);
}
