/* SPDX-License-Identifier: MIT */
/*
 * gwprofile: how the chat-completions providers differ, in one table.
 *
 * A row is chosen by the host of the base URL, or by its name
 * (JOBDIR_GATEWAY_PROFILE); what no row knows gets the row "generic", which
 * asks for nothing that some provider refuses. Some models of a provider
 * differ again: gwprofile_model() makes the row for one. Pure; the table is
 * constant.
 */
#ifndef JOBDIR_GWPROFILE_H
#define JOBDIR_GWPROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When an assistant message sent upstream carries its reasoning. */
enum gw_echo {
	GW_ECHO_NEVER,
	GW_ECHO_GIVEN,		/* with tool calls, if the provider gave any */
	GW_ECHO_CALLS,		/* with tool calls: the key is demanded, "" when none */
	GW_ECHO_ALWAYS,		/* the same with every message */
};

enum gw_json {			/* what a demanded JSON schema becomes */
	GW_JSON_SCHEMA,		/* response_format json_schema */
	GW_JSON_OBJECT,		/* json_object, the schema in the system text */
	GW_JSON_TEXT,		/* the schema in the system text */
};

enum gw_choice {		/* tool_choice values understood */
	GW_CHOICE_ALL,
	GW_CHOICE_AUTO,		/* others: "none" leaves the tools out, the rest is auto */
};

enum gw_ids {			/* form of tool call ids; unique in any */
	GW_IDS_SHORT,		/* call00001: nine letters and digits suit everyone */
	GW_IDS_KIMI,		/* functions.NAME:0 */
};

struct gwprofile {
	const char *name;	/* for JOBDIR_GATEWAY_PROFILE */
	const char *hosts;	/* host names, space separated; ".x.y": any below x.y */
	const char *max_tokens;	/* name of the member: max_tokens, max_completion_tokens */
	int64_t max_output;	/* largest value it may have; 0: no limit known */
	int64_t window;		/* context window in tokens; 0: unknown */
	const char *reasoning;	/* name of the reasoning member of messages */
	enum gw_echo echo;
	enum gw_json json;
	enum gw_choice choice;
	enum gw_ids ids;
	int stops;		/* most stop sequences */
	bool stream_options;	/* include_usage may be asked for */
	bool parallel;		/* parallel_tool_calls is understood */
	bool images;
	bool effort;		/* reasoning_effort is understood */
	bool sampling;		/* temperature, top_p and stop are accepted */
	bool plain_schema;	/* only the simplest JSON schema keywords */
	bool details;		/* reasoning_details go back, instead of the plain member */
	bool null_content;	/* null beside tool calls; else "" */
};

/* The row of that name, or NULL. */
const struct gwprofile *gwprofile_named(const char *name);
/* The row for a base URL ("https://api.deepseek.com/v1"); never NULL. */
const struct gwprofile *gwprofile_for_url(const char *base_url);
/*
 * What to use: the row NAME if there is a name (not NULL, not ""), else the
 * URL's. NULL: no such name (say which there are: gwprofile_at()).
 */
const struct gwprofile *gwprofile_choose(const char *base_url, const char *name);
/* Row i of the table, NULL behind the last. */
const struct gwprofile *gwprofile_at(size_t i);
/* The row as it is for one model. */
struct gwprofile gwprofile_model(const struct gwprofile *p, const char *model);

#endif
