/*
 * What is used of OpenSSL 3, whose headers not every machine has. Its symbols are those of the running Node.
 *
 * The interface is that of `man EVP_EncryptInit`, `man EVP_MAC` and `man OSSL_PARAM`.
 */
#ifndef PRISMA_ENVELOPE_OPENSSL_H
#define PRISMA_ENVELOPE_OPENSSL_H

#include <stddef.h>

typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_mac_ctx_st EVP_MAC_CTX;
typedef struct evp_mac_st EVP_MAC;
typedef struct ossl_lib_ctx_st OSSL_LIB_CTX;

typedef struct ossl_param_st {
  const char *key;
  unsigned int data_type;
  void *data;
  size_t data_size;
  size_t return_size;
} OSSL_PARAM;
#define OSSL_PARAM_UTF8_STRING 4
#define OSSL_PARAM_OCTET_STRING 5
#define OSSL_PARAM_UNMODIFIED ((size_t)-1)
#define OSSL_PARAM_END {NULL, 0, NULL, 0, 0}

extern EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
extern void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *ctx);
extern const EVP_CIPHER *EVP_aes_256_gcm(void);
extern int EVP_CipherInit_ex2(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const unsigned char *key,
                              const unsigned char *iv, int enc, const OSSL_PARAM params[]);
extern int EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_length, const unsigned char *in,
                            int in_length);
extern int EVP_CipherFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_length);
extern int EVP_CIPHER_CTX_get_params(EVP_CIPHER_CTX *ctx, OSSL_PARAM params[]);

extern EVP_MAC *EVP_MAC_fetch(OSSL_LIB_CTX *context, const char *algorithm, const char *properties);
extern void EVP_MAC_free(EVP_MAC *mac);
extern EVP_MAC_CTX *EVP_MAC_CTX_new(EVP_MAC *mac);
extern void EVP_MAC_CTX_free(EVP_MAC_CTX *ctx);
extern int EVP_MAC_init(EVP_MAC_CTX *ctx, const unsigned char *key, size_t length, const OSSL_PARAM params[]);
extern int EVP_MAC_update(EVP_MAC_CTX *ctx, const unsigned char *data, size_t length);
extern int EVP_MAC_final(EVP_MAC_CTX *ctx, unsigned char *out, size_t *length, size_t size);

extern void OPENSSL_cleanse(void *ptr, size_t length);

#endif
