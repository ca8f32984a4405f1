/* SPDX-License-Identifier: MIT */
/*
 * gwbench: both ends of a gateway that is measured.
 *
 *	gwbench serve			a provider of chat completions; prints its port
 *	gwbench load PORT KIND BYTES CHUNKS PACE STREAMS
 *		so many requests at once, of so many bytes, each answered with CHUNKS
 *		chunks, one every PACE microseconds (0: as fast as they go). KIND:
 *		openai, or anthropic (with $GWBENCH_KEY). Prints: ms to the first
 *		chunk (median over streams), us from a chunk's writing to its reading
 *		(p50, p99), chunks, seconds.
 *	gwbench ready PROGRAM ARG...	ms from exec to the first byte it prints; $GWBENCH_KEYS
 *					is opened as its descriptor 9
 *
 * Each chunk holds the time at which it was written.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "err.h"

#define STREAMS 256

static int64_t
now(void)			/* ns */
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k <= 0)
			return;		/* the other end will see */
		p += k;
		n -= (size_t)k;
	}
}

/* ---- the provider ---- */

/* One event in an HTTP chunk of its own, as providers send them. */
static size_t
event(char *to, size_t room, const char *content, const char *finish)
{
	char json[512];
	int n = snprintf(json, sizeof json, "data: {\"id\":\"chatcmpl-1234567890\",\"object\":"
		"\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"some-model\",\"choices\":[{\"index\":0,"
		"\"delta\":{%s},\"logprobs\":null,\"finish_reason\":%s}]}\n\n", content, finish);

	return (size_t)snprintf(to, room, "%x\r\n%s\r\n", (unsigned)n, json);
}

static void
answer(int fd, long chunks, long pace)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
		"Transfer-Encoding: chunked\r\n\r\n";
	char out[20000], content[80];
	size_t n = 0;
	int64_t next = now();

	send_all(fd, head, sizeof head - 1);
	for (long i = 0; i < chunks; i++) {
		(void)snprintf(content, sizeof content, "\"content\":\"t=%lld; \"", (long long)now());
		n += event(out + n, sizeof out - n, content, "null");
		if (pace || n > 16000 || i + 1 == chunks) {
			send_all(fd, out, n);
			n = 0;
		}
		if (pace) {
			struct timespec t = { .tv_nsec = 0 };

			next += pace * 1000;
			t.tv_sec = next / 1000000000;
			t.tv_nsec = next % 1000000000;
			(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		}
	}
	n = event(out, sizeof out, "", "\"stop\"");
	n += (size_t)snprintf(out + n, sizeof out - n, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
	send_all(fd, out, n);
}

/* Requests, one after the other, until the other end leaves. */
static void *
serve_one(void *arg)
{
	int fd = (int)(intptr_t)arg, one = 1;
	char *in = malloc(1 << 20);
	size_t n = 0;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	for (ssize_t k; in && (k = recv(fd, in + n, (1 << 20) - 1 - n, 0)) > 0;) {
		char *body, *length, *word;

		n += (size_t)k;
		in[n] = '\0';
		body = strstr(in, "\r\n\r\n");
		length = body ? strcasestr(in, "content-length:") : NULL;
		if (!length || in + n < body + 4 + atol(length + 15))
			continue;
		word = strstr(body, "chunks=");
		answer(fd, word ? atol(word + 7) : 1, word && strstr(word, "pace=") ? atol(strstr(word, "pace=") + 5) : 0);
		n = 0;
	}
	free(in);
	(void)close(fd);
	return NULL;
}

static void
serve(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, 512) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		die_sys("cannot listen");
	printf("%u\n", ntohs(a.sin_port));
	(void)fflush(stdout);
	for (;;) {
		pthread_t t;
		int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (c >= 0 && !pthread_create(&t, NULL, serve_one, (void *)(intptr_t)c))
			(void)pthread_detach(t);
	}
}

/* ---- the client ---- */

struct stream {
	int fd, state;
	int64_t value, first;
	char tail[5];			/* the last bytes */
};

static double *lat;
static long nlat, caplat;

static void
scan(struct stream *s, const char *p, size_t n, int64_t at)
{
	for (; n--; p++) {
		if (s->state == 2 && *p >= '0' && *p <= '9') {
			s->value = s->value * 10 + (*p - '0');
			continue;
		}
		if (s->state == 2 && *p == ';' && nlat < caplat) {
			lat[nlat++] = (double)(at - s->value) / 1e3;
			if (!s->first)
				s->first = at;
		}
		s->state = s->state == 1 && *p == '=' ? 2 : *p == 't' ? 1 : 0;
		s->value = 0;
	}
}

