#include "texts.h"

#include <string.h>

#include "base64.h"
#include "gcm.h"
#include "random.h"
#include "utf8.h"

/* Nonces are drawn for so many messages at a time: a system call takes as long as several messages. */
enum { NONCES_AT_ONCE = 64 };

/*
 * A column while it is worked on. An element of the array may be a getter: after each one, JavaScript may have run,
 * destroyed the key, or called this again with it. Nothing of JavaScript's memory is therefore kept, and whether the key
 * lives is asked for each message.
 */
typedef struct {
  GcmKey *key;
  /* Own copies. */
  Scratch authenticated;
  size_t authenticated_length;
  Scratch prefix;
  size_t prefix_length;
  bool is_narrow;
  /* Of the string that is read, or of the one that is written. */
  Scratch characters;
  /* Of one message: nonce, text and tag. */
  Scratch message;
  /* Drawn and not used yet: the first `nonces_left`. */
  unsigned char nonces[NONCES_AT_ONCE * NONCE_LENGTH];
  uint32_t nonces_left;
  napi_value results;
  uint32_t count;
  /* The index of the first that fails by its content, or -1; and of what failed otherwise. */
  int64_t failed;
  const char *error;
  const char *error_code;
} Column;

static bool give_up(Column *column, const char *error) {
  column->error = error;
  return false;
}

static bool content_fails(Column *column, uint32_t i) {
  column->failed = i;
  return false;
}

static Authenticated authenticated_of(const Column *column) {
  return (Authenticated){.data = column->authenticated.data, .length = column->authenticated_length};
}

static bool copy_of(napi_env env, napi_value value, Scratch *copy, size_t *length) {
  unsigned char *data = NULL;
  if (!bytes_of(env, value, &data, length) || !scratch_reserve(copy, *length)) return false;
  if (*length > 0) memcpy(copy->data, data, *length);
  return true;
}

/* (key, authenticated, prefix, strings) */
static bool begin(napi_env env, const napi_value *arguments, Column *column) {
  bool is_array = false;
  column->key = key_of(env, arguments[0]);
  return column->key != NULL && is_alive(column->key) &&
         copy_of(env, arguments[1], &column->authenticated, &column->authenticated_length) &&
         read_units(env, arguments[2], &column->prefix, &column->prefix_length) &&
         napi_is_array(env, arguments[3], &is_array) == napi_ok && is_array &&
         napi_get_array_length(env, arguments[3], &column->count) == napi_ok &&
         napi_create_array_with_length(env, column->count, &column->results) == napi_ok;
}

static void end(Column *column) {
  scratch_end(&column->authenticated);
  scratch_end(&column->prefix);
  scratch_end(&column->characters);
  scratch_end(&column->message);
}

static napi_value run(napi_env env, napi_callback_info info, Visit visit, Column *column) {
  size_t argc = 4;
  napi_value arguments[4], index;
  unsigned char stack[4][SCRATCH_ON_STACK] __attribute__((aligned(8)));
  column->authenticated = scratch_on(stack[0]);
  column->prefix = scratch_on(stack[1]);
  column->characters = scratch_on(stack[2]);
  column->message = scratch_on(stack[3]);
  column->failed = -1;
  const bool begun = napi_get_cb_info(env, info, &argc, arguments, NULL, NULL) == napi_ok && argc >= 4 &&
                     begin(env, arguments, column);
  const bool done = begun && each_element(env, arguments[3], column->count, visit, column);
  end(column);
  if (done) return column->results;
  if (!begun) return fail(env, "this takes a key in use, authenticated data, a prefix and an array of strings");
  if (column->failed == -1) {
    return fail_with(env, column->error_code, column->error == NULL ? "not an array of strings" : column->error);
  }
  return napi_create_int64(env, column->failed, &index) == napi_ok ? index : fail(env, "no result");
}

static bool put(napi_env env, Column *column, uint32_t i, napi_value string) {
  return napi_set_element(env, column->results, i, string) == napi_ok || give_up(column, "no room for a result");
}

static bool begins_with_prefix(const Column *column, size_t length) {
  return length >= column->prefix_length &&
         memcmp(column->characters.data, column->prefix.data, column->prefix_length * sizeof(uint16_t)) == 0;
}

static bool string_of(napi_env env, const unsigned char *text, size_t length, Utf8 kind, napi_value *string) {
  const char *characters = (const char *)text;
  /* V8 would find out by itself, but takes longer for it. */
  if (kind == UTF8_ASCII) return napi_create_string_latin1(env, characters, length, string) == napi_ok;
  return napi_create_string_utf8(env, characters, length, string) == napi_ok;
}

