/* AES-256-GCM (NIST SP 800-38D), by OpenSSL. */
#ifndef PRISMA_ENVELOPE_GCM_H
#define PRISMA_ENVELOPE_GCM_H

#include "values.h"

enum { KEY_LENGTH = 32, NONCE_LENGTH = 12, TAG_LENGTH = 16 };

/* What is authenticated with a message. */
typedef struct {
  const unsigned char *data;
  size_t length;
} Authenticated;

typedef struct gcm_key GcmKey;

/* importKey(bytes): a key. The bytes stay the caller's, who wipes them. */
napi_value import_key(napi_env env, napi_callback_info info);
/* destroyKey(key): wipes it now. Any later use of it throws. */
napi_value destroy_key(napi_env env, napi_callback_info info);

/* The key that a value of JavaScript's is, or NULL. */
GcmKey *key_of(napi_env env, napi_value value);
/* Whether it may be used: JavaScript may have destroyed it. */
bool is_alive(const GcmKey *key);

/* A message lies in memory as nonce ‖ text ‖ tag; `text` points at its middle. False if OpenSSL fails. */
bool gcm_seal(const GcmKey *key, Authenticated authenticated, unsigned char *text, size_t length);

typedef enum { OPENED, NOT_AUTHENTIC, OPENSSL_FAILED } Opened;
/* In its place. Wipes what is not authentic. */
Opened gcm_open(const GcmKey *key, Authenticated authenticated, unsigned char *text, size_t length);

#endif
