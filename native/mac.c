#include "mac.h"

#include <stdlib.h>
#include <string.h>

#include "openssl.h"
#include "utf8.h"

enum { MAC_KEY_LENGTH = 32, MAC_LENGTH = 32 };

/* `context` is NULL once the key was destroyed. */
typedef struct {
  EVP_MAC_CTX *context;
} MacKey;

static const napi_type_tag MAC_KEY_TYPE = {0x5b0e2d94c1a7f386, 0xa3c48f6d1e5b7092};

static void forget(MacKey *key) {
  if (key->context != NULL) EVP_MAC_CTX_free(key->context);
  key->context = NULL;
}

static void finalize_key(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  forget(data);
  free(data);
}

static MacKey *mac_key_of(napi_env env, napi_value value) {
  bool ours = false;
  void *data = NULL;
  if (napi_check_object_type_tag(env, value, &MAC_KEY_TYPE, &ours) != napi_ok || !ours) return NULL;
  if (napi_unwrap(env, value, &data) != napi_ok) return NULL;
  return data;
}

static EVP_MAC_CTX *hmac_sha256(const unsigned char *key) {
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {{"digest", OSSL_PARAM_UTF8_STRING, digest, sizeof(digest) - 1, OSSL_PARAM_UNMODIFIED},
                               OSSL_PARAM_END};
  EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  EVP_MAC_CTX *context = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
  EVP_MAC_free(hmac);
  if (context != NULL && EVP_MAC_init(context, key, MAC_KEY_LENGTH, params) == 1) return context;
  EVP_MAC_CTX_free(context);
  return NULL;
}

napi_value import_mac_key(napi_env env, napi_callback_info info) {
  size_t argc = 1, length = 0;
  napi_value argument, object;
  unsigned char *bytes = NULL;
  if (napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) != napi_ok || argc < 1 ||
      !bytes_of(env, argument, &bytes, &length) || length != MAC_KEY_LENGTH) {
    return fail(env, "a key has 32 bytes");
  }
  MacKey *key = calloc(1, sizeof(MacKey));
  if (key == NULL) return fail(env, "out of memory");
  key->context = hmac_sha256(bytes);
  if (key->context == NULL) {
    finalize_key(env, key, NULL);
    return fail(env, "OpenSSL did not take the key");
  }
  if (napi_create_object(env, &object) != napi_ok || napi_type_tag_object(env, object, &MAC_KEY_TYPE) != napi_ok ||
      napi_wrap(env, object, key, finalize_key, NULL, NULL) != napi_ok) {
    finalize_key(env, key, NULL);
    return fail(env, "no object for the key");
  }
  return object;
}

napi_value destroy_mac_key(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) != napi_ok || argc < 1) return fail(env, "a key");
  MacKey *key = mac_key_of(env, argument);
  if (key == NULL) return fail(env, "not a key");
  forget(key);
  return NULL;
}

/* Messages while they are worked on; see texts.c for what may happen meanwhile. */
typedef struct {
  MacKey *key;
  Scratch units;
  Scratch bytes;
  /* Not JavaScript's memory, which could be taken away. */
  unsigned char *macs;
  size_t mac_length;
} Messages;

static bool mac_of(const MacKey *key, const unsigned char *bytes, size_t length, unsigned char *mac) {
  size_t written = 0;
  /* Without a key: begins anew with the one that was prepared. */
  return key->context != NULL && EVP_MAC_init(key->context, NULL, 0, NULL) == 1 &&
         EVP_MAC_update(key->context, bytes, length) == 1 &&
         EVP_MAC_final(key->context, mac, &written, MAC_LENGTH) == 1 && written == MAC_LENGTH;
}

static bool mac_one(napi_env env, uint32_t i, napi_value message, void *state) {
  Messages *messages = state;
  size_t length = 0, size = 0;
  unsigned char mac[MAC_LENGTH];
  unsigned char *bytes = NULL;
  if (!bytes_of(env, message, &bytes, &size)) {
    if (!read_units(env, message, &messages->units, &length)) return false;
    if (!scratch_reserve(&messages->bytes, 3 * length)) return false;
    bytes = messages->bytes.data;
    if (!utf8_encode((const uint16_t *)(const void *)messages->units.data, length, bytes, &size)) return false;
  }
  if (!mac_of(messages->key, bytes, size, mac)) return false;
  memcpy(messages->macs + i * messages->mac_length, mac, messages->mac_length);
  return true;
}

static bool macs_of(napi_env env, napi_value array, uint32_t count, Messages *messages) {
  unsigned char stack[2][SCRATCH_ON_STACK] __attribute__((aligned(8)));
  messages->units = scratch_on(stack[0]);
  messages->bytes = scratch_on(stack[1]);
  const bool done = each_element(env, array, count, mac_one, messages);
  scratch_end(&messages->units);
  scratch_end(&messages->bytes);
  return done;
}

napi_value macs(napi_env env, napi_callback_info info) {
  size_t argc = 3;
  napi_value arguments[3], buffer;
  uint32_t count = 0, length = 0;
  bool is_array = false;
  Messages messages = {0};
  void *data = NULL;
  if (napi_get_cb_info(env, info, &argc, arguments, NULL, NULL) != napi_ok || argc < 3 ||
      (messages.key = mac_key_of(env, arguments[0])) == NULL || messages.key->context == NULL ||
      napi_is_array(env, arguments[1], &is_array) != napi_ok || !is_array ||
      napi_get_array_length(env, arguments[1], &count) != napi_ok ||
      napi_get_value_uint32(env, arguments[2], &length) != napi_ok || length == 0 || length > MAC_LENGTH) {
    return fail(env, "this takes a key in use, an array of messages and a length");
  }
  messages.mac_length = length;
  messages.macs = calloc(count == 0 ? 1 : count, length);
  if (messages.macs == NULL) return fail(env, "out of memory");
  const bool done = macs_of(env, arguments[1], count, &messages) &&
                    napi_create_arraybuffer(env, (size_t)count * length, &data, &buffer) == napi_ok;
  if (done && count > 0) memcpy(data, messages.macs, (size_t)count * length);
  free(messages.macs);
  return done ? buffer : fail(env, "the messages must be bytes or well-formed strings, and the key in use");
}
