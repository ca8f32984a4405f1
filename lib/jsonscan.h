/* SPDX-License-Identifier: MIT */
/*
 * jsonscan: is this text RFC 8259 JSON, and if not, where is it not?
 *
 * The validating walk below jsontree.h. Pure; no memory is allocated; linear;
 * nesting is bounded by JSON_DEPTH. What a walk accepts a tokeniser may then
 * take apart without checking anything again.
 */
#ifndef JOBDIR_JSONSCAN_H
#define JOBDIR_JSONSCAN_H

#include <stddef.h>

#define JSON_DEPTH 128			/* deepest nesting accepted */

enum json_error {
	JSON_OK, JSON_E_EMPTY, JSON_E_SIZE, JSON_E_DEPTH, JSON_E_SYNTAX,
	JSON_E_NUMBER, JSON_E_UTF8, JSON_E_ESCAPE, JSON_E_CONTROL,
	JSON_E_DUPLICATE, JSON_E_TRAILING, JSON_E_MEMORY,
};

/*
 * JSON_OK, and in *count how many nodes the text has (values and member
 * names); or the first error, with its byte offset in *where. Duplicate names
 * are not its business.
 */
enum json_error json_scan(const char *text, size_t len, size_t *count, size_t *where);
const char *json_strerror(enum json_error e);	/* "duplicate member name" */

#endif
