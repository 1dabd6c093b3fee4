#include "texts.h"

#include <string.h>

#include "base64.h"
#include "gcm.h"
#include "random.h"
#include "utf8.h"

/*
 * Strings come as arguments, and go as arguments of `gather`: an element of an array is read or written by way of all that
 * JavaScript can do to an array, which takes as long as a third of everything else here. And so no JavaScript runs before
 * the work is done.
 */
enum { KEY, AUTHENTICATED, PREFIX, GATHER, STRINGS };

/* Sealing takes one more before the strings. */
enum { PAD = STRINGS };

enum { PADDING = 0xff };

/* A column while it is worked on. */
typedef struct {
  const GcmKey *key;
  Authenticated authenticated;
  size_t count;
  /* What all envelopes begin with. */
  Scratch prefix;
  size_t prefix_length;
  /* What is sealed is as long as a multiple of so many bytes; 1 pads nothing. */
  uint32_t pad;
  /* The string that is read, or the one that is written. */
  Scratch characters;
  /* One message: nonce, text and tag. */
  Scratch message;
  /* Each for the message with the same index: none is used twice, and none outlives the call. */
  unsigned char nonces[STRINGS_PER_CALL * NONCE_LENGTH];
  napi_value results[STRINGS_PER_CALL];
} Column;

typedef enum { DONE, REFUSED, NO_STRING, NO_MEMORY, NO_RANDOM, NO_CIPHER } Outcome;

typedef Outcome (*Work)(napi_env env, Column *column, size_t i, napi_value string);

static uint16_t *units_in(const Scratch *scratch) { return (uint16_t *)(void *)scratch->data; }

static bool begin(napi_env env, const napi_value *arguments, size_t count, Column *column) {
  unsigned char *authenticated = NULL;
  const GcmKey *key = key_of(env, arguments[KEY]);
  column->key = key;
  column->count = count;
  if (key == NULL || !is_alive(key)) return false;
  if (!bytes_of(env, arguments[AUTHENTICATED], &authenticated, &column->authenticated.length)) return false;
  column->authenticated.data = authenticated;
  return true;
}

/* Opening compares the prefix with what is read, in UTF-16; sealing copies it to what is written, and it is ASCII. */
static bool read_prefix(napi_env env, napi_value prefix, bool sealing, Column *column) {
  if (!sealing) return read_units(env, prefix, &column->prefix, &column->prefix_length);
  return read_utf8(env, prefix, &column->prefix, &column->prefix_length) &&
         utf8_kind(column->prefix.data, column->prefix_length) == UTF8_ASCII;
}

static bool read_pad(napi_env env, napi_value value, uint32_t *pad) {
  return napi_get_value_uint32(env, value, pad) == napi_ok && *pad >= 1 && *pad <= LARGEST_PAD;
}

static Outcome each(napi_env env, const napi_value *strings, Work work, Column *column, size_t *at) {
  for (*at = 0; *at < column->count; (*at)++) {
    const Outcome outcome = work(env, column, *at, strings[*at]);
    if (outcome != DONE) return outcome;
  }
  return DONE;
}

static void end(Column *column) {
  scratch_end(&column->prefix);
  scratch_end(&column->characters);
  scratch_end(&column->message);
}

static napi_value answer(napi_env env, napi_value gather, Outcome outcome, size_t at, const Column *column) {
  napi_value result, undefined;
  switch (outcome) {
    case DONE:
      if (napi_get_undefined(env, &undefined) == napi_ok &&
          napi_call_function(env, undefined, gather, column->count, column->results, &result) == napi_ok) {
        return result;
      }
      return fail(env, "no array of the results");
    case REFUSED:
      return napi_create_uint32(env, (uint32_t)at, &result) == napi_ok ? result : fail(env, "no result");
    case NO_STRING:
      return fail(env, "what is no string was to be sealed or opened");
    case NO_MEMORY:
      return fail(env, "out of memory");
    case NO_RANDOM:
      return fail_with(env, "RANDOM_UNAVAILABLE", "the kernel returned no random bytes");
    case NO_CIPHER:
      return fail(env, "OpenSSL could not seal or open");
  }
  return NULL;
}

