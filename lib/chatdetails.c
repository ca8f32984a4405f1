/* SPDX-License-Identifier: MIT */
/* chatdetails: the last element is kept open; a piece of the same text grows it. */
#include "chatdetails.h"

#include <string.h>

static struct chatdetails_member *
find(struct chatdetails *d, struct jsonpick name)
{
	for (int i = 0; i < d->n; i++)
		if (d->member[i].name.len == name.len &&
		    !memcmp(d->member[i].name.p, name.p, name.len))
			return &d->member[i];
	return NULL;
}

static struct jsonpick
value(struct chatdetails *d, const char *quoted)
{
	const struct chatdetails_member *m = find(d, (struct jsonpick){ quoted, strlen(quoted) });

	return m ? (struct jsonpick){ m->value.p, m->value.len } : JSONPICK_ABSENT;
}

static bool
same(struct jsonpick a, struct jsonpick b)
{
	return a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len));
}

/* The element that was open is whole. */
static void
close_last(struct chatdetails *d)
{
	for (int i = 0; i < d->n; i++) {
		struct chatdetails_member *m = &d->member[i];

		(void)buf_addstr(&d->done, i ? "," : d->done.len ? ",{" : "{");	/* sticky */
		(void)buf_add(&d->done, m->name.p, m->name.len);
		(void)buf_addch(&d->done, ':');
		(void)buf_add(&d->done, m->value.p, m->value.len);
		buf_release(&m->name);
		buf_release(&m->value);
	}
	if (d->n)
		(void)buf_addch(&d->done, '}');
	d->n = 0;
}

/* Does it go on with the text of the open element? What is signed is at its end. */
static bool
continues(struct chatdetails *d, struct jsonpick element)
{
	struct jsonpick type = jsonpick_get(element, "type");
	struct jsonpick sign = value(d, "\"signature\"");

	return d->n && (jsonpick_is(type, "reasoning.text") || jsonpick_is(type, "reasoning.summary")) &&
		same(type, value(d, "\"type\"")) &&
		same(jsonpick_get(element, "index"), value(d, "\"index\"")) &&
		(!sign.p || jsonpick_kind(sign) != '"' || sign.len <= 2);
}

/* Texts are joined, in their escaped form; of the rest what says something wins. */
static int
merge(struct chatdetails *d, struct jsonpick name, struct jsonpick v)
{
	struct chatdetails_member *m = find(d, name);
	bool text = jsonpick_is(name, "text") || jsonpick_is(name, "summary");

	if (!m) {
		if (d->n == CHATDETAILS_MEMBERS)
			return 0;		/* nobody sends so many */
		m = &d->member[d->n++];
		buf_init(&m->name);
		buf_init(&m->value);
		return buf_add(&m->name, name.p, name.len) < 0 ? -1 : buf_add(&m->value, v.p, v.len);
	}
	if (text && jsonpick_kind(v) == '"' && m->value.len && *m->value.p == '"') {
		buf_setlen(&m->value, m->value.len - 1);
		return buf_add(&m->value, v.p + 1, v.len - 1);
	}
	if (jsonpick_kind(v) == 'n')
		return 0;
	buf_reset(&m->value);
	return buf_add(&m->value, v.p, v.len);
}

static size_t
size(const struct chatdetails *d)
{
	size_t n = d->done.len;

	for (int i = 0; i < d->n; i++)
		n += d->member[i].value.len;
	return n;
}

int
chatdetails_add(struct chatdetails *d, struct jsonpick array)
{
	struct jsonpick it = jsonpick_in(array), element, name, v;

	while (jsonpick_element(&it, &element)) {
		if (jsonpick_kind(element) != '{' || d->over)
			continue;
		if (!continues(d, element))
			close_last(d);
		for (struct jsonpick in = jsonpick_in(element); jsonpick_member(&in, &name, &v);)
			if (merge(d, name, v) < 0)
				return -1;
		d->over = size(d) > CHATDETAILS_MAX;
	}
	return buf_ok(&d->done) ? 0 : -1;
}

bool
chatdetails_any(const struct chatdetails *d)
{
	return !d->over && (d->n || d->done.len);
}

int
chatdetails_take(struct chatdetails *d, struct buf *out)
{
	close_last(d);
	(void)buf_addch(out, '[');	/* sticky */
	(void)buf_add(out, d->done.p, d->done.len);
	(void)buf_addch(out, ']');
	if (!buf_ok(&d->done) || !buf_ok(out))
		return -1;
	buf_reset(&d->done);
	return 0;
}

void
chatdetails_release(struct chatdetails *d)
{
	close_last(d);
	buf_release(&d->done);
}
