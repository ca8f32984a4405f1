/* SPDX-License-Identifier: MIT */
#include "agentctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "json.h"
#include "jsonw.h"

bool
agentctl_is(const char *name)
{
	size_t n = strlen(name), s = strlen(AGENTCTL_SUFFIX);

	return n > s && !strcmp(name + n - s, AGENTCTL_SUFFIX);
}

bool
agentctl_mode(const char *mode)
{
	static const char *const good[] = { "acceptEdits", "default", "dontAsk", "plan" };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!strcmp(mode, good[i]))
			return true;
	return false;
}

/* The member that goes with a subtype: its name; NULL: not a subtype we pass on. */
static const char *
member_of(const struct json *d, int subtype)
{
	return json_is(d, subtype, "interrupt") ? "" : json_is(d, subtype, "set_model") ? "model" :
	    json_is(d, subtype, "set_permission_mode") ? "mode" : NULL;
}

int
agentctl_request(struct buf *out, const char *name, const char *text, size_t len, char **then,
	bool *interrupt)
{
	struct json d;
	struct jsonw w;
	bool known = json_parse(&d, text, len, NULL) == JSON_OK;
	int subtype = json_get(&d, 0, "subtype");
	const char *member = known ? member_of(&d, subtype) : NULL;
	CLEANUP(free) char *value = member && *member ? json_get_cstr(&d, 0, member) : NULL;

	if (!member || (*member && (!value || !*value)) ||
	    (!strcmp(member, "mode") && !agentctl_mode(value))) {
		json_release(&d);
		errno = EINVAL;
		return -1;
	}
	*interrupt = !*member;
	*then = *interrupt ? json_get_cstr(&d, 0, "then") : NULL;
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "type", "control_request");
	jsonw_mstr(&w, "request_id", name);
	jsonw_key(&w, "request");
	jsonw_object(&w);
	jsonw_key(&w, "subtype");
	jsonw_node(&w, &d, subtype);
	if (*member)
		jsonw_mstr(&w, member, value);
	jsonw_end(&w);
	jsonw_end(&w);
	json_release(&d);
	return buf_addch(out, '\n');
}

int
agentctl_response(const char *line, size_t len, char **name, bool *good)
{
	struct json d;
	int r;

	*name = NULL;
	if (!memmem(line, len, "\"control_response\"", 18))
		return 0;		/* most are not: no second parse of them */
	if (json_parse(&d, line, len, NULL) == JSON_OK &&
	    json_is(&d, json_get(&d, 0, "type"), "control_response")) {
		r = json_get(&d, 0, "response");
		*name = json_get_cstr(&d, r, "request_id");
		*good = json_is(&d, json_get(&d, r, "subtype"), "success");
	}
	json_release(&d);
	return *name && agentctl_is(*name) && !strchr(*name, '/') && **name != '.';
}
