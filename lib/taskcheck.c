/* SPDX-License-Identifier: MIT */
#include "taskcheck.h"

#include <stdlib.h>
#include "buf.h"
#include "jsonw.h"
#include "profiles.h"
#include "request.h"
#include "verifycmd.h"
#include "wsconf.h"

#define MEMBER "verification_commands"

int
taskcheck_judge(const struct request *rq, int cwd_fd, struct wsconf *conf,
	enum answer_code *code, struct buf *why)
{
	int list = request_get(rq, MEMBER), got = 0;
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json profiles;

	if (list < 0)
		return 0;
	*code = ANSWER_INTERNAL;
	if (wsconf_read(conf, cwd_fd) < 0)
		return buf_addstr(why, "out of memory"), -1;
	/* It may restrict them: in force whole, or none of them runs. */
	if (conf->errors.n) {
		*code = ANSWER_REFUSED;
		return buf_addf(why, MEMBER ": " WSCONF_FILE " is damaged: %s", conf->errors.v[0]), -1;
	}
	if (profiles_load(&text, &profiles, why) < 0)
		return -1;
	*code = ANSWER_INVALID_REQUEST;
	for (int n = json_first(&rq->doc, list); n >= 0 && !got; n = json_next(&rq->doc, n)) {
		CLEANUP(free) char *line = json_cstr(&rq->doc, n);

		got = line ? verifycmd_check(&profiles, conf, request_trim(line), why) : -1;
	}
	json_release(&profiles);
	return got;
}

void
taskcheck_write(struct jsonw *w, const struct request *rq, const struct wsconf *conf)
{
	int list = request_get(rq, MEMBER);

	if (list < 0)
		return;
	jsonw_key(w, "checks");
	if (!conf->timeout_sec) {
		jsonw_node(w, &rq->doc, list);
		return;
	}
	jsonw_array(w);
	for (int n = json_first(&rq->doc, list); n >= 0; n = json_next(&rq->doc, n)) {
		jsonw_object(w);
		jsonw_key(w, "command");
		jsonw_node(w, &rq->doc, n);
		jsonw_mint(w, "timeout_ms", conf->timeout_sec * 1000);
		jsonw_end(w);
	}
	jsonw_end(w);
}