static Outcome open_one(napi_env env, Column *column, size_t i, napi_value envelope) {
  size_t length = 0, size = 0;
  if (!read_units(env, envelope, &column->characters, &length)) return NO_STRING;
  const uint16_t *units = units_in(&column->characters);
  if (length < column->prefix_length) return REFUSED;
  if (memcmp(units, column->prefix.data, column->prefix_length * sizeof(uint16_t)) != 0) return REFUSED;
  const size_t rest = length - column->prefix_length;
  if (!scratch_reserve(&column->message, base64_decoded_size(rest))) return NO_MEMORY;
  unsigned char *text = column->message.data + NONCE_LENGTH;
  if (!base64_decode(units + column->prefix_length, rest, column->message.data, &size)) return REFUSED;
  if (size < NONCE_LENGTH + TAG_LENGTH) return REFUSED;
  size -= NONCE_LENGTH + TAG_LENGTH;
  const Opened opened = gcm_open(column->key, column->authenticated, text, size);
  if (opened != OPENED) return opened == NOT_AUTHENTIC ? REFUSED : NO_CIPHER;
  /* Padding hides how long a text is; UTF-8 never contains the byte. */
  while (size > 0 && text[size - 1] == PADDING) size--;
  const Utf8 kind = utf8_kind(text, size);
  if (kind == UTF8_ILL_FORMED) return REFUSED;
  /* V8 would find out by itself which it is, but takes longer for it. */
  const napi_status status =
      kind == UTF8_ASCII ? napi_create_string_latin1(env, (const char *)text, size, &column->results[i])
                         : napi_create_string_utf8(env, (const char *)text, size, &column->results[i]);
  return status == napi_ok ? DONE : NO_MEMORY;
}

/* The prefix, then the message in base64, in the memory that the text was read to. */
static bool envelope_of(napi_env env, Column *column, size_t size, napi_value *envelope) {
  const size_t length = column->prefix_length + base64_encoded_length(size);
  if (!scratch_reserve(&column->characters, length)) return false;
  char *to = (char *)column->characters.data;
  memcpy(to, column->prefix.data, column->prefix_length);
  base64_encode(column->message.data, size, to + column->prefix_length);
  return napi_create_string_latin1(env, to, length, envelope) == napi_ok;
}

/* The length with padding, which is at least one unit: an empty text looks like any other. */
static size_t padded_size(size_t size, size_t unit) {
  if (unit == 1) return size;
  return size == 0 ? unit : (size + unit - 1) / unit * unit;
}

static Outcome seal_one(napi_env env, Column *column, size_t i, napi_value string) {
  size_t length = 0, size = 0;
  if (!read_units(env, string, &column->characters, &length)) return NO_STRING;
  if (!scratch_reserve(&column->message, NONCE_LENGTH + 3 * length + column->pad + TAG_LENGTH)) return NO_MEMORY;
  unsigned char *text = column->message.data + NONCE_LENGTH;
  if (!utf8_encode(units_in(&column->characters), length, text, &size)) return REFUSED;
  const size_t padded = padded_size(size, column->pad);
  memset(text + size, PADDING, padded - size);
  memcpy(column->message.data, column->nonces + i * NONCE_LENGTH, NONCE_LENGTH);
  if (!gcm_seal(column->key, column->authenticated, text, padded)) return NO_CIPHER;
  return envelope_of(env, column, NONCE_LENGTH + padded + TAG_LENGTH, &column->results[i]) ? DONE : NO_MEMORY;
}

/* What differs between the two: before the first string, and for each. */
static napi_value run(napi_env env, napi_callback_info info, bool sealing) {
  /* One more than may be given, to notice it. */
  size_t argc = STRINGS + 1 + STRINGS_PER_CALL + 1, at = 0;
  napi_value arguments[STRINGS + 1 + STRINGS_PER_CALL + 1];
  const size_t first = sealing ? PAD + 1 : STRINGS;
  unsigned char stack[3][SCRATCH_ON_STACK] __attribute__((aligned(8)));
  Column column;
  column.prefix = scratch_on(stack[0]);
  column.characters = scratch_on(stack[1]);
  column.message = scratch_on(stack[2]);
  column.pad = 1;
  Outcome outcome = DONE;
  if (napi_get_cb_info(env, info, &argc, arguments, NULL, NULL) != napi_ok || argc < first ||
      argc > first + STRINGS_PER_CALL || !begin(env, arguments, argc - first, &column) ||
      !read_prefix(env, arguments[PREFIX], sealing, &column) ||
      (sealing && !read_pad(env, arguments[PAD], &column.pad))) {
    end(&column);
    return fail(env, "this takes a key in use, authenticated data, a prefix, a function and at most 256 strings");
  }
  if (sealing && !fill_from_kernel(column.nonces, column.count * NONCE_LENGTH)) outcome = NO_RANDOM;
  if (outcome == DONE) outcome = each(env, arguments + first, sealing ? seal_one : open_one, &column, &at);
  end(&column);
  return answer(env, arguments[GATHER], outcome, at, &column);
}

napi_value open_texts(napi_env env, napi_callback_info info) { return run(env, info, false); }

napi_value seal_texts(napi_env env, napi_callback_info info) { return run(env, info, true); }
