/* SPDX-License-Identifier: MIT */
/*
 * chatbench [SECONDS]: the translation of a stream alone, on one core: chunks per
 * second for text and for tool arguments, and a 500 kB request.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "buf.h"
#include "chatctx.h"
#include "chatreq.h"
#include "chatstream.h"
#include "err.h"
#include "gwprofile.h"
#include "json.h"

#define CHUNKS 10000

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);	/* what others run is not counted */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Chunks per second, in pieces of 16 kB. */
static double
stream(const char *delta, double seconds)
{
	static const struct chatctx ctx = { .model = (char *)"m", .stream = true };
	struct buf in CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;
	double start = now(), used;
	long rounds = 0;

	for (int i = 0; i < CHUNKS; i++)
		(void)buf_addf(&in, "data: {\"id\":\"chatcmpl-1234567890\",\"object\":\"chat.completion.chunk\","
		    "\"created\":1700000000,\"model\":\"some-model\",\"system_fingerprint\":null,\"choices\":"
		    "[{\"index\":0,\"delta\":{%s},\"logprobs\":null,\"finish_reason\":null}]}\n\n", delta);
	if (!buf_ok(&in))
		die_sys("cannot make chunks");
	do {
		struct chatstream s;

		chatstream_init(&s, &ctx, "bench");
		for (size_t at = 0; at < in.len; at += 16384) {
			size_t n = in.len - at < 16384 ? in.len - at : 16384;

			buf_reset(&out);
			if (chatstream_feed(&s, in.p + at, n, &out) < 0)
				die_sys("the stream is refused");
		}
		chatstream_release(&s);
		rounds++;
	} while ((used = now() - start) < seconds);
	return (double)rounds * CHUNKS / used;
}

/* Milliseconds for a request of about 500 kB. */
static double
request(double seconds)
{
	struct buf in CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT, why CLEANUP(buf) = BUF_INIT;
	struct chatctx ctx = CHATCTX_INIT;
	double start, used;
	long rounds = 0;

	(void)buf_addstr(&in, "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}");
	for (int i = 0; in.len < 500000; i++) {
		(void)buf_addf(&in, ",{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t%d\",\"name\":\"Read\","
		    "\"input\":{\"file_path\":\"/a/b\"}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
		    "\"tool_use_id\":\"t%d\",\"content\":\"", i, i);
		for (int line = 0; line < 60; line++)
			(void)buf_addstr(&in, "int x = 1; /* a line of some \\\"source\\\" */\\n");
		(void)buf_addstr(&in, "\"}]}");
	}
	(void)buf_addstr(&in, "]}");
	start = now();
	do {
		struct json d;

		buf_reset(&out);
		if (json_parse(&d, in.p, in.len, NULL) != JSON_OK ||
		    chatreq_write(&out, &d, gwprofile_named("generic"), NULL, &ctx, &why) < 0)
			die(EXIT_BUG, "the request is refused: %s", why.p);
		json_release(&d);
		rounds++;
	} while ((used = now() - start) < seconds);
	chatctx_release(&ctx);
	return used * 1000 / (double)rounds;
}

int
main(int argc, char *argv[])
{
	double seconds = 0.5;

	err_init(argc, argv, "chatbench");
	if (argc > 1)
		seconds = atof(argv[1]);
	printf("text %.0f chunks/s\n", stream("\"content\":\" some tokens\"", seconds));
	printf("arguments %.0f chunks/s\n", stream("\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":"
	    "{\"name\":\"Write\",\"arguments\":\"{\\\"a\\\":\"}}]", seconds));
	printf("request of 500 kB %.2f ms\n", request(seconds));
	err_close_stdout();
	return 0;
}
