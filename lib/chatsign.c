/* SPDX-License-Identifier: MIT */
/* chatsign: "jobdir1:" and a letter, behind it base64. */
#include "chatsign.h"

#include <string.h>
#include "base64.h"
#include "buf.h"
#include "jsonscan.h"
#include "num.h"

static const char mark[] = "jobdir1:", letters[] = "?crtgd";
#define MARK (sizeof mark - 1)

const char *
chatsign_member(enum chatsign from)
{
	return from == CHATSIGN_CONTENT ? "reasoning_content" :
		from == CHATSIGN_PLAIN || from == CHATSIGN_DETAILS ? "reasoning" : NULL;
}

int
chatsign_write(struct buf *out, enum chatsign from, const char *extra, size_t len)
{
	(void)buf_addstr(out, mark);	/* sticky */
	(void)buf_addch(out, letters[from]);
	return num_base64(out, extra, len);
}

enum chatsign
chatsign_read(const char *sign, size_t len, struct buf *extra)
{
	CLEANUP(buf) struct buf code = BUF_INIT, text = BUF_INIT;
	const char *letter;
	size_t count, where;

	if (len <= MARK || memcmp(sign, mark, MARK) != 0)
		return CHATSIGN_OTHER;
	letter = memchr(letters + 1, sign[MARK], sizeof letters - 2);
	if (!letter)
		return CHATSIGN_OTHER;
	if (*letter != letters[CHATSIGN_CALL] && *letter != letters[CHATSIGN_DETAILS])
		return (enum chatsign)(letter - letters);
	if (buf_add(&code, sign + MARK + 1, len - MARK - 1) < 0 || base64_decode(code.p, &text) < 0 ||
	    json_scan(text.p, text.len, &count, &where) != JSON_OK ||
	    *text.p != (*letter == letters[CHATSIGN_CALL] ? '{' : '['))
		return CHATSIGN_OTHER;
	return buf_add(extra, text.p, text.len) < 0 ? CHATSIGN_OTHER :
		(enum chatsign)(letter - letters);
}
