/* SPDX-License-Identifier: MIT */
#include "gwup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "curldl.h"

#define CONNECT_MS 10000L
#define SILENCE_S 300L			/* without a byte */
#define BUFFER (64L << 10)
#define SPARE 8				/* handles kept for the next request */

struct gwup {
	struct gwloop *loop;
	struct curldl c;
	CURLM *multi;			/* NULL: nothing was asked yet */
	struct gwtimer timer;
	CURL *spare[SPARE];
	int nspare;
	struct upsocket *sockets;
};

struct upsocket {
	struct gwsource src;
	struct gwup *up;
	struct upsocket *next;
};

/* libcurl closes its own with the handle. */
static void
keep_socket(struct gwup *u, struct gwtry *t, CURLcode code)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (!t->bare || code)
		return;
	if (!u->c.easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd) && fd != CURL_SOCKET_BAD)
		t->sock = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (t->sock < 0)
		(void)strncpy(t->wrong, "out of descriptors", sizeof t->wrong - 1);
}

static void
finish(struct gwup *u)
{
	CURLMsg *m;
	int left;

	/* done() may start or cancel others; each message is taken before it runs. */
	while ((m = u->c.multi_info_read(u->multi, &left))) {
		CURLcode code = m->data.result;
		CURL *easy = m->easy_handle;
		struct gwtry *t = NULL;
		long status = 0;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)u->c.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
		if (!t->head.status && !u->c.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status))
			t->head.status = (int)status;
		if (code)
			(void)strncpy(t->wrong, u->c.easy_strerror(code), sizeof t->wrong - 1);
		keep_socket(u, t, code);
		gwup_cancel(t);
		t->done(t, code || (t->bare && t->sock < 0) ? t->wrong : NULL);
	}
}

static void
act(struct gwup *u, curl_socket_t fd, int events)
{
	int running;

	(void)u->c.multi_socket_action(u->multi, fd, events, &running);	/* errors come as messages */
	finish(u);
}

static void
socket_ready(struct gwsource *s, uint32_t events)
{
	struct upsocket *k = GWLOOP_OF(s, struct upsocket, src);

	act(k->up, s->fd, (events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
		(events & EPOLLOUT ? CURL_CSELECT_OUT : 0) | (events & EPOLLERR ? CURL_CSELECT_ERR : 0));
}

static void
timer_fired(struct gwtimer *t)
{
	act(GWLOOP_OF(t, struct gwup, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int
on_timer(CURLM *m, long ms, void *arg)
{
	struct gwup *u = arg;

	(void)m;
	if (ms < 0)
		gwloop_timer_off(&u->timer);
	else
		gwloop_timer(u->loop, &u->timer, ms);
	return 0;
}

static void
forget(struct gwup *u, struct upsocket *k)
{
	gwloop_remove(u->loop, &k->src);
	for (struct upsocket **p = &u->sockets; *p; p = &(*p)->next)
		if (*p == k) {
			*p = k->next;
			break;
		}
	free(k);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *mine)
{
	struct gwup *u = arg;
	struct upsocket *k = mine;
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (k)
			forget(u, k);
		return 0;
	}
	if (k)
		return gwloop_change(u->loop, &k->src, events);
	k = malloc(sizeof *k);
	if (!k)
		return -1;
	*k = (struct upsocket){ .src = { fd, socket_ready }, .up = u, .next = u->sockets };
	u->sockets = k;
	if (gwloop_add(u->loop, &k->src, events) < 0 || u->c.multi_assign(u->multi, fd, k)) {
		forget(u, k);
		return -1;
	}
	return 0;
}

struct gwup *
gwup_new(struct gwloop *l)
{
	struct gwup *u = calloc(1, sizeof *u);

	if (!u)
		return NULL;
	u->loop = l;
	u->timer.fire = timer_fired;
	return u;
}

/* With the first request. */
static int
begin(struct gwup *u)
{
	CURLM *m;

	if (u->multi)
		return 0;
	if (curldl_load(&u->c) < 0)
		return -1;
	if (u->c.global_init(CURL_GLOBAL_DEFAULT)) {
		errno = ENOMEM;
		return -1;
	}
	m = u->c.multi_init();
	if (m && !u->c.multi_setopt(m, CURLMOPT_SOCKETFUNCTION, on_socket) &&
	    !u->c.multi_setopt(m, CURLMOPT_SOCKETDATA, u) &&
	    !u->c.multi_setopt(m, CURLMOPT_TIMERFUNCTION, on_timer) &&
	    !u->c.multi_setopt(m, CURLMOPT_TIMERDATA, u)) {
		u->multi = m;
		return 0;
	}
	if (m)
		(void)u->c.multi_cleanup(m);
	u->c.global_cleanup();
	errno = ENOMEM;
	return -1;
}

void
gwup_free(struct gwup *u)
{
	if (!u)
		return;
	while (u->nspare)
		u->c.easy_cleanup(u->spare[--u->nspare]);
	if (u->multi) {
		(void)u->c.multi_cleanup(u->multi);
		u->c.global_cleanup();
	}
	gwloop_timer_off(&u->timer);
	while (u->sockets)
		forget(u, u->sockets);
	free(u);
}

/* ---- one request ---- */

static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	struct gwtry *t = arg;

	gwhead_line(&t->head, line, n * size);
	return n * size;
}

static size_t
on_data(char *p, size_t size, size_t n, void *arg)
{
	struct gwtry *t = arg;
	long status = 0;

	n *= size;
	if (!t->head.status && !t->up->c.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status))
		t->head.status = (int)status;
	switch (t->data(t, p, n)) {
	case GWUP_TAKEN:
		return n;
	case GWUP_LATER:
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	default:
		return 0;
	}
}

/* Who leaves while a name is looked up must not make us wait for the thread that does it. */
static void
leave_threads(const struct gwup *u, CURL *e)
{
	(void)u->c.easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);	/* not known: 7.86 and before */
}

