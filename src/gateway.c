/* SPDX-License-Identifier: MIT */
/*
 * jobdir-gateway: the model's door. Speaks Anthropic Messages to one client on
 * loopback, holds the key, and asks the one upstream that it was started for.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "err.h"
#include "gwcall.h"
#include "gwconnect.h"
#include "gwprofile.h"
#include "gwserver.h"
#include "gwsetup.h"
#include "num.h"
#include "proc.h"

static const char usage[] =
	"usage: jobdir-gateway [-hV] --key-fd=FD [--mode=MODE] [--upstream=URL] [--model=NAME]\n"
	"       [--profile=NAME] [--fallback=URL] [--fallback-model=NAME]\n"
	"       [--listen-fd=FD] [--socket=PATH] [--life-fd=FD] [--job=ID] [--job-fd=FD]\n"
	"       [--metrics=FILE] [--forward-fd=FD ...] [--allow-host=NAME ...]\n";

#define KEYS_MAX (64 << 10)

enum opt { OPT_ALLOW_HOST, OPT_FALLBACK, OPT_FALLBACK_MODEL, OPT_FORWARD_FD, OPT_JOB, OPT_JOB_FD,
	OPT_KEY_FD, OPT_LIFE_FD, OPT_LISTEN_FD, OPT_METRICS, OPT_MODE, OPT_MODEL, OPT_PROFILE,
	OPT_SOCKET, OPT_UPSTREAM, OPT_COUNT };

static const struct option longs[] = {
	{ "allow-host", required_argument, NULL, OPT_ALLOW_HOST },
	{ "fallback", required_argument, NULL, OPT_FALLBACK },
	{ "fallback-model", required_argument, NULL, OPT_FALLBACK_MODEL },
	{ "forward-fd", required_argument, NULL, OPT_FORWARD_FD },
	{ "help", no_argument, NULL, 'h' },
	{ "job", required_argument, NULL, OPT_JOB },
	{ "job-fd", required_argument, NULL, OPT_JOB_FD },
	{ "key-fd", required_argument, NULL, OPT_KEY_FD },
	{ "life-fd", required_argument, NULL, OPT_LIFE_FD },
	{ "listen-fd", required_argument, NULL, OPT_LISTEN_FD },
	{ "metrics", required_argument, NULL, OPT_METRICS },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "model", required_argument, NULL, OPT_MODEL },
	{ "profile", required_argument, NULL, OPT_PROFILE },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "upstream", required_argument, NULL, OPT_UPSTREAM },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct gateway {
	struct gwserver server;
	struct gwconf conf;
	struct gwsource signals, life;
	int key, listen, job, forward[GWTUNNEL_PORTS], nforward;
	int keep[GWTUNNEL_PORTS + 4], nkeep;	/* every descriptor that was named */
	char *opt[OPT_COUNT];
};

static int
descriptor(struct gateway *g, const char *option, const char *text)
{
	int64_t n;

	if (!text)
		return -1;		/* not given */
	if (num_parse(text, 3, INT_MAX, &n) < 0 || fcntl((int)n, F_SETFD, FD_CLOEXEC) < 0)
		die(EXIT_USAGE, "--%s is no open descriptor: '%s'", option, text);
	return g->keep[g->nkeep++] = (int)n;
}

static void
allow(struct gateway *g, const char *host)
{
	CLEANUP(buf) struct buf why = BUF_INIT;

	if (gwconf_allow(&g->conf, host, &why) < 0)
		die(EXIT_USAGE, "--allow-host=%s: %s", host, why.p);
}

static void
parse(struct gateway *g, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+hV", longs, NULL)) != -1)
		switch (c) {
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-gateway " JOBDIR_VERSION "\n");
		case '?':
			exit(EXIT_USAGE);	/* getopt has said what */
		case OPT_ALLOW_HOST:
			allow(g, optarg);
			break;
		case OPT_FORWARD_FD:
			if (g->nforward == GWTUNNEL_PORTS)
				die(EXIT_USAGE, "--forward-fd: at most %d of them", GWTUNNEL_PORTS);
			g->forward[g->nforward++] = descriptor(g, "forward-fd", optarg);
			break;
		default:
			g->opt[c] = optarg;
		}
	if (optind < argc)
		die(EXIT_USAGE, "no operands are wanted, not '%s'", argv[optind]);
	if (!g->opt[OPT_KEY_FD])
		die(EXIT_USAGE, "--key-fd is wanted: keys and token come by descriptor");
	g->key = descriptor(g, "key-fd", g->opt[OPT_KEY_FD]);
	g->listen = descriptor(g, "listen-fd", g->opt[OPT_LISTEN_FD]);
	g->life.fd = descriptor(g, "life-fd", g->opt[OPT_LIFE_FD]);
	g->job = descriptor(g, "job-fd", g->opt[OPT_JOB_FD]);
}

static void
one_upstream(struct gateway *g, int i, const char *url, const char *model)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct gwupstream *u = &g->conf.up[i];

	u->name = i ? "fallback" : "primary";
	u->model = model ? strdup(model) : NULL;
	if (model && !u->model)
		die_sys("cannot start");
	if (!url)
		return;
	if (gwconf_url(u, url, &why) < 0)
		die(EXIT_USAGE, "'%s': %s", url, why.p);
	u->profile = gwprofile_choose(url, i ? NULL : g->opt[OPT_PROFILE]);
	if (!u->profile)
		die(EXIT_USAGE, "no profile '%s' (see jobdir-gateway(1))", g->opt[OPT_PROFILE]);
}

