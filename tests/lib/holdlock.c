/* SPDX-License-Identifier: MIT */
/*
 * holdlock FILE [END.json]: hold FILE's lock as a supervisor does; say "held"
 * on standard output; at the first byte of standard input publish what is in
 * NEW as END.json first, if named, then go; at end of file just die.
 *
 *	holdlock JOB/lock JOB/.end-new JOB/end.json
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "lock.h"

int
main(int argc, char *argv[])
{
	int fd = argc > 1 ? lock_open(AT_FDCWD, argv[1]) : -1;
	char c;

	if (fd < 0 || lock_try(fd, true))
		return 1;
	puts("held");
	fflush(stdout);
	if (read(STDIN_FILENO, &c, 1) == 1 && argc > 3 && link(argv[2], argv[3]) < 0)
		return 2;
	return 0;
}
