/* SPDX-License-Identifier: MIT */
#include "httpcall.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "num.h"
#include "url.h"

#define CONNECT_MS 10000L
#define RETRY_AFTER_MAX_S 3600

struct transfer {
	struct httpcall *c;
	CURL *curl;
};

static size_t
on_data(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct httpcall *c = t->c;
	long status = 0;

	n *= size;
	if (c->text.len + n > HTTPCALL_ANSWER_MAX || buf_add(&c->text, p, n) < 0)
		return 0;		/* curl ends the transfer with CURLE_WRITE_ERROR */
	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (c->told && status >= 200 && status < 300)
		c->told(p, n, c->arg);
	return n;
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	static const char name[] = "retry-after:";
	struct transfer *t = arg;
	char value[24];
	size_t i = sizeof name - 1, len = 0;
	int64_t s;

	n *= size;
	if (n < i || strncasecmp(p, name, i))
		return n;
	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	while (i < n && p[i] >= '0' && p[i] <= '9' && len + 1 < sizeof value)
		value[len++] = p[i++];
	value[len] = '\0';
	if (!num_parse(value, 0, RETRY_AFTER_MAX_S, &s))
		t->c->retry_after_ms = s * 1000;
	return n;
}

static struct curl_slist *
headers(const struct httpcall *c)
{
	CLEANUP(buf) struct buf login = BUF_INIT;
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json"), *more = NULL;

	if (list && c->key && !buf_addf(&login, "Authorization: Bearer %s", c->key))
		more = curl_slist_append(list, login.p);
	explicit_bzero(login.p, login.len);
	if (more || (list && !c->key))
		return list;
	curl_slist_free_all(list);
	return NULL;
}

static int
set_up(struct transfer *t, struct curl_slist *list)
{
	CURL *h = t->curl;
	struct httpcall *c = t->c;
	uint16_t port;
	bool here;
	int bad = 0;

	bad |= curl_easy_setopt(h, CURLOPT_URL, c->url);
	/* A proxy of the environment would read the key, and this machine is not behind one. */
	if (!url_port(c->url, &port, &here) && here)
		bad |= curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
	bad |= curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
	bad |= curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->len);
	bad |= curl_easy_setopt(h, CURLOPT_POSTFIELDS, c->body);
	bad |= curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	bad |= curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)c->timeout_ms);
	bad |= curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_data);
	bad |= curl_easy_setopt(h, CURLOPT_WRITEDATA, t);
	bad |= curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	bad |= curl_easy_setopt(h, CURLOPT_HEADERDATA, t);
	return bad ? -1 : 0;
}

int
httpcall(struct httpcall *c, struct buf *why)
{
	struct transfer t = { c, curl_easy_init() };
	struct curl_slist *list = headers(c);
	CURLcode got = CURLE_FAILED_INIT;
	curl_off_t first = 0, total = 0;
	long status = 0;

	buf_reset(&c->text);
	c->status = 0;
	c->retry_after_ms = -1;
	if (t.curl && list && !set_up(&t, list))
		got = curl_easy_perform(t.curl);
	if (t.curl) {
		(void)curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &status);
		(void)curl_easy_getinfo(t.curl, CURLINFO_STARTTRANSFER_TIME_T, &first);
		(void)curl_easy_getinfo(t.curl, CURLINFO_TOTAL_TIME_T, &total);
		curl_easy_cleanup(t.curl);
	}
	curl_slist_free_all(list);
	c->status = (int)status;
	c->first_byte_ms = first / 1000;
	c->total_ms = total / 1000;
	if (got == CURLE_OK)
		return 0;
	(void)buf_addstr(why, got == CURLE_WRITE_ERROR ? "the answer is too large" :
		curl_easy_strerror(got));	/* sticky */
	errno = EIO;
	return -1;
}
