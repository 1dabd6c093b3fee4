/*
 * AES-256-GCM in batches, by the OpenSSL that is in the running Node already; and random bytes from the kernel.
 *
 * `node:crypto` makes a cipher object and several buffers for every message; of the 3 µs that a short one takes, 2.8 go
 * there. Here a key is scheduled once, and a whole batch of messages is sealed or opened where it lies, in one call.
 * Nothing of the cipher is made here: this file only calls OpenSSL (EVP, the interface of `man EVP_EncryptInit`).
 *
 * A message lies in the arena as nonce ‖ text ‖ tag: 12, n and 16 bytes. Spans give offset and length of each text.
 */
#define NAPI_VERSION 8
#define _DEFAULT_SOURCE
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <sys/random.h>
#endif

/* What is used of OpenSSL 3, whose headers not every machine has; its symbols are those of the process. */
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_cipher_st EVP_CIPHER;
typedef struct engine_st ENGINE;
extern EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
extern void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *ctx);
extern const EVP_CIPHER *EVP_aes_256_gcm(void);
extern int EVP_CipherInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, ENGINE *engine, const unsigned char *key,
                             const unsigned char *iv, int enc);
extern int EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_length, const unsigned char *in,
                            int in_length);
extern int EVP_CipherFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_length);
extern int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *ctx, int type, int arg, void *ptr);
extern void OPENSSL_cleanse(void *ptr, size_t length);
#define EVP_CTRL_AEAD_GET_TAG 0x10
#define EVP_CTRL_AEAD_SET_TAG 0x11

enum { KEY_LENGTH = 32, NONCE_LENGTH = 12, TAG_LENGTH = 16 };

/* A scheduled key. `context` is NULL once it was destroyed. */
typedef struct {
  EVP_CIPHER_CTX *context;
} Key;

/* Marks the values that this addon made: another addon's pointer is never taken for a key. */
static const napi_type_tag KEY_TAG = {0x8d1c5a3e7b2f4c60, 0x9e6f0a1b2c3d4e5f};

static napi_value fail(napi_env env, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, NULL, message);
  return NULL;
}

static napi_value outside(napi_env env) {
  napi_throw_range_error(env, NULL, "a message lies outside of its arena");
  return NULL;
}

/* OpenSSL cleanses what is in a context when it frees it. */
static void forget(Key *key) {
  if (key->context != NULL) EVP_CIPHER_CTX_free(key->context);
  key->context = NULL;
}

static void finalize_key(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  forget(data);
  free(data);
}

static bool bytes_of(napi_env env, napi_value value, unsigned char **data, size_t *length) {
  napi_typedarray_type type;
  bool is_typed = false;
  return napi_is_typedarray(env, value, &is_typed) == napi_ok && is_typed &&
         napi_get_typedarray_info(env, value, &type, length, (void **)data, NULL, NULL) == napi_ok &&
         type == napi_uint8_array;
}

static bool spans_of(napi_env env, napi_value value, uint32_t **data, size_t *length) {
  napi_typedarray_type type;
  bool is_typed = false;
  return napi_is_typedarray(env, value, &is_typed) == napi_ok && is_typed &&
         napi_get_typedarray_info(env, value, &type, length, (void **)data, NULL, NULL) == napi_ok &&
         type == napi_uint32_array;
}

static Key *key_of(napi_env env, napi_value value) {
  bool ours = false;
  void *data = NULL;
  if (napi_check_object_type_tag(env, value, &KEY_TAG, &ours) != napi_ok || !ours) return NULL;
  if (napi_unwrap(env, value, &data) != napi_ok) return NULL;
  return data;
}

/* importKey(bytes): a key. The bytes stay the caller's, who wipes them. */
static napi_value import_key(napi_env env, napi_callback_info info) {
  size_t argc = 1, length = 0;
  napi_value argument, object;
  unsigned char *bytes = NULL;
  if (napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) != napi_ok || argc < 1 ||
      !bytes_of(env, argument, &bytes, &length) || length != KEY_LENGTH) {
    return fail(env, "a key has 32 bytes");
  }
  Key *key = calloc(1, sizeof(Key));
  if (key == NULL) return fail(env, "out of memory");
  key->context = EVP_CIPHER_CTX_new();
  if (key->context == NULL || EVP_CipherInit_ex(key->context, EVP_aes_256_gcm(), NULL, bytes, NULL, 1) != 1) {
    finalize_key(env, key, NULL);
    return fail(env, "OpenSSL did not take the key");
  }
  if (napi_create_object(env, &object) != napi_ok || napi_type_tag_object(env, object, &KEY_TAG) != napi_ok ||
      napi_wrap(env, object, key, finalize_key, NULL, NULL) != napi_ok) {
    finalize_key(env, key, NULL);
    return fail(env, "no object for the key");
  }
  return object;
}

/* destroyKey(key): wipes it now. Any later use of it throws. */
static napi_value destroy_key(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) != napi_ok || argc < 1) return fail(env, "a key");
  Key *key = key_of(env, argument);
  if (key == NULL) return fail(env, "not a key");
  forget(key);
  return NULL;
}

/* What seal and open are given: (key, authenticated, arena, spans). */
typedef struct {
  EVP_CIPHER_CTX *context;
  unsigned char *authenticated;
  size_t authenticated_length;
  unsigned char *arena;
  size_t arena_length;
  uint32_t *spans;
  size_t spans_length;
} Batch;

