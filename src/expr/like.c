/* like.c -- LIKE patterns, cut at their % into runs; each run is looked for as far left as it can stand, which is right
 * since a later place of a run never helps the runs after it. The first and last run are tied to the ends. */
#include "expr/like.h"

typedef struct run {
    const char *bytes;
    const bool *any; /* bytes[i] stands for _; NULL: the run has none */
    size_t len;
} run;

struct spl_like {
    run *runs;
    size_t n_runs; /* one more than there are % */
};

static size_t char_bytes(const char *at, const char *end)
{
    unsigned char c = (unsigned char)*at;
    size_t want = c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;
    if (want > (size_t)(end - at)) return 1;
    for (size_t i = 1; i < want; i++) {
        if (((unsigned char)at[i] & 0xc0) != 0x80) return 1;
    }
    return want;
}

/* Where the run ends if it stands at AT, or NULL. */
static const char *run_at(const run *part, const char *at, const char *end)
{
    if (!part->any) {
        if ((size_t)(end - at) < part->len || (part->len && memcmp(at, part->bytes, part->len) != 0)) return NULL;
        return at + part->len;
    }
    for (size_t i = 0; i < part->len; i++) {
        if (at == end) return NULL;
        if (part->any[i]) {
            at += char_bytes(at, end);
        } else if (*at++ != part->bytes[i]) {
            return NULL;
        }
    }
    return at;
}

/* The last run must end where the text does: walks characters back from the end. */
static const char *run_before(const run *part, const char *begin, const char *end)
{
    if (!part->any) {
        if ((size_t)(end - begin) < part->len || (part->len && memcmp(end - part->len, part->bytes, part->len) != 0))
            return NULL;
        return end - part->len;
    }
    for (size_t i = part->len; i-- > 0;) {
        if (end == begin) return NULL;
        if (part->any[i]) {
            const char *at = end - 1;
            while (at > begin && end - at < 4 && ((unsigned char)*at & 0xc0) == 0x80) {
                at--;
            }
            end = char_bytes(at, end) == (size_t)(end - at) ? at : end - 1;
        } else if (*--end != part->bytes[i]) {
            return NULL;
        }
    }
    return end;
}

spl_like *spl_like_compile(spl_arena *arena, spl_str pattern)
{
    spl_like *like = SPL_NEW(arena, spl_like);
    SPL_VEC(run) runs = {0};
    char *bytes = spl_alloc(arena, pattern.len);
    bool *any = spl_calloc(arena, pattern.len, sizeof(bool));
    size_t begin = 0, len = 0;
    bool has_any = false;

    for (size_t i = 0; i <= pattern.len; i++) {
        if (i == pattern.len || pattern.data[i] == '%') {
            SPL_PUSH(arena, &runs, ((run){bytes + begin, has_any ? any + begin : NULL, len - begin}));
            begin = len;
            has_any = false;
        } else {
            if (pattern.data[i] == '_') any[len] = has_any = true;
            bytes[len++] = pattern.data[i];
        }
    }
    like->runs = runs.data;
    like->n_runs = runs.len;
    return like;
}

bool spl_like_match(const spl_like *like, spl_str text)
{
    const char *at = text.data ? text.data : "", *end = at + text.len;

    at = run_at(&like->runs[0], at, end);
    if (!at) return false;
    if (like->n_runs == 1) return at == end;
    end = run_before(&like->runs[like->n_runs - 1], at, end);
    if (!end) return false;
    for (size_t i = 1; i + 1 < like->n_runs; i++) {
        const run *part = &like->runs[i];
        if (!part->any) {
            if (!part->len) continue;
            at = memmem(at, (size_t)(end - at), part->bytes, part->len);
            if (!at) return false;
            at += part->len;
            continue;
        }
        const char *next = NULL;
        while (!(next = run_at(part, at, end))) {
            if (at == end) return false;
            at += char_bytes(at, end);
        }
        at = next;
    }
    return true;
}
