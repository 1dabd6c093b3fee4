/* Base64 as in RFC 4648, section 4: padded, and only in its one canonical spelling. */
#ifndef PRISMA_ENVELOPE_BASE64_H
#define PRISMA_ENVELOPE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes that so many characters decode to. */
static inline size_t base64_decoded_size(size_t characters) { return (characters / 4 + 1) * 3; }

/* The characters that so many bytes encode to. */
static inline size_t base64_encoded_length(size_t bytes) { return (bytes + 2) / 3 * 4; }

/*
 * Decodes UTF-16 code units to `bytes`, which has room for base64_decoded_size; false for anything that no encoder writes:
 * a character outside of the alphabet, missing padding, or unused bits that are not zero.
 */
bool base64_decode(const uint16_t *units, size_t length, unsigned char *bytes, size_t *decoded);

/* Encodes to `characters`, which has room for base64_encoded_length. */
void base64_encode(const unsigned char *bytes, size_t length, char *characters);

#endif