static bool open_one(napi_env env, uint32_t i, napi_value envelope, void *state) {
  Column *column = state;
  size_t length = 0, size = 0;
  napi_value string;
  if (!read_units(env, envelope, &column->characters, &length)) return give_up(column, "an envelope is no string");
  if (!begins_with_prefix(column, length)) return content_fails(column, i);
  const uint16_t *rest = (const uint16_t *)(const void *)column->characters.data + column->prefix_length;
  const size_t characters = length - column->prefix_length;
  if (!scratch_reserve(&column->message, base64_decoded_size(characters))) return give_up(column, "out of memory");
  unsigned char *text = column->message.data + NONCE_LENGTH;
  if (!base64_decode(rest, characters, column->message.data, &size)) return content_fails(column, i);
  if (size < NONCE_LENGTH + TAG_LENGTH) return content_fails(column, i);
  size -= NONCE_LENGTH + TAG_LENGTH;
  if (!is_alive(column->key)) return give_up(column, "the key was destroyed meanwhile");
  const Opened opened = gcm_open(column->key, authenticated_of(column), text, size);
  if (opened == OPENSSL_FAILED) return give_up(column, "OpenSSL could not open");
  if (opened == NOT_AUTHENTIC) return content_fails(column, i);
  const Utf8 kind = utf8_kind(text, size);
  if (kind == UTF8_ILL_FORMED) return content_fails(column, i);
  if (!string_of(env, text, size, kind, &string)) return give_up(column, "no string for a text");
  return put(env, column, i, string);
}

napi_value open_texts(napi_env env, napi_callback_info info) {
  Column column = {0};
  return run(env, info, open_one, &column);
}

/* None is used twice, and none outlives the call. */
static bool next_nonce(Column *column, uint32_t i, unsigned char *nonce) {
  if (column->nonces_left == 0) {
    const uint32_t wanted = column->count - i;
    column->nonces_left = wanted < NONCES_AT_ONCE ? wanted : NONCES_AT_ONCE;
    if (!fill_from_kernel(column->nonces, (size_t)column->nonces_left * NONCE_LENGTH)) return false;
  }
  column->nonces_left--;
  memcpy(nonce, column->nonces + (size_t)column->nonces_left * NONCE_LENGTH, NONCE_LENGTH);
  return true;
}

/* From two bytes a character to one, where it lies. */
static bool narrow_prefix(Column *column) {
  const uint16_t *units = (const uint16_t *)(const void *)column->prefix.data;
  for (size_t i = 0; i < column->prefix_length; i++) {
    const uint16_t unit = units[i];
    if (unit > 0xff) return give_up(column, "a prefix is not of one byte a character");
    column->prefix.data[i] = (unsigned char)unit;
  }
  column->is_narrow = true;
  return true;
}

/* The prefix, then the message in base64, in the memory that the text was read to. */
static bool envelope_of(napi_env env, Column *column, size_t size, napi_value *string) {
  const size_t length = column->prefix_length + base64_encoded_length(size);
  if (!scratch_reserve(&column->characters, length)) return false;
  char *to = (char *)column->characters.data;
  memcpy(to, column->prefix.data, column->prefix_length);
  base64_encode(column->message.data, size, to + column->prefix_length);
  return napi_create_string_latin1(env, to, length, string) == napi_ok;
}

static bool seal_one(napi_env env, uint32_t i, napi_value value, void *state) {
  Column *column = state;
  size_t length = 0, size = 0;
  napi_value string;
  if (!column->is_narrow && !narrow_prefix(column)) return false;
  if (!read_units(env, value, &column->characters, &length)) return give_up(column, "a text is no string");
  if (!scratch_reserve(&column->message, NONCE_LENGTH + 3 * length + TAG_LENGTH)) return give_up(column, "out of memory");
  unsigned char *text = column->message.data + NONCE_LENGTH;
  const uint16_t *units = (const uint16_t *)(const void *)column->characters.data;
  if (!utf8_encode(units, length, text, &size)) return content_fails(column, i);
  if (!next_nonce(column, i, column->message.data)) {
    column->error_code = "RANDOM_UNAVAILABLE";
    return give_up(column, "the kernel returned no random bytes");
  }
  if (!is_alive(column->key)) return give_up(column, "the key was destroyed meanwhile");
  if (!gcm_seal(column->key, authenticated_of(column), text, size)) return give_up(column, "OpenSSL could not seal");
  if (!envelope_of(env, column, NONCE_LENGTH + size + TAG_LENGTH, &string)) return give_up(column, "no string");
  return put(env, column, i, string);
}

napi_value seal_texts(napi_env env, napi_callback_info info) {
  Column column = {0};
  return run(env, info, seal_one, &column);
}
