/* SPDX-License-Identifier: MIT */
/* chatpart: parts of content. */
#include "chatpart.h"

#include <string.h>
#include "buf.h"
#include "chattext.h"
#include "gwprofile.h"
#include "json.h"
#include "jsonw.h"

static bool
is_type(const struct json *d, int block, const char *type)
{
	return json_is(d, json_get(d, block, "type"), type);
}

/* ---- one block as text ---- */

/* The words for a block that is no text, no picture; NULL: it says nothing. */
static const char *
left_out(const struct json *d, int block)
{
	if (is_type(d, block, "document"))
		return "(a document, which cannot be passed on)";
	return NULL;
}

/* The text of a document, or of a search result, if it has one. */
static int
inner_text(const struct json *d, int block)
{
	int source = json_get(d, block, "source");

	if (is_type(d, block, "document") && is_type(d, source, "text"))
		return json_get(d, source, "data");
	return JSON_ABSENT;
}

/* Does say() have anything to say? */
static bool
speaks(const struct json *d, int block)
{
	return chattext_text(d, block) >= 0 || inner_text(d, block) >= 0 || left_out(d, block) ||
		is_type(d, block, "tool_reference");
}

/* Inside a string. */
static void
say(struct jsonw *w, const struct json *d, int block)
{
	int text = chattext_text(d, block);

	if (text < 0)
		text = inner_text(d, block);
	if (text >= 0) {
		chattext_add(w, d, text);
	} else if (is_type(d, block, "tool_reference")) {
		chattext_say(w, "The tool ");
		chattext_add(w, d, json_get(d, block, "tool_name"));
		chattext_say(w, " can be called now.");
	} else if (left_out(d, block)) {
		chattext_say(w, left_out(d, block));
	}
}

/* The texts of some content, inside a string; how many there were. */
static size_t
say_all(struct jsonw *w, const struct json *d, int content, const struct gwprofile *p)
{
	size_t count = 0;

	for (int n = chattext_first(d, content); n >= 0; n = chattext_next(d, content, n)) {
		bool picture = is_type(d, n, "image");

		if (!picture && !speaks(d, n))
			continue;
		if (count++)
			chattext_say(w, "\n");
		if (!picture)
			say(w, d, n);
		else
			chattext_say(w, p->images ? "(a picture: see below)" :
			    "(a picture, which this model cannot see)");
	}
	return count;
}

static void
say_result(struct jsonw *w, const struct json *d, int result, const struct gwprofile *p)
{
	if (json_true(d, json_get(d, result, "is_error")))
		chattext_say(w, "Error: ");
	if (say_all(w, d, json_get(d, result, "content"), p) == 0)
		chattext_say(w, "(no output)");
}

void
chatpart_result(struct jsonw *w, const struct json *d, int result, const struct gwprofile *p)
{
	jsonw_string(w);
	if (result >= 0)
		say_result(w, d, result, p);
	else
		chattext_say(w, "(no result: the call was interrupted)");
	jsonw_string_end(w);
}

/* ---- the user's message ---- */

/* A message being written: one string, or an array of parts. */
struct message {
	struct jsonw *w;
	const struct json *d;
	const struct gwprofile *p;
	const struct chatpart_call *calls;
	size_t ncalls;
	bool parts;
	bool begun;
};

static bool
answers(const struct message *m, int result)
{
	for (size_t i = 0; i < m->ncalls; i++)
		if (m->calls[i].result == result)
			return true;
	return false;
}

static void
text_begin(struct message *m)
{
	if (m->parts) {
		jsonw_object(m->w);
		jsonw_mstr(m->w, "type", "text");
		jsonw_key(m->w, "text");
		jsonw_string(m->w);
	} else if (m->begun) {
		chattext_say(m->w, "\n\n");
	} else {
		jsonw_string(m->w);
	}
	m->begun = true;
}

static void
text_end(struct message *m)
{
	if (!m->parts)
		return;
	jsonw_string_end(m->w);
	jsonw_end(m->w);
}

/* An image whose data or address can be sent. */
static bool
sendable(const struct json *d, int image)
{
	int source = json_get(d, image, "source");

	return is_type(d, image, "image") &&
		(json_type(d, json_get(d, source, "data")) == JSON_T_STRING ||
		 json_type(d, json_get(d, source, "url")) == JSON_T_STRING);
}

