/* findkeywords.c -- words that tell the events of a group from the rest: those of most of its events and of few others.
 */
#include "exec/bind.h"

#include "base/map.h"
#include "expr/segments.h"
#include "knowledge/limits.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

enum { SHOWN = 10, LONGEST_WORD = 256 };

typedef struct word {
    spl_str text;
    uint64_t total; /* events that hold it */
    uint64_t last;  /* the last event that was counted */
} word;

typedef struct group {
    spl_value label;
    uint64_t events;
    spl_map words; /* -> count, as a pointer to uint64_t */
    spl_str sample;
} group;

typedef struct findkeywords_op {
    spl_op base;
    spl_field label;
    bool dedup;
    uint64_t most; /* events; 0: all */
    spl_map groups, words;
    uint64_t events;
    size_t at;
} findkeywords_op;

static const spl_option options[] = {
    {.name = "labelfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(findkeywords_op, label),
     .required = "labelfield=cluster_label",
     .help = "the field that names the group of an event"},
    {.name = "dedup",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(findkeywords_op, dedup),
     .help = "of words that stand in the same events, only the longest is given"},
    {0},
};

static bool findkeywords_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    findkeywords_op *find = (findkeywords_op *)op;

    spl_bind_reads(binder, find->label);
    spl_bind_reads(binder, SPL_F_RAW);
    find->most = spl_server_limit(binder->query, "findkeywords", "maxevents", 50000);
    return spl_bind_plain(binder, stage, op);
}

static void findkeywords_open(spl_op *op)
{
    findkeywords_op *find = (findkeywords_op *)op;
    find->groups = find->words = spl_map_in(op->state);
}

static void count_word(findkeywords_op *find, group *g, spl_str text)
{
    spl_arena *arena = find->base.state;
    spl_map_entry *entry = spl_map_put(&find->words, text, NULL);
    word *w = entry->value;

    if (!w) {
        entry->value = w = SPL_NEW(arena, word);
        w->text = entry->key;
    }
    if (w->last == find->events) return;
    w->last = find->events;
    w->total++;
    entry = spl_map_put(&g->words, text, NULL);
    if (!entry->value) entry->value = SPL_NEW(arena, uint64_t);
    (*(uint64_t *)entry->value)++;
}

static spl_status findkeywords_gather(spl_op *op, spl_batch *batch)
{
    findkeywords_op *find = (findkeywords_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value label = spl_batch_get(batch, row, find->label), raw = spl_batch_get(batch, row, SPL_F_RAW);
        spl_map_entry *entry;
        group *g;
        if (spl_is_null(label) || raw.kind != SPL_KIND_TEXT) continue;
        if (find->most && find->events == find->most) {
            spl_op_warn(op, "limit", "findkeywords looked at the first %" PRIu64 " events (maxevents)", find->most);
            return SPL_END;
        }
        find->events++;
        entry = spl_map_put(&find->groups, spl_value_text(batch->arena, label), NULL);
        if (!entry->value) {
            g = SPL_NEW(op->state, group);
            g->label = spl_value_keep(op->state, label);
            g->words = spl_map_in(op->state);
            g->sample = spl_str_copy(op->state, spl_value_str(raw));
            entry->value = g;
        }
        g = entry->value;
        g->events++;
        for (size_t at = 0; at < raw.len;) {
            size_t begin;
            while (at < raw.len && (spl_breaker_major(raw.as.text[at]) || spl_breaker_minor(raw.as.text[at]))) at++;
            begin = at;
            while (at < raw.len && !spl_breaker_major(raw.as.text[at]) && !spl_breaker_minor(raw.as.text[at])) at++;
            if (at > begin && at - begin <= LONGEST_WORD)
                count_word(find, g, spl_str_cut(raw.as.text + begin, at - begin));
        }
    }
    return SPL_OK;
}

typedef struct scored {
    const word *w;
    uint64_t in_group;
    double score;
} scored;

static int best_first(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    if (x->w->text.len != y->w->text.len) return x->w->text.len > y->w->text.len ? -1 : 1;
    return spl_str_cmp(x->w->text, y->w->text);
}

/* The words of a group by the harmonic mean of two shares: of the group's events that hold the word, and of the events
 * with the word that are of the group. Words of less than half of the group's events do not count. */
static spl_value keywords(const findkeywords_op *find, const group *g, spl_arena *arena)
{
    SPL_VEC(scored) list = {0};
    SPL_VEC(spl_value) values = {0};

    for (size_t i = 0; i < g->words.len; i++) {
        scored s = {.w = spl_map_get(&find->words, g->words.entries[i].key),
                    .in_group = *(const uint64_t *)g->words.entries[i].value};
        if (s.in_group * 2 < g->events) continue;
        s.score = 2.0 * (double)s.in_group / (double)(g->events + s.w->total);
        if (s.w->total == find->events && find->groups.len > 1) continue; /* every event holds it */
        SPL_PUSH(arena, &list, s);
    }
    if (list.len) qsort(list.data, list.len, sizeof *list.data, best_first);
    for (size_t i = 0; i < list.len && values.len < SHOWN; i++) {
        const scored *s = &list.data[i], *before = i ? &list.data[i - 1] : NULL;
        if (find->dedup && before && s->score == before->score && s->in_group == before->in_group &&
            s->w->total == before->w->total)
            continue;
        SPL_PUSH(arena, &values, spl_text(s->w->text));
    }
    return spl_value_keep(arena, spl_multi_of(arena, values.data, values.len));
}

static spl_status findkeywords_emit(spl_op *op, spl_batch **out)
{
    findkeywords_op *find = (findkeywords_op *)op;
    spl_fields *fields = op->query->fields;
    uint32_t rows = find->groups.len - find->at < 64 ? (uint32_t)(find->groups.len - find->at) : 64;

    if (!rows) return SPL_END;
    *out = spl_op_batch(op, rows);
    for (uint32_t row = 0; row < rows; row++) {
        const group *g = find->groups.entries[find->at++].value;
        spl_arena *arena = (*out)->arena;
        spl_batch_set(*out, row, spl_field_of(fields, SPL_S("groupID")), spl_value_keep(arena, g->label));
        spl_batch_set(*out, row, spl_field_of(fields, SPL_S("numInGroup")), spl_number((double)g->events));
        spl_batch_set(*out, row, spl_field_of(fields, SPL_S("percentInGroup")),
                      spl_number((double)g->events / (double)find->events * 100));
        spl_batch_set(*out, row, spl_field_of(fields, SPL_S("includeKeywords")), keywords(find, g, arena));
        spl_batch_set(*out, row, spl_field_of(fields, SPL_S("sampleEvent")), spl_text(spl_str_copy(arena, g->sample)));
    }
    return SPL_OK;
}

SPL_COMMAND(
    findkeywords, .summary = "Finds words that tell the events of a group from the rest.",
    .syntax = "findkeywords labelfield=<field> [dedup=<bool>]",
    .example =
        "| makeresults count=4 | streamstats count AS n | eval g=n%2, _raw=if(g=1,\"login of \",\"logout of \").n "
        "| findkeywords labelfield=g | table groupID includeKeywords",
    .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS | SPL_ORDERED, .options = options,
    .op_size = sizeof(findkeywords_op), .bind = findkeywords_bind, .open = findkeywords_open,
    .gather = findkeywords_gather, .emit = findkeywords_emit);
