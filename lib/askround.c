/* SPDX-License-Identifier: MIT */
#include "askround.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "buf.h"
#include "calls.h"
#include "clock.h"
#include "jsonw.h"
#include "reply.h"
#include "rpc.h"

#define HEX (2 * SHA256_SIZE)
#define STATE_MS (60 * 60 * 1000)
#define STATE_MAX (64u << 10)

static void
mac(struct askround_secret *s, const char *p, size_t len, char hex[HEX + 1])
{
	unsigned char pad[64], sum[SHA256_SIZE];
	struct sha256 h;

	memset(pad, 0x36, sizeof pad);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		pad[i] ^= s->key[i];
	sha256_init(&h);
	sha256_update(&h, pad, sizeof pad);
	sha256_update(&h, p, len);
	sha256_final(&h, sum);
	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	CLEANUP(buf) struct buf outer = BUF_INIT;

	if (buf_add(&outer, (char *)pad, sizeof pad) || buf_add(&outer, (char *)sum, sizeof sum))
		memset(hex, 0, HEX + 1);	/* equal to none */
	else
		sha256_hex(outer.p, outer.len, hex);
}

static int
have_secret(struct askround_secret *s)
{
	if (!s->known)
		s->known = getrandom(s->key, sizeof s->key, 0) == sizeof s->key;
	return s->known ? 0 : -1;
}

/* Is this one open? It no longer is. */
static bool
use_up(struct askround_secret *s, int64_t number)
{
	int64_t *at = &s->open[(uint64_t)number % ASKROUND_OPEN];

	if (number <= 0 || *at != number)
		return false;
	*at = 0;
	return true;
}

/* Is it one of ours, for this call, not used and not too old? */
static bool
is_ours(struct askround_secret *s, const struct call *c, const struct buf *state)
{
	char want[HEX + 1];
	unsigned differ = 0;
	struct json d;
	bool good;

	if (!s->known || state->len <= HEX || state->len > STATE_MAX)
		return false;
	mac(s, state->p + HEX, state->len - HEX, want);
	for (size_t i = 0; i < HEX; i++)
		differ |= (unsigned char)want[i] ^ (unsigned char)state->p[i];
	if (differ || json_parse(&d, state->p + HEX, state->len - HEX, NULL))
		return false;
	good = json_is(&d, json_get(&d, 0, "call"), c->hash) &&
		json_get_int(&d, 0, "until", 0) > clock_boot_ms() &&
		use_up(s, json_get_int(&d, 0, "number", 0));
	json_release(&d);
	return good;
}

int
askround_take(struct askround_secret *s, struct call *c, const struct rpc_message *m, struct reply *r)
{
	int responses = json_get(&m->doc, m->params, "inputResponses");
	int state = json_get(&m->doc, m->params, "requestState");
	CLEANUP(buf) struct buf text = BUF_INIT, call = BUF_INIT;
	size_t len;
	const char *raw;

	if (!c->era.stateless)
		return 0;
	if (buf_addf(&call, "%s\n", c->tool) || buf_add(&call, c->args.p, c->args.len))
		return reply_fail(r, RPC_E_INTERNAL, "out of memory");
	sha256_hex(call.p, call.len, c->hash);
	if (responses >= 0 && json_type(&m->doc, responses) != JSON_T_OBJECT)
		return reply_fail(r, RPC_E_PARAMS, "inputResponses must be an object");
	for (int n = json_first(&m->doc, responses); n >= 0; n = json_next(&m->doc, n))
		if (json_type(&m->doc, json_value(&m->doc, n)) != JSON_T_OBJECT)
			return reply_fail(r, RPC_E_PARAMS, "each of inputResponses must be an object");
	if (state >= 0 && (json_str(&m->doc, state, &text) || !is_ours(s, c, &text)))
		return reply_fail(r, RPC_E_PARAMS, "requestState is not one of this server for this call, "
			"or it is used or too old: call without it");
	if (text.len && buf_add(&c->state, text.p + HEX, text.len - HEX))
		return reply_fail(r, RPC_E_INTERNAL, "out of memory");
	raw = json_raw(&m->doc, responses, &len);
	if (responses >= 0 && buf_add(&c->given, raw, len))
		return reply_fail(r, RPC_E_INTERNAL, "out of memory");
	return 0;
}

/* One round of questions. */
struct round {
	const struct json *d;
	int ask;
	char hash[HEX + 1];		/* of all that is asked in it */
	bool free;
	struct json given, state;
};

/* The answer to the question name: its node, in *in; or JSON_ABSENT. */
static int
answer_of(struct round *r, const char *key, const struct json **in)
{
	int past = json_get(&r->state, json_get(&r->state, 0, "past"), key);
	int now = json_get(&r->given, 0, key);

	*in = &r->state;
	if (json_is(&r->state, json_get(&r->state, past, "asked"), r->hash))
		return json_get(&r->state, past, "said");
	*in = &r->given;
	return r->free || json_is(&r->state, json_get(&r->state, 0, "asked"), r->hash) ? now : JSON_ABSENT;
}

