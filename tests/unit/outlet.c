/* SPDX-License-Identifier: MIT */
#include "outlet.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "t.h"

/*
 * Much more than fits goes through a pair of descriptors, a slow reader at the
 * other end: nothing is lost or doubled, and the buffer does not grow.
 */
static void
stream(int out, int in, const char *what)
{
	struct outlet o;
	struct buf b = BUF_INIT;
	unsigned sent = 0, got = 0;
	size_t most = 0;
	bool good = true;
	unsigned n[1024];
	ssize_t k;

	outlet_open(&o, out);
	while (got < 1000000 && good) {
		while (outlet_left(&o, &b) < 200000 && sent < 1000000)
			buf_add(&b, &sent, sizeof sent), sent++;
		(void)outlet_write(&o, &b);
		most = b.len > most ? b.len : most;
		k = read(in, n, sizeof n);
		for (ssize_t i = 0; i < k / (ssize_t)sizeof *n; i++)
			good = good && n[i] == got++;
		good = good && k > 0 && k % (ssize_t)sizeof *n == 0;
	}
	OK(good, what);
	OK(most < 400000, "the buffer stays small");
	EQ(outlet_left(&o, &b), 0, "all is out");
	EQ(fcntl(out, F_GETFL) & O_NONBLOCK, 0, "the shared descriptor is as it was");
	close(in);
	buf_addstr(&b, "x");
	while (!o.gone && outlet_left(&o, &b))
		(void)outlet_write(&o, &b);
	OK(o.gone, "nobody reads: gone");
	outlet_close(&o);
	close(out);
	buf_release(&b);
}

int
main(void)
{
	int p[2];

	(void)signal(SIGPIPE, SIG_IGN);
	if (pipe(p))
		return 111;
	stream(p[1], p[0], "through a pipe");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, p))
		return 111;
	stream(p[1], p[0], "through a socket");
	return t_done();
}
