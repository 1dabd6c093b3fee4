#include "gcm.h"

#include <limits.h>
#include <stdlib.h>

#include "openssl.h"

/* A key is scheduled once, for all messages. `context` is NULL once it was destroyed. */
struct gcm_key {
  EVP_CIPHER_CTX *context;
};

/* Marks the values that this addon made: another addon's pointer is never taken for a key. */
static const napi_type_tag KEY_TYPE = {0x8d1c5a3e7b2f4c60, 0x9e6f0a1b2c3d4e5f};

/* OpenSSL cleanses what is in a context when it frees it. */
static void forget(GcmKey *key) {
  if (key->context != NULL) EVP_CIPHER_CTX_free(key->context);
  key->context = NULL;
}

static void finalize_key(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  forget(data);
  free(data);
}

GcmKey *key_of(napi_env env, napi_value value) {
  bool ours = false;
  void *data = NULL;
  if (napi_check_object_type_tag(env, value, &KEY_TYPE, &ours) != napi_ok || !ours) return NULL;
  if (napi_unwrap(env, value, &data) != napi_ok) return NULL;
  return data;
}

bool is_alive(const GcmKey *key) { return key->context != NULL; }

napi_value import_key(napi_env env, napi_callback_info info) {
  size_t argc = 1, length = 0;
  napi_value argument, object;
  unsigned char *bytes = NULL;
  if (napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) != napi_ok || argc < 1 ||
      !bytes_of(env, argument, &bytes, &length) || length != KEY_LENGTH) {
    return fail(env, "a key has 32 bytes");
  }
  GcmKey *key = calloc(1, sizeof(GcmKey));
  if (key == NULL) return fail(env, "out of memory");
  key->context = EVP_CIPHER_CTX_new();
  if (key->context == NULL || EVP_CipherInit_ex2(key->context, EVP_aes_256_gcm(), bytes, NULL, 1, NULL) != 1) {
    finalize_key(env, key, NULL);
    return fail(env, "OpenSSL did not take the key");
  }
  if (napi_create_object(env, &object) != napi_ok || napi_type_tag_object(env, object, &KEY_TYPE) != napi_ok ||
      napi_wrap(env, object, key, finalize_key, NULL, NULL) != napi_ok) {
    finalize_key(env, key, NULL);
    return fail(env, "no object for the key");
  }
  return object;
}

napi_value destroy_key(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) != napi_ok || argc < 1) return fail(env, "a key");
  GcmKey *key = key_of(env, argument);
  if (key == NULL) return fail(env, "not a key");
  forget(key);
  return NULL;
}

/* OpenSSL counts in ints. */
static bool is_countable(Authenticated authenticated, size_t length) {
  return authenticated.length <= INT_MAX && length <= INT_MAX;
}

/* The tag of a message, to be set or got. Its length is fixed here: GCM itself would take shorter ones. */
#define TAG_PARAMS(tag) \
  { {"tag", OSSL_PARAM_OCTET_STRING, (tag), TAG_LENGTH, OSSL_PARAM_UNMODIFIED}, OSSL_PARAM_END }

bool gcm_seal(const GcmKey *key, Authenticated authenticated, unsigned char *text, size_t length) {
  EVP_CIPHER_CTX *context = key->context;
  int written = 0, last = 0;
  OSSL_PARAM tag[] = TAG_PARAMS(text + length);
  /* The key stays as it was scheduled: only nonce and direction are set anew. */
  return is_countable(authenticated, length) &&
         EVP_CipherInit_ex2(context, NULL, NULL, text - NONCE_LENGTH, 1, NULL) == 1 &&
         EVP_CipherUpdate(context, NULL, &written, authenticated.data, (int)authenticated.length) == 1 &&
         EVP_CipherUpdate(context, text, &written, text, (int)length) == 1 &&
         EVP_CipherFinal_ex(context, text + written, &last) == 1 && (size_t)written + (size_t)last == length &&
         EVP_CIPHER_CTX_get_params(context, tag) == 1;
}

Opened gcm_open(const GcmKey *key, Authenticated authenticated, unsigned char *text, size_t length) {
  EVP_CIPHER_CTX *context = key->context;
  int written = 0, last = 0;
  const OSSL_PARAM tag[] = TAG_PARAMS(text + length);
  if (!is_countable(authenticated, length) ||
      EVP_CipherInit_ex2(context, NULL, NULL, text - NONCE_LENGTH, 0, tag) != 1 ||
      EVP_CipherUpdate(context, NULL, &written, authenticated.data, (int)authenticated.length) != 1 ||
      EVP_CipherUpdate(context, text, &written, text, (int)length) != 1) {
    OPENSSL_cleanse(text, length);
    return OPENSSL_FAILED;
  }
  if (EVP_CipherFinal_ex(context, text + written, &last) == 1 && (size_t)written + (size_t)last == length) return OPENED;
  /* What was decrypted is not authentic, and nobody's to see. */
  OPENSSL_cleanse(text, length);
  return NOT_AUTHENTIC;
}