static void
picture(struct message *m, int image)
{
	int source = json_get(m->d, image, "source"), data = json_get(m->d, source, "data");

	if (!m->p->images || !sendable(m->d, image)) {
		text_begin(m);
		chattext_say(m->w, "(a picture, which this model cannot see)");
		text_end(m);
		return;
	}
	jsonw_object(m->w);
	jsonw_mstr(m->w, "type", "image_url");
	jsonw_key(m->w, "image_url");
	jsonw_object(m->w);
	jsonw_key(m->w, "url");
	jsonw_string(m->w);
	if (data >= 0) {
		chattext_say(m->w, "data:");
		chattext_add(m->w, m->d, json_get(m->d, source, "media_type"));
		chattext_say(m->w, ";base64,");
		chattext_add(m->w, m->d, data);
	} else {
		chattext_add(m->w, m->d, json_get(m->d, source, "url"));
	}
	jsonw_string_end(m->w);
	jsonw_end(m->w);
	jsonw_end(m->w);
	m->begun = true;
}

/* Pictures of a result; all of it, if no call is waiting for it. */
static void
user_result(struct message *m, int result)
{
	int content = json_get(m->d, result, "content");

	if (!answers(m, result)) {
		text_begin(m);
		chattext_say(m->w, "Result of an earlier tool call:\n");
		say_result(m->w, m->d, result, m->p);
		text_end(m);
	}
	if (!m->p->images)
		return;
	for (int n = chattext_first(m->d, content); n >= 0; n = chattext_next(m->d, content, n)) {
		if (!sendable(m->d, n))
			continue;
		text_begin(m);
		chattext_say(m->w, "The picture that the tool returned:");
		text_end(m);
		picture(m, n);
	}
}

static void
user_block(struct message *m, int block, bool system)
{
	if (is_type(m->d, block, "image")) {
		picture(m, block);
	} else if (is_type(m->d, block, "tool_result")) {
		user_result(m, block);
	} else if (speaks(m->d, block)) {
		text_begin(m);
		if (system)
			chattext_say(m->w, "<system-reminder>\n");
		say(m->w, m->d, block);
		if (system)
			chattext_say(m->w, "\n</system-reminder>");
		text_end(m);
	}
}

/* Is there a picture to be sent? */
static bool
pictures_in(const struct json *d, int content)
{
	for (int n = chattext_first(d, content); n >= 0; n = chattext_next(d, content, n))
		if (sendable(d, n) || (is_type(d, n, "tool_result") &&
		    pictures_in(d, json_get(d, n, "content"))))
			return true;
	return false;
}

static bool
is_result(const struct json *d, int block)
{
	return is_type(d, block, "tool_result");
}

/* Is there anything to say but results of calls, or pictures in these? */
static bool
worth(const struct message *m, int from, int to)
{
	for (int i = from; i != to; i = json_next(m->d, i)) {
		int content = json_get(m->d, i, "content");

		for (int n = chattext_first(m->d, content); n >= 0;
		    n = chattext_next(m->d, content, n))
			if (speaks(m->d, n) || is_type(m->d, n, "image") ||
			    (is_result(m->d, n) && (!answers(m, n) || (m->p->images &&
			     pictures_in(m->d, json_get(m->d, n, "content"))))))
				return true;
	}
	return false;
}

void
chatpart_user(struct jsonw *w, const struct json *d, int from, int to,
	const struct gwprofile *p, const struct chatpart_call *calls, size_t ncalls)
{
	struct message m = { .w = w, .d = d, .p = p, .calls = calls, .ncalls = ncalls };
	bool any = worth(&m, from, to);

	if (!any && ncalls)
		return;			/* the results are the message */
	for (int i = from; i != to; i = json_next(d, i))
		m.parts |= p->images && pictures_in(d, json_get(d, i, "content"));
	jsonw_object(w);
	jsonw_mstr(w, "role", "user");
	jsonw_key(w, "content");
	if (m.parts)
		jsonw_array(w);
	else if (!any)
		jsonw_cstr(w, "(no content)");
	for (int i = from; any && i != to; i = json_next(d, i)) {
		bool system = json_is(d, json_get(d, i, "role"), "system");
		int content = json_get(d, i, "content");

		for (int n = chattext_first(d, content); n >= 0; n = chattext_next(d, content, n))
			user_block(&m, n, system);
	}
	if (m.parts)
		jsonw_end(w);
	else if (any)
		jsonw_string_end(w);
	jsonw_end(w);
}