static bool
set_up(CURL *e, struct gwtry *t, const struct gwup_ask *a)
{
	const struct gwup *u = t->up;

	return !(u->c.easy_setopt(e, CURLOPT_URL, a->url) ||
	    u->c.easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https,http") ||
	    u->c.easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) ||
	    u->c.easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) ||
	    u->c.easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) ||
	    u->c.easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ||
	    (a->cafile && u->c.easy_setopt(e, CURLOPT_CAINFO, a->cafile)) ||
	    u->c.easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) ||
	    u->c.easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, -1L) ||
	    (a->direct && u->c.easy_setopt(e, CURLOPT_NOPROXY, "*")) ||
	    u->c.easy_setopt(e, CURLOPT_NOSIGNAL, 1L) ||
	    u->c.easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) ||
	    u->c.easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L) ||
	    u->c.easy_setopt(e, CURLOPT_LOW_SPEED_TIME, SILENCE_S) ||
	    u->c.easy_setopt(e, CURLOPT_BUFFERSIZE, BUFFER) ||
	    u->c.easy_setopt(e, CURLOPT_USERAGENT, a->agent) ||
	    u->c.easy_setopt(e, CURLOPT_HTTPHEADER, t->slist) ||
	    u->c.easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) ||
	    u->c.easy_setopt(e, CURLOPT_HEADERDATA, t) ||
	    u->c.easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data) ||
	    u->c.easy_setopt(e, CURLOPT_WRITEDATA, t) ||
	    u->c.easy_setopt(e, CURLOPT_PRIVATE, t) ||
	    (a->get ? u->c.easy_setopt(e, CURLOPT_HTTPGET, 1L) :
	    (u->c.easy_setopt(e, CURLOPT_POST, 1L) ||
	    u->c.easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)a->len) ||
	    u->c.easy_setopt(e, CURLOPT_POSTFIELDS, a->body))));
}

static bool
add_headers(struct gwtry *t, const char *const *headers)
{
	for (; *headers; headers++) {
		struct curl_slist *s = t->up->c.slist_append(t->slist, *headers);

		if (!s)
			return false;
		t->slist = s;
	}
	return true;
}

/* With a handle; 0 or -1+errno. */
static int
prepare(struct gwup *u, struct gwtry *t, bool bare)
{
	t->up = u;
	t->slist = NULL;
	t->paused = false;
	t->wrong[0] = '\0';
	t->head = (struct gwhead){ .should_retry = -1 };
	t->easy = NULL;
	t->bare = bare;
	t->sock = -1;
	if (begin(u) < 0)
		return -1;
	t->easy = u->nspare ? u->spare[--u->nspare] : u->c.easy_init();
	if (t->easy)
		leave_threads(u, t->easy);
	return 0;
}

int
gwup_dial(struct gwup *u, struct gwtry *t, const char *host, unsigned port)
{
	/* As libcurl reads them for https; what is in the tunnel is that. */
	const char *small = getenv("https_proxy"), *proxy = small ? small : getenv("HTTPS_PROXY");
	char url[300];
	CURL *e;

	(void)snprintf(url, sizeof url, "http://%s:%u/", host, port);	/* fits: gwconf_allow() */
	if (prepare(u, t, true) < 0)
		return -1;
	e = t->easy;
	if (e && !u->c.easy_setopt(e, CURLOPT_URL, url) &&
	    !u->c.easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http") &&
	    !u->c.easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L) &&
	    !u->c.easy_setopt(e, CURLOPT_PROXY, proxy ? proxy : "") &&
	    !u->c.easy_setopt(e, CURLOPT_HTTPPROXYTUNNEL, 1L) &&
	    !u->c.easy_setopt(e, CURLOPT_NOSIGNAL, 1L) &&
	    !u->c.easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L) &&
	    !u->c.easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) &&
	    !u->c.easy_setopt(e, CURLOPT_PRIVATE, t) && !u->c.multi_add_handle(u->multi, e))
		return 0;
	gwup_cancel(t);
	errno = ENOMEM;
	return -1;
}

int
gwup_start(struct gwup *u, struct gwtry *t, const struct gwup_ask *a)
{
	if (prepare(u, t, false) < 0)
		return -1;
	if (t->easy && add_headers(t, a->headers) && set_up(t->easy, t, a) &&
	    !u->c.multi_add_handle(u->multi, t->easy))
		return 0;
	gwup_cancel(t);
	errno = ENOMEM;
	return -1;
}

void
gwup_resume(struct gwtry *t)
{
	if (!t->easy || !t->paused)
		return;
	t->paused = false;
	(void)t->up->c.easy_pause(t->easy, CURLPAUSE_CONT);	/* its failure ends the transfer */
}

void
gwup_cancel(struct gwtry *t)
{
	struct gwup *u = t->up;

	if (t->easy) {
		(void)u->c.multi_remove_handle(u->multi, t->easy);	/* not added: also good */
		u->c.easy_reset(t->easy);
		if (u->nspare < SPARE)
			u->spare[u->nspare++] = t->easy;
		else
			u->c.easy_cleanup(t->easy);
	}
	t->easy = NULL;
	for (struct curl_slist *h = t->slist; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));	/* one holds the key */
	if (t->slist)
		u->c.slist_free_all(t->slist);
	t->slist = NULL;
}