/* Everything it is told, the keys last and wiped at once. */
static void
configure(struct gateway *g)
{
	CLEANUP(buf) struct buf keys = BUF_INIT, why = BUF_INIT;
	const char *url = g->opt[OPT_UPSTREAM];

	g->conf.body_max = GWCONF_BODY;
	g->conf.cafile = getenv("SSL_CERT_FILE");
	if (g->opt[OPT_MODE] && gwconf_mode(g->opt[OPT_MODE], &g->conf.mode) < 0)
		die(EXIT_USAGE, "--mode is openai, anthropic or connect, not '%s'", g->opt[OPT_MODE]);
	if (g->conf.mode == GWMODE_ANTHROPIC && !url)
		url = "https://api.anthropic.com";
	if (g->conf.mode == GWMODE_OPENAI && !url)
		die(EXIT_USAGE, "--upstream is wanted: the base URL of a chat-completions gateway");
	if (g->conf.mode == GWMODE_CONNECT && !g->conf.nhosts)
		allow(g, "api.anthropic.com");
	one_upstream(g, 0, url, g->opt[OPT_MODEL]);
	one_upstream(g, 1, g->opt[OPT_FALLBACK], g->opt[OPT_FALLBACK_MODEL]);
	/* From its beginning: who prepared it may have left it at its end. */
	if ((lseek(g->key, 0, SEEK_SET) < 0 && errno != ESPIPE) ||
	    buf_read(&keys, g->key, KEYS_MAX) < 0)
		die_sys("cannot read --key-fd");
	if (gwconf_keys(&g->conf, keys.p, keys.len, &why) < 0)
		die(EXIT_USAGE, "%s", why.p);
	(void)close(g->key);		/* only read from */
}

static void
listen_all(struct gateway *g)
{
	const char *path = g->opt[OPT_SOCKET];
	uint16_t port = 0;
	int fd;

	if (g->listen >= 0 && gwserver_listen(&g->server, g->listen) < 0)
		die(EXIT_USAGE, "--listen-fd is no socket that listens on this machine: %s",
			strerror(errno));
	if (path && ((fd = gwsetup_path(path)) < 0 || gwserver_listen(&g->server, fd) < 0))
		die_sys("cannot listen at '%s'", path);
	if (g->listen < 0 && !path) {
		fd = gwsetup_port(&port);
		if (fd < 0 || gwserver_listen(&g->server, fd) < 0)
			die_sys("cannot listen on 127.0.0.1");
		printf("%u\n", port);
	}
	err_close_stdout();
	for (int i = 0; i < g->nforward; i++)
		if (gwtunnel_listen(&g->server.tunnel, g->forward[i]) < 0)
			die(EXIT_USAGE, "--forward-fd is no socket that listens on 127.0.0.1: %s",
				strerror(errno));
}

static void
end_by_signal(struct gwsource *s, uint32_t events)
{
	(void)events;
	gwserver_stop(&GWLOOP_OF(s, struct gateway, signals)->server);
}

static void
end_of_life(struct gwsource *s, uint32_t events)
{
	char junk[64];
	ssize_t n = read(s->fd, junk, sizeof junk);

	(void)events;
	if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
		gwserver_stop(&GWLOOP_OF(s, struct gateway, life)->server);
}

static void
say(const char *text)
{
	warnx("%s", text);
}

int
main(int argc, char *argv[])
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP, 0 };
	static struct gateway g;	/* large */

	err_init(argc, argv, "jobdir-gateway");
	parse(&g, argc, argv);
	proc_keep_fds(g.keep, (size_t)g.nkeep);
	if (gwsetup_harden(g.life.fd >= 0) < 0)
		die_sys("cannot protect the keys");
	configure(&g);
	if (gwserver_open(&g.server, &g.conf, &gwcall_handler) < 0)
		die_sys("cannot start");
	if (g.conf.mode == GWMODE_CONNECT)
		g.server.front.dialer = &gwconnect_dialer;
	g.server.job = g.opt[OPT_JOB];
	g.server.jobfd = g.job;
	g.server.metrics_file = g.opt[OPT_METRICS];
	g.server.say = say;
	g.signals = (struct gwsource){ proc_signalfd(ends), end_by_signal };
	g.life.ready = end_of_life;
	if (g.signals.fd < 0 || gwloop_add(&g.server.loop, &g.signals, EPOLLIN) < 0 ||
	    (g.life.fd >= 0 && gwloop_add(&g.server.loop, &g.life, EPOLLIN) < 0))
		die_sys("cannot start");
	listen_all(&g);
	if (gwserver_run(&g.server) < 0)
		die_sys("cannot wait");
	gwserver_close(&g.server);
	gwconf_release(&g.conf);
	if (g.opt[OPT_SOCKET])
		(void)unlink(g.opt[OPT_SOCKET]);	/* ours; gone already: also good */
	return EXIT_OK;
}
