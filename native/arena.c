#include "arena.h"

#include "gcm.h"

/* A message lies as nonce ‖ text ‖ tag. Spans give offset and length of each text. No JavaScript runs in between. */
typedef struct {
  GcmKey *key;
  Authenticated authenticated;
  unsigned char *arena;
  size_t arena_length;
  uint32_t *spans;
  size_t spans_length;
} Batch;

static bool batch_of(napi_env env, napi_callback_info info, Batch *batch) {
  size_t argc = 4;
  napi_value arguments[4];
  unsigned char *authenticated = NULL;
  if (napi_get_cb_info(env, info, &argc, arguments, NULL, NULL) != napi_ok || argc < 4) return false;
  batch->key = key_of(env, arguments[0]);
  if (batch->key == NULL || !is_alive(batch->key)) return false;
  if (!bytes_of(env, arguments[1], &authenticated, &batch->authenticated.length)) return false;
  batch->authenticated.data = authenticated;
  return bytes_of(env, arguments[2], &batch->arena, &batch->arena_length) &&
         spans_of(env, arguments[3], &batch->spans, &batch->spans_length) && batch->spans_length % 2 == 0;
}

/* The text of message `i`, or NULL where it does not lie in the arena with its nonce and its tag. */
static unsigned char *text_of(const Batch *batch, size_t i, size_t *length) {
  const size_t start = batch->spans[2 * i];
  *length = batch->spans[2 * i + 1];
  if (start < NONCE_LENGTH || start > batch->arena_length) return NULL;
  const size_t left = batch->arena_length - start;
  if (left < TAG_LENGTH || *length > left - TAG_LENGTH) return NULL;
  return batch->arena + start;
}

static napi_value outside(napi_env env) {
  napi_throw_range_error(env, NULL, "a message lies outside of its arena");
  return NULL;
}

napi_value seal_arena(napi_env env, napi_callback_info info) {
  Batch batch;
  if (!batch_of(env, info, &batch)) return fail(env, "seal takes a key in use, authenticated data, an arena and spans");
  for (size_t i = 0; i < batch.spans_length / 2; i++) {
    size_t length = 0;
    unsigned char *text = text_of(&batch, i, &length);
    if (text == NULL) return outside(env);
    if (!gcm_seal(batch.key, batch.authenticated, text, length)) return fail(env, "OpenSSL could not seal");
  }
  return NULL;
}

napi_value open_arena(napi_env env, napi_callback_info info) {
  Batch batch;
  int32_t failed = -1;
  if (!batch_of(env, info, &batch)) return fail(env, "open takes a key in use, authenticated data, an arena and spans");
  for (size_t i = 0; i < batch.spans_length / 2 && failed == -1; i++) {
    size_t length = 0;
    unsigned char *text = text_of(&batch, i, &length);
    if (text == NULL) return outside(env);
    switch (gcm_open(batch.key, batch.authenticated, text, length)) {
      case OPENED:
        break;
      case NOT_AUTHENTIC:
        failed = (int32_t)i;
        break;
      case OPENSSL_FAILED:
        return fail(env, "OpenSSL could not open");
    }
  }
  napi_value result;
  if (napi_create_int32(env, failed, &result) != napi_ok) return fail(env, "no result");
  return result;
}
