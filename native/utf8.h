/* UTF-8, well-formed as in Unicode, table 3-7. Nothing is ever replaced by U+FFFD. */
#ifndef PRISMA_ENVELOPE_UTF8_H
#define PRISMA_ENVELOPE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Encodes UTF-16 to `bytes`, which has room for three times as many; false for a lone surrogate. */
bool utf8_encode(const uint16_t *units, size_t length, unsigned char *bytes, size_t *encoded);

typedef enum { UTF8_ASCII, UTF8_OTHER, UTF8_ILL_FORMED } Utf8;

/* What these bytes are, ASCII alone being the most common. */
Utf8 utf8_kind(const unsigned char *bytes, size_t length);

#endif