/* {KEY: …} of this round into w. False: one is not answered. */
static bool
write_answers(struct round *r, struct jsonw *w, bool past)
{
	bool all = true;

	for (int n = json_first(r->d, r->ask); n >= 0; n = json_next(r->d, n)) {
		CLEANUP(free) char *key = json_cstr(r->d, n);
		const struct json *in;
		int node = key ? answer_of(r, key, &in) : JSON_ABSENT;

		if (node < 0) {
			all = false;
			continue;
		}
		jsonw_key(w, key);
		if (past) {
			jsonw_object(w);
			jsonw_mstr(w, "asked", r->hash);
			jsonw_key(w, "said");
		}
		jsonw_node(w, in, node);
		if (past)
			jsonw_end(w);
	}
	return all;
}

/* The state for the next call: what is asked now, and what was answered before. */
static void
make_state(struct askround_secret *s, struct call *c, struct round *r, struct buf *text)
{
	int past = json_get(&r->state, 0, "past");
	CLEANUP(buf) struct buf body = BUF_INIT;
	char sum[HEX + 1];
	struct jsonw w;

	jsonw_init(&w, &body);
	jsonw_object(&w);
	s->made++;
	s->open[(uint64_t)s->made % ASKROUND_OPEN] = s->made;
	jsonw_mint(&w, "number", s->made);
	jsonw_mstr(&w, "call", c->hash);
	jsonw_mstr(&w, "asked", r->hash);
	jsonw_mint(&w, "until", clock_boot_ms() + STATE_MS);
	jsonw_key(&w, "past");
	if (c->past.len)
		jsonw_raw(&w, c->past.p, c->past.len);
	else if (past >= 0)
		jsonw_node(&w, &r->state, past);
	else
		jsonw_raw(&w, "{}", 2);
	jsonw_end(&w);
	mac(s, body.p, body.len, sum);
	(void)buf_addstr(text, sum);
	(void)buf_add(text, body.p, body.len);
	if (!buf_ok(&body))
		text->failed = true;
}

/* What was answered in rounds before and in this one, for the state of the next. */
static void
remember(struct call *c, struct round *r)
{
	int past = json_get(&r->state, 0, "past");
	struct json was = { 0 };
	CLEANUP(buf) struct buf now = BUF_INIT;
	bool again = c->past.len && !json_parse(&was, c->past.p, c->past.len, NULL);
	const struct json *d = again ? &was : &r->state;
	struct jsonw w;

	jsonw_init(&w, &now);
	jsonw_object(&w);
	(void)write_answers(r, &w, true);
	for (int n = json_first(d, again ? 0 : past); n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *key = json_cstr(d, n);

		if (!key || json_get(r->d, r->ask, key) >= 0)
			continue;
		jsonw_key(&w, key);
		jsonw_node(&w, d, json_value(d, n));
	}
	jsonw_end(&w);
	json_release(&was);
	buf_release(&c->past);
	(void)buf_add(&c->past, now.p, now.len);
}

static int
ask_again_later(struct askround_secret *s, struct call *c, struct round *r)
{
	CLEANUP(buf) struct buf state = BUF_INIT;
	size_t len;
	const char *raw = json_raw(r->d, r->ask, &len);
	struct jsonw w;

	if (have_secret(s))
		return -1;
	make_state(s, c, r, &state);
	jsonw_init(&w, &c->needed);
	jsonw_object(&w);
	jsonw_mstr(&w, "resultType", "input_required");
	jsonw_key(&w, "inputRequests");
	jsonw_raw(&w, raw, len);
	jsonw_key(&w, "requestState");
	jsonw_str(&w, state.p, state.len);
	jsonw_end(&w);
	return buf_ok(&state) && buf_ok(&c->needed) ? 0 : -1;
}

int
askround(struct askround_secret *s, struct call *c, const struct json *d, int ask, bool free_one,
	struct buf *line)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct round r = { .d = d, .ask = ask, .free = free_one };
	size_t len;
	const char *raw = json_raw(d, ask, &len);
	struct jsonw w;
	int got = 1;

	if (buf_addf(&text, "%s\n", c->hash) || buf_add(&text, raw, len))
		return -1;
	sha256_hex(text.p, text.len, r.hash);
	(void)json_parse(&r.given, c->given.p, c->given.len, NULL);	/* else empty: no answers */
	(void)json_parse(&r.state, c->state.p, c->state.len, NULL);	/* as given */
	jsonw_init(&w, line);
	jsonw_object(&w);
	jsonw_key(&w, "answers");
	jsonw_object(&w);
	if (write_answers(&r, &w, false))
		remember(c, &r);
	else
		got = ask_again_later(s, c, &r);
	jsonw_end(&w);
	jsonw_end(&w);
	(void)buf_addch(line, '\n');	/* the caller looks */
	json_release(&r.given);
	json_release(&r.state);
	return got;
}
