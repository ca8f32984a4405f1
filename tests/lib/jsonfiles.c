/* SPDX-License-Identifier: MIT */
/*
 * jsonfiles FILE ...: "yes FILE" for each whose content json_parse() accepts,
 * else "no FILE: WHY at OFFSET". The text stands in memory of exactly its size.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "json.h"

int
main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		CLEANUP(fd) int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
		CLEANUP(buf) struct buf text = BUF_INIT;
		CLEANUP(free) char *exact = NULL;
		enum json_error e;
		struct json d;
		size_t where;

		if (fd < 0 || buf_read(&text, fd, JSON_MAX) < 0 || !(exact = malloc(text.len + !text.len))) {
			perror(argv[i]);
			return 111;
		}
		memcpy(exact, text.p, text.len);
		e = json_parse(&d, exact, text.len, &where);
		if (e)
			printf("no %s: %s at %zu\n", argv[i], json_strerror(e), where);
		else
			printf("yes %s\n", argv[i]);
		json_release(&d);
	}
	return 0;
}
