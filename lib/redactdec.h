/* SPDX-License-Identifier: MIT */
/*
 * redactdec: reading a text as if it were encoded, a byte at a time. Pure.
 */
#ifndef JOBDIR_REDACTDEC_H
#define JOBDIR_REDACTDEC_H

#include "redacttype.h"

enum redact_code {
	CODE_RAW,
	/* Those that begin with an escape; each may be in a string of JSON in a string of JSON. */
	CODE_ESCAPED,		/* backslashes: JSON, most languages, shell in double quotes */
	CODE_ESCAPED_TWICE,
	CODE_ESCAPED_THRICE,
	CODE_SINGLE_QUOTED,	/* in a shell: a quote is '\'' or '"'"', all else is itself */
	CODE_SINGLE_QUOTED_ESCAPED,
	CODE_SINGLE_QUOTED_TWICE,
	CODE_URL,
	CODE_URL_ESCAPED,
	CODE_HTML,
	CODE_HTML_ESCAPED,
	CODE_HTML_TWICE,
	CODE_HEX,		/* two digits a byte, one or two of " :-," or \x, 0x between */
	CODE_BASE64,		/* the characters themselves, line ends skipped, - and _ for + and / */
	REDACT_CODES
};

enum { DEC_END = -1, DEC_MORE = -2, REDACT_LEVELS = 3 };

struct redact_dec {
	const struct redact_text *t;
	size_t start, pos;		/* pos: the next byte to read */
	enum redact_code code;
	bool lead;			/* a byte was read that begins an escape in some code */
	unsigned char level;		/* of backslashes under the code */
	unsigned char queue[REDACT_LEVELS][4];	/* bytes of one \u escape, per level */
	unsigned char queued[REDACT_LEVELS];
};

void redact_dec_init(struct redact_dec *d, const struct redact_text *t, size_t pos,
	enum redact_code code);

/* The next byte, DEC_END (no such encoding, or the end), or DEC_MORE. */
int redact_dec_next(struct redact_dec *d);

#endif
