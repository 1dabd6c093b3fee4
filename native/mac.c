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

static bool mac_of(const MacKey *key, const unsigned char *bytes, size_t length, unsigned char *mac) {
  size_t written = 0;
  /* Without a key: begins anew with the one that was prepared. */
  return EVP_MAC_init(key->context, NULL, 0, NULL) == 1 && EVP_MAC_update(key->context, bytes, length) == 1 &&
         EVP_MAC_final(key->context, mac, &written, MAC_LENGTH) == 1 && written == MAC_LENGTH;
}

/* Memory for a text in UTF-16, and in UTF-8. */
typedef struct {
  Scratch units;
  Scratch utf8;
} Memory;

static bool mac_of_message(napi_env env, const MacKey *key, napi_value message, Memory *memory, unsigned char *mac) {
  unsigned char *bytes = NULL;
  size_t length = 0, size = 0;
  if (bytes_of(env, message, &bytes, &size)) return mac_of(key, bytes, size, mac);
  return read_units(env, message, &memory->units, &length) && scratch_reserve(&memory->utf8, 3 * length) &&
         utf8_encode((const uint16_t *)(const void *)memory->units.data, length, memory->utf8.data, &size) &&
         mac_of(key, memory->utf8.data, size, mac);
}

enum { KEY, LENGTH, MESSAGES };

napi_value macs(napi_env env, napi_callback_info info) {
  size_t argc = MESSAGES + MESSAGES_PER_CALL + 1;
  napi_value arguments[MESSAGES + MESSAGES_PER_CALL + 1], buffer;
  uint32_t length = 0;
  unsigned char *all = NULL;
  unsigned char stack[2][SCRATCH_ON_STACK] __attribute__((aligned(8)));
  Memory memory = {.units = scratch_on(stack[0]), .utf8 = scratch_on(stack[1])};
  if (napi_get_cb_info(env, info, &argc, arguments, NULL, NULL) != napi_ok || argc < MESSAGES ||
      argc > MESSAGES + MESSAGES_PER_CALL) {
    return fail(env, "this takes a key, a length and at most 256 messages");
  }
  const MacKey *key = mac_key_of(env, arguments[KEY]);
  if (key == NULL || key->context == NULL) return fail(env, "not a key in use");
  if (napi_get_value_uint32(env, arguments[LENGTH], &length) != napi_ok || length == 0 || length > MAC_LENGTH) {
    return fail(env, "a MAC has a length of 1 to 32 bytes");
  }
  if (napi_create_arraybuffer(env, (argc - MESSAGES) * length, (void **)&all, &buffer) != napi_ok) {
    return fail(env, "no memory for the MACs");
  }
  bool done = true;
  for (size_t i = MESSAGES; done && i < argc; i++) {
    unsigned char mac[MAC_LENGTH];
    done = mac_of_message(env, key, arguments[i], &memory, mac);
    if (done) memcpy(all + (i - MESSAGES) * length, mac, length);
  }
  scratch_end(&memory.units);
  scratch_end(&memory.utf8);
  return done ? buffer : fail(env, "a message is neither bytes nor a well-formed string");
}
