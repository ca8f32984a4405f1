/* SPDX-License-Identifier: MIT */
/*
 * chattext: texts of an Anthropic request, spliced into strings of ours without
 * decoding them; and the system text. Pure.
 */
#ifndef JOBDIR_CHATTEXT_H
#define JOBDIR_CHATTEXT_H

struct gwprofile;
struct json;
struct jsonw;

/* Inside jsonw_string(): the text of a string node; of words of ours. */
void chattext_add(struct jsonw *w, const struct json *d, int node);
void chattext_say(struct jsonw *w, const char *words);

/*
 * Content is a string, or an array of blocks. Iteration over it as if it were
 * always blocks: a node that is a string is a text block by itself.
 *
 *	for (n = chattext_first(d, content); n >= 0; n = chattext_next(d, content, n))
 */
int chattext_first(const struct json *d, int content);
int chattext_next(const struct json *d, int content, int block);
/* The string node of a text block that says something; else JSON_ABSENT. */
int chattext_text(const struct json *d, int block);

/* The schema that output_config demands of the answer, or JSON_ABSENT. */
int chattext_schema(const struct json *d);

/* The system message, if there is anything to say in it. */
void chattext_system(struct jsonw *w, const struct json *d, const struct gwprofile *p);

#endif
