/* fn_crypto.c -- digests, in lower-case hexadecimal digits. Search Reference, "Cryptographic functions". */
#include "expr/expr.h"

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

/* CONTEXT has room for the hash's state. */
static spl_value digest(spl_eval *ev, spl_value v, const struct nettle_hash *hash, void *context)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[SHA512_DIGEST_SIZE];
    spl_str text;
    char *out;

    if (v.kind == SPL_KIND_MULTI) {
        spl_value *items = SPL_NEW_ARRAY(ev->arena, v.as.multi->count, spl_value);
        for (uint32_t i = 0; i < v.as.multi->count; i++) items[i] = digest(ev, v.as.multi->items[i], hash, context);
        return spl_multi_of(ev->arena, items, v.as.multi->count);
    }
    if (!spl_arg_text(ev, &v, 0, &text)) return SPL_NULL;
    hash->init(context);
    hash->update(context, text.len, (const uint8_t *)(text.len ? text.data : ""));
    hash->digest(context, hash->digest_size, bytes);
    out = spl_alloc(ev->arena, 2 * (size_t)hash->digest_size);
    for (unsigned i = 0; i < hash->digest_size; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    return spl_text(spl_str_cut(out, 2 * (size_t)hash->digest_size));
}

SPL_FUNCTION(md5, .family = "crypto", .signature = "md5(<text>)", .summary = "The MD5 digest of the text.",
             .example = "md5(\"alert\")", .result = "\"7ed21143076d0cca420653d4345baa2f\"", .min_args = 1,
             .max_args = 1)
{
    struct md5_ctx context;
    return digest(ev, argv[0], &nettle_md5, &context);
}

SPL_FUNCTION(sha1, .family = "crypto", .signature = "sha1(<text>)", .summary = "The SHA-1 digest of the text.",
             .example = "sha1(\"alert\")", .result = "\"8f1dba76b561684930a25a984046b3b4149785ca\"", .min_args = 1,
             .max_args = 1)
{
    struct sha1_ctx context;
    return digest(ev, argv[0], &nettle_sha1, &context);
}

SPL_FUNCTION(sha256, .family = "crypto", .signature = "sha256(<text>)", .summary = "The SHA-256 digest of the text.",
             .example = "sha256(\"alert\")",
             .result = "\"df905058dd67a409fef81480e81e4736572b0edb4d7fb987c695cd07e260ec81\"", .min_args = 1,
             .max_args = 1)
{
    struct sha256_ctx context;
    return digest(ev, argv[0], &nettle_sha256, &context);
}

SPL_FUNCTION(sha512, .family = "crypto", .signature = "sha512(<text>)", .summary = "The SHA-512 digest of the text.",
             .example = "substr(sha512(\"alert\"),1,32)", .result = "\"32a4ccb969d3af7bd88b249151a7af39\"",
             .min_args = 1, .max_args = 1)
{
    struct sha512_ctx context;
    return digest(ev, argv[0], &nettle_sha512, &context);
}
