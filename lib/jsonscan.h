/* SPDX-License-Identifier: MIT */
/*
 * jsonscan: is this text RFC 8259 JSON, and if not, where is it not?
 *
 * The validating walk below json.h, which adds the tree. Pure; no memory is
 * allocated; linear; nesting is bounded by JSON_DEPTH. What a walk accepts a
 * tokeniser may then take apart without checking anything again.
 */
#ifndef JOBDIR_JSONSCAN_H
#define JOBDIR_JSONSCAN_H

#include "json.h"

/*
 * JSON_OK, and in *count how many nodes the text has (values and member
 * names); or the first error, with its byte offset in *where. Duplicate names
 * are not its business.
 */
enum json_error json_scan(const char *text, size_t len, size_t *count, size_t *where);

#endif
