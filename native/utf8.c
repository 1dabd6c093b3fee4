#include "utf8.h"

#include <string.h>

/* Eight bytes at a time: whether one of them has a bit of the mask. */
static bool has_any(const void *bytes, size_t length, uint64_t mask) {
  uint64_t all = 0, word;
  const unsigned char *from = bytes;
  for (; length >= sizeof(word); length -= sizeof(word), from += sizeof(word)) {
    memcpy(&word, from, sizeof(word));
    all |= word;
  }
  word = 0;
  memcpy(&word, from, length);
  return ((all | word) & mask) != 0;
}

static bool is_ascii16(const uint16_t *units, size_t length) {
  return !has_any(units, length * sizeof(uint16_t), 0xff80ff80ff80ff80);
}

static bool is_ascii(const unsigned char *bytes, size_t length) { return !has_any(bytes, length, 0x8080808080808080); }

bool utf8_encode(const uint16_t *units, size_t length, unsigned char *bytes, size_t *encoded) {
  if (is_ascii16(units, length)) {
    for (size_t i = 0; i < length; i++) bytes[i] = (unsigned char)units[i];
    *encoded = length;
    return true;
  }
  unsigned char *to = bytes;
  for (size_t i = 0; i < length; i++) {
    uint32_t point = units[i];
    if (point >= 0xd800 && point <= 0xdfff) {
      if (point > 0xdbff || i + 1 == length || units[i + 1] < 0xdc00 || units[i + 1] > 0xdfff) return false;
      point = 0x10000 + ((point - 0xd800) << 10) + (units[++i] - 0xdc00u);
    }
    if (point < 0x80) {
      *to++ = (unsigned char)point;
    } else if (point < 0x800) {
      *to++ = (unsigned char)(0xc0 | point >> 6);
      *to++ = (unsigned char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
      *to++ = (unsigned char)(0xe0 | point >> 12);
      *to++ = (unsigned char)(0x80 | (point >> 6 & 0x3f));
      *to++ = (unsigned char)(0x80 | (point & 0x3f));
    } else {
      *to++ = (unsigned char)(0xf0 | point >> 18);
      *to++ = (unsigned char)(0x80 | (point >> 12 & 0x3f));
      *to++ = (unsigned char)(0x80 | (point >> 6 & 0x3f));
      *to++ = (unsigned char)(0x80 | (point & 0x3f));
    }
  }
  *encoded = (size_t)(to - bytes);
  return true;
}

static bool in(unsigned char byte, unsigned char low, unsigned char high) { return byte >= low && byte <= high; }

/* The length of the well-formed sequence of several bytes that begins here, or 0. */
static size_t sequence_length(const unsigned char *bytes, size_t left) {
  const unsigned char first = bytes[0];
  if (in(first, 0xc2, 0xdf)) return left >= 2 && in(bytes[1], 0x80, 0xbf) ? 2 : 0;
  /* The second byte is narrowed where the sequence would otherwise be overlong, a surrogate, or above U+10FFFF. */
  if (in(first, 0xe0, 0xef)) {
    const unsigned char low = first == 0xe0 ? 0xa0 : 0x80, high = first == 0xed ? 0x9f : 0xbf;
    return left >= 3 && in(bytes[1], low, high) && in(bytes[2], 0x80, 0xbf) ? 3 : 0;
  }
  if (in(first, 0xf0, 0xf4)) {
    const unsigned char low = first == 0xf0 ? 0x90 : 0x80, high = first == 0xf4 ? 0x8f : 0xbf;
    return left >= 4 && in(bytes[1], low, high) && in(bytes[2], 0x80, 0xbf) && in(bytes[3], 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

Utf8 utf8_kind(const unsigned char *bytes, size_t length) {
  if (is_ascii(bytes, length)) return UTF8_ASCII;
  for (size_t i = 0; i < length;) {
    const size_t step = bytes[i] < 0x80 ? 1 : sequence_length(bytes + i, length - i);
    if (step == 0) return UTF8_ILL_FORMED;
    i += step;
  }
  return UTF8_OTHER;
}