static bool batch_of(napi_env env, napi_callback_info info, Batch *batch) {
  size_t argc = 4;
  napi_value arguments[4];
  if (napi_get_cb_info(env, info, &argc, arguments, NULL, NULL) != napi_ok || argc < 4) return false;
  Key *key = key_of(env, arguments[0]);
  if (key == NULL || key->context == NULL) return false;
  batch->context = key->context;
  return bytes_of(env, arguments[1], &batch->authenticated, &batch->authenticated_length) &&
         bytes_of(env, arguments[2], &batch->arena, &batch->arena_length) &&
         spans_of(env, arguments[3], &batch->spans, &batch->spans_length) && batch->spans_length % 2 == 0 &&
         batch->authenticated_length <= INT32_MAX && batch->arena_length <= INT32_MAX;
}

/* The text of message `i`, or NULL where it does not lie in the arena with its nonce and its tag. */
static unsigned char *text_of(const Batch *batch, size_t i, int *length) {
  const size_t start = batch->spans[2 * i];
  const size_t size = batch->spans[2 * i + 1];
  if (start < NONCE_LENGTH || start > batch->arena_length) return NULL;
  const size_t left = batch->arena_length - start;
  if (left < TAG_LENGTH || size > left - TAG_LENGTH) return NULL;
  *length = (int)size;
  return batch->arena + start;
}

/* Nonce and authenticated data. The key stays as it was scheduled: only the direction is set anew. */
static bool begin(const Batch *batch, unsigned char *text, int encrypt) {
  int length = 0;
  return EVP_CipherInit_ex(batch->context, NULL, NULL, NULL, text - NONCE_LENGTH, encrypt) == 1 &&
         EVP_CipherUpdate(batch->context, NULL, &length, batch->authenticated, (int)batch->authenticated_length) == 1;
}

/* seal(key, authenticated, arena, spans): puts ciphertext and tag in the place of each text. */
static napi_value seal(napi_env env, napi_callback_info info) {
  Batch batch;
  if (!batch_of(env, info, &batch)) return fail(env, "seal takes a key in use, authenticated data, an arena and spans");
  for (size_t i = 0; i < batch.spans_length / 2; i++) {
    int length = 0, written = 0, last = 0;
    unsigned char *text = text_of(&batch, i, &length);
    if (text == NULL) return outside(env);
    if (!begin(&batch, text, 1) || EVP_CipherUpdate(batch.context, text, &written, text, length) != 1 ||
        EVP_CipherFinal_ex(batch.context, text + written, &last) != 1 || written + last != length ||
        EVP_CIPHER_CTX_ctrl(batch.context, EVP_CTRL_AEAD_GET_TAG, TAG_LENGTH, text + length) != 1) {
      return fail(env, "OpenSSL could not seal");
    }
  }
  return NULL;
}

/* open(key, authenticated, arena, spans): the index of the first message that does not authenticate, or -1. */
static napi_value open_messages(napi_env env, napi_callback_info info) {
  Batch batch;
  int32_t failed = -1;
  if (!batch_of(env, info, &batch)) return fail(env, "open takes a key in use, authenticated data, an arena and spans");
  for (size_t i = 0; i < batch.spans_length / 2 && failed == -1; i++) {
    int length = 0, written = 0, last = 0;
    unsigned char *text = text_of(&batch, i, &length);
    if (text == NULL) return outside(env);
    /* The length of the tag is fixed here: GCM itself would take shorter ones. */
    if (!begin(&batch, text, 0) ||
        EVP_CIPHER_CTX_ctrl(batch.context, EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH, text + length) != 1 ||
        EVP_CipherUpdate(batch.context, text, &written, text, length) != 1) {
      return fail(env, "OpenSSL could not open");
    }
    if (EVP_CipherFinal_ex(batch.context, text + written, &last) != 1 || written + last != length) {
      /* What was decrypted is not authentic, and nobody's to see. */
      OPENSSL_cleanse(text, (size_t)length);
      failed = (int32_t)i;
    }
  }
  napi_value result;
  if (napi_create_int32(env, failed, &result) != napi_ok) return fail(env, "no result");
  return result;
}

/*
 * Fills `bytes` from the kernel. On Linux by the system call itself: the C library's getrandom may keep a generator in the
 * process (vDSO), and it is what lies in the process that a resumed snapshot repeats.
 */
static bool fill_from_kernel(unsigned char *bytes, size_t length) {
  while (length > 0) {
#ifdef __linux__
    const long filled = syscall(SYS_getrandom, bytes, length, 0);
    if (filled < 0 && errno == EINTR) continue;
    if (filled <= 0) return false;
#else
    const size_t filled = length < 256 ? length : 256; /* getentropy takes no more at once. */
    if (getentropy(bytes, filled) != 0) return false;
#endif
    bytes += filled;
    length -= (size_t)filled;
  }
  return true;
}

/* random(bytes): random bytes from the kernel in all of them. */
static napi_value fill_random(napi_env env, napi_callback_info info) {
  size_t argc = 1, length = 0;
  napi_value argument;
  unsigned char *bytes = NULL;
  if (napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) != napi_ok || argc < 1 ||
      !bytes_of(env, argument, &bytes, &length)) {
    return fail(env, "random takes bytes");
  }
  if (!fill_from_kernel(bytes, length)) return fail(env, "the kernel returned no random bytes");
  return NULL;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"importKey", NULL, import_key, NULL, NULL, NULL, napi_default, NULL},
      {"destroyKey", NULL, destroy_key, NULL, NULL, NULL, napi_default, NULL},
      {"seal", NULL, seal, NULL, NULL, NULL, napi_default, NULL},
      {"open", NULL, open_messages, NULL, NULL, NULL, napi_default, NULL},
      {"random", NULL, fill_random, NULL, NULL, NULL, napi_default, NULL},
  };
  napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions);
  return exports;
}
