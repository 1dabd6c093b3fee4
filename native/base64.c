#include "base64.h"

static const char ALPHABET[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of each character, by its code; -1 where it is not of the alphabet. */
static const int8_t SEXTETS[128] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63, 52, 53, 54, 55,
    56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1, -1, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1, -1, 26, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
};

/* Negative, in every bit from the seventh up, for a code unit that is not of the alphabet. */
static inline int32_t sextet(uint16_t unit) { return unit < 128 ? SEXTETS[unit] : -1; }

static inline int32_t group_of(const uint16_t *units) {
  /* Not shifts: those of negative numbers are not defined. */
  return sextet(units[0]) * (1 << 18) | sextet(units[1]) * (1 << 12) | sextet(units[2]) * (1 << 6) | sextet(units[3]);
}

/* The last group, of which one or two characters are padding. */
static bool decode_padded(const uint16_t *units, unsigned char *bytes, size_t *decoded) {
  const bool single = units[2] == '=';
  const int32_t third = single ? 0 : sextet(units[2]);
  const int32_t group = sextet(units[0]) * (1 << 12) | sextet(units[1]) * (1 << 6) | third;
  const int32_t unused = single ? group & 0x3ff : group & 0x3;
  if (group < 0 || unused != 0) return false;
  bytes[0] = (unsigned char)(group >> 10);
  if (!single) bytes[1] = (unsigned char)(group >> 2);
  *decoded += single ? 1 : 2;
  return true;
}

bool base64_decode(const uint16_t *units, size_t length, unsigned char *bytes, size_t *decoded) {
  *decoded = 0;
  if (length % 4 != 0) return false;
  if (length == 0) return true;
  const bool padded = units[length - 1] == '=';
  const size_t whole = padded ? length - 4 : length;
  int32_t all = 0;
  for (size_t i = 0; i < whole; i += 4) {
    const int32_t group = group_of(units + i);
    all |= group;
    *bytes++ = (unsigned char)(group >> 16);
    *bytes++ = (unsigned char)(group >> 8);
    *bytes++ = (unsigned char)group;
  }
  *decoded = whole / 4 * 3;
  return all >= 0 && (!padded || decode_padded(units + whole, bytes, decoded));
}

void base64_encode(const unsigned char *bytes, size_t length, char *characters) {
  for (; length >= 3; length -= 3, bytes += 3, characters += 4) {
    const uint32_t group = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
    characters[0] = ALPHABET[group >> 18];
    characters[1] = ALPHABET[group >> 12 & 63];
    characters[2] = ALPHABET[group >> 6 & 63];
    characters[3] = ALPHABET[group & 63];
  }
  if (length == 0) return;
  const uint32_t group = (uint32_t)bytes[0] << 16 | (length == 2 ? (uint32_t)bytes[1] << 8 : 0);
  characters[0] = ALPHABET[group >> 18];
  characters[1] = ALPHABET[group >> 12 & 63];
  characters[2] = length == 2 ? ALPHABET[group >> 6 & 63] : '=';
  characters[3] = '=';
}