/* The last chunk: a server may keep the connection open behind it. */
static bool
ended(struct stream *s, const char *p, size_t n)
{
	char both[sizeof s->tail * 2];
	size_t k = n < sizeof s->tail ? n : sizeof s->tail;

	memcpy(both, s->tail, sizeof s->tail);
	memcpy(both + sizeof s->tail, p + n - k, k);
	memcpy(s->tail, both + k, sizeof s->tail);
	return !memcmp(s->tail, "0\r\n\r\n", sizeof s->tail);
}

static int
ask(int port, const char *kind, const char *request, size_t len)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	bool theirs = !strcmp(kind, "anthropic");
	const char *key = getenv("GWBENCH_KEY");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char head[512];
	int n = snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
		"Connection: close\r\nanthropic-version: 2023-06-01\r\nx-api-key: %s\r\nContent-Length: %zu\r\n\r\n",
		theirs ? "/v1/messages" : "/v1/chat/completions", port, key ? key : "none", len);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		die_sys("cannot connect to %d", port);
	send_all(fd, head, (size_t)n);
	send_all(fd, request, len);
	return fd;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
load(char *argv[])
{
	static struct stream s[STREAMS];
	static struct pollfd p[STREAMS];
	static char in[1 << 18];
	double firsts[STREAMS];
	int port = atoi(argv[2]), streams = atoi(argv[7]), left = streams;
	size_t bytes = (size_t)atol(argv[4]), n;
	char *request = malloc(bytes + 400);
	int64_t start, asked[STREAMS];

	caplat = atol(argv[5]) * streams;
	lat = malloc((size_t)caplat * sizeof *lat);
	if (!request || !lat || streams > STREAMS)
		die(EXIT_USAGE, "too much");
	n = (size_t)sprintf(request, "{\"model\":\"%s\",\"max_tokens\":4096,\"stream\":true,\"messages\":[{\"role\":\"user\","
		"\"content\":\"chunks=%s pace=%s ", strcmp(argv[3], "anthropic") ? "some-model" : "sonnet", argv[5], argv[6]);
	/* Words: who counts tokens takes quadratic time for one endless word. */
	for (size_t end = n + bytes; n < end; n++)
		request[n] = "some more words "[n % 16];
	n += (size_t)sprintf(request + n, "\"}]}");
	start = now();
	for (int i = 0; i < streams; i++) {
		asked[i] = now();
		p[i] = (struct pollfd){ .fd = s[i].fd = ask(port, argv[3], request, n), .events = POLLIN };
	}
	while (left) {
		if (poll(p, (nfds_t)streams, 30000) <= 0)
			die(EXIT_TEMP, "no answer");
		for (int i = 0; i < streams; i++) {
			ssize_t k = p[i].revents ? recv(p[i].fd, in, sizeof in, MSG_DONTWAIT) : -1;

			if (k > 0)
				scan(&s[i], in, (size_t)k, now());
			if (k > 0 ? ended(&s[i], in, (size_t)k) : p[i].revents && (!k || errno != EAGAIN)) {
				p[i].fd = -1;
				left--;
			}
		}
	}
	start = now() - start;
	for (int i = 0; i < streams; i++)
		firsts[i] = s[i].first ? (double)(s[i].first - asked[i]) / 1e6 : -1;
	qsort(firsts, (size_t)streams, sizeof *firsts, by_value);
	qsort(lat, (size_t)nlat, sizeof *lat, by_value);
	printf("%.3f %.1f %.1f %ld %.4f\n", firsts[streams / 2], nlat ? lat[nlat / 2] : -1.0,
		nlat ? lat[nlat - 1 - nlat / 100] : -1.0, nlat, (double)start / 1e9);
}

/* ---- starting ---- */

static void
ready(char *argv[])
{
	const char *file = getenv("GWBENCH_KEYS");
	int ends[2], st, keys = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	int64_t start;
	pid_t pid;
	char c;

	if (pipe(ends) < 0)
		die_sys("cannot make a pipe");
	start = now();
	pid = vfork();
	if (!pid) {
		(void)dup2(ends[1], 1);
		if (keys >= 0)
			(void)dup2(keys, 9);
		(void)execvp(argv[2], argv + 2);
		_exit(127);
	}
	(void)close(ends[1]);
	if (pid < 0 || read(ends[0], &c, 1) != 1)
		die_sys("'%s' says nothing", argv[2]);
	printf("%.3f\n", (double)(now() - start) / 1e6);
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, &st, 0);
}

int
main(int argc, char *argv[])
{
	err_init(argc, argv, "gwbench");
	if (argc == 2 && !strcmp(argv[1], "serve"))
		serve();
	else if (argc == 8 && !strcmp(argv[1], "load"))
		load(argv);
	else if (argc > 2 && !strcmp(argv[1], "ready"))
		ready(argv);
	else
		die(EXIT_USAGE, "usage: gwbench serve | load PORT KIND BYTES CHUNKS PACE STREAMS | ready PROGRAM");
	err_close_stdout();
	return 0;
}
