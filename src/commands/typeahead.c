/* typeahead.c -- lists the terms and field values of DATA that begin with what is being typed.
 *
 * It stands for a search of the index, and a stage that lists what its events hold. */
#include "base/wildcard.h"
#include "exec/lexicon.h"
#include "exec/expand.h"
#include "knowledge/limits.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct typeahead_op {
    spl_op base;
    spl_str prefix, banned, index;
    int64_t limit;
    double from, to;
    bool from_given, to_given, collapse;
    spl_str typed; /* what is completed: the last word, without quotes, in small letters */
    bool value;    /* of a field's value: name=… */
    /* running */
    spl_lexicon lexicon;
    bool done;
} typeahead_op;

static const spl_option options[] = {
    {.name = "prefix",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(typeahead_op, prefix),
     .required = "prefix=\"fail\"",
     .text = "",
     .help = "the search that is being typed"},
    {.name = "count",
     .type = SPL_OPTION_INT,
     .offset = offsetof(typeahead_op, limit),
     .required = "count=10",
     .min = 1,
     .max = 9e15,
     .dflt = 1,
     .help = "how many results"},
    {.name = "banned_segments",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(typeahead_op, banned),
     .text = "",
     .help = "patterns of what is left out, semicolons between"},
    {.name = "collapse",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(typeahead_op, collapse),
     .dflt = 1,
     .help = "leave out a term that begins another one of as many events"},
    {.name = "endtimeu",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(typeahead_op, to),
     .given = offsetof(typeahead_op, to_given),
     .min = 0,
     .max = 9e15,
     .help = "the end of the time range"},
    {.name = "index",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(typeahead_op, index),
     .text = "",
     .help = "the index"},
    SPL_IDLE("max_servers", INT, "there is one place", .min = 0, .max = 9e15),
    SPL_IDLE("max_time", INT, "all of DATA is read; --timeout bounds the time", .min = 0, .max = 9e15),
    {.name = "starttimeu",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(typeahead_op, from),
     .given = offsetof(typeahead_op, from_given),
     .min = 0,
     .max = 9e15,
     .help = "the begin of the time range"},
    SPL_IDLE("use_cache", BOOL, "nothing is cached"),
    {0},
};

/* The last word of the search that is being typed. */
static void take_prefix(spl_binder *binder, typeahead_op *self)
{
    spl_buf typed = spl_buf_in(binder->arena);
    size_t begin = 0;
    bool quoted = false;

    for (size_t i = 0; i < self->prefix.len; i++) {
        char c = self->prefix.data[i];

        if (c == '"') quoted = !quoted;
        if (!quoted && (spl_is_space(c) || c == '|' || c == '(' || c == '[')) begin = i + 1;
    }
    for (size_t i = begin; i < self->prefix.len; i++) {
        char c = self->prefix.data[i];

        if (c == '"') continue;
        if (c == '=') self->value = true;
        spl_buf_char(&typed, c);
    }
    self->typed = spl_buf_str(&typed);
}

static bool typeahead_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    typeahead_op *self = (typeahead_op *)op;

    take_prefix(binder, self);
    lexicon_bind(binder, true, true);
    return spl_bind_plain(binder, stage, op);
}

static void typeahead_open(spl_op *op)
{
    lexicon_open(&((typeahead_op *)op)->lexicon, op, true, true);
}

static spl_status typeahead_gather(spl_op *op, spl_batch *batch)
{
    lexicon_gather(&((typeahead_op *)op)->lexicon, batch);
    return SPL_OK;
}

static void typeahead_merge(spl_op *into, spl_op *from)
{
    lexicon_merge(&((typeahead_op *)into)->lexicon, &((typeahead_op *)from)->lexicon);
}

typedef struct proposal {
    spl_str content;
    uint64_t count;
    bool dropped;
} proposal;

static bool is_banned(const typeahead_op *self, spl_str content)
{
    for (size_t at = 0; at < self->banned.len;) {
        const char *semicolon = memchr(self->banned.data + at, ';', self->banned.len - at);
        size_t end = semicolon ? (size_t)(semicolon - self->banned.data) : self->banned.len;
        spl_str pattern = spl_str_trim(spl_str_sub(self->banned, at, end));

        if (pattern.len && spl_wildcard_match(pattern, content, true)) return true;
        at = end + 1;
    }
    return false;
}

/* A term as it stands, a field's value as name="value". */
static spl_str content_of(spl_arena *arena, const lexicon_entry *entry)
{
    spl_buf out = spl_buf_in(arena);

    if (!entry->name) return entry->text;
    spl_buf_add(&out, spl_str_sub(entry->text, 0, entry->name));
    spl_buf_char(&out, '=');
    spl_text_quote(&out, spl_str_sub(entry->text, entry->name + 2, entry->text.len));
    return spl_buf_str(&out);
}

/* Whether the entry, read as name=value, begins with what is typed. */
static bool begins(const typeahead_op *self, const lexicon_entry *entry)
{
    spl_str typed = self->typed, name = spl_str_sub(entry->text, 0, entry->name);

    if (!entry->name) return spl_str_ieq(spl_str_sub(entry->text, 0, typed.len), typed);
    if (typed.len <= name.len) return spl_str_ieq(spl_str_sub(name, 0, typed.len), typed);
    return spl_str_ieq(spl_str_sub(typed, 0, name.len), name) && typed.data[name.len] == '=' &&
           spl_str_ieq(spl_str_sub(entry->text, name.len + 2, typed.len + 1),
                       spl_str_sub(typed, name.len + 1, typed.len));
}

static int by_content(const void *a, const void *b)
{
    return spl_str_cmp(((const proposal *)a)->content, ((const proposal *)b)->content);
}

static int by_count(const void *a, const void *b)
{
    const proposal *x = a, *y = b;

    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return by_content(a, b);
}

/* Drops what begins another one of the same count. LIST is in order: those that begin the one at hand are a stack, each
 * the begin of the next. */
static void collapse(spl_arena *arena, proposal *list, size_t n)
{
    SPL_VEC(proposal *) open = {0};

    for (size_t i = 0; i < n; i++) {
        while (open.len && !spl_str_starts(list[i].content, open.data[open.len - 1]->content)) open.len--;
        for (size_t k = open.len; k-- > 0;)
            if (open.data[k]->count == list[i].count) open.data[k]->dropped = true;
        SPL_PUSH(arena, &open, &list[i]);
    }
}

static spl_status typeahead_emit(spl_op *op, spl_batch **out)
{
    typeahead_op *self = (typeahead_op *)op;
    SPL_VEC(proposal) list = {0};
    uint64_t most = spl_server_limit(op->query, "typeahead", "maxcount", 1000);
    size_t total, n = 0;
    lexicon_entry **all;
    spl_batch *batch;

    if (self->done) return SPL_END;
    self->done = true;
    all = lexicon_sorted(&self->lexicon, &total);
    for (size_t i = 0; i < total; i++) {
        spl_str content;

        if ((self->value && !all[i]->name) || !begins(self, all[i])) continue;
        content = content_of(op->state, all[i]);
        if (!is_banned(self, content)) SPL_PUSH(op->state, &list, (proposal){content, all[i]->count, false});
    }
    if (!list.len) return SPL_END;
    qsort(list.data, list.len, sizeof *list.data, by_content);
    if (self->collapse) collapse(op->state, list.data, list.len);
    for (size_t i = 0; i < list.len; i++)
        if (!list.data[i].dropped) list.data[n++] = list.data[i];
    if (most && (uint64_t)self->limit > most) {
        if (n > most)
            spl_op_warn(op, "limit", "typeahead gave the first %" PRIu64 " results (limits.conf, maxcount)", most);
        self->limit = (int64_t)most;
    }
    if ((uint64_t)n > (uint64_t)self->limit) {
        qsort(list.data, n, sizeof *list.data, by_count);
        n = (size_t)self->limit;
        qsort(list.data, n, sizeof *list.data, by_content);
    }
    batch = spl_op_batch(op, (uint32_t)n);
    spl_field to[] = {spl_field_of(batch->fields, SPL_S("content")), spl_field_of(batch->fields, SPL_S("count")),
                      spl_field_of(batch->fields, SPL_S("operator"))};
    spl_batch_arrange(batch, to, 3);
    for (uint32_t i = 0; i < n; i++) {
        spl_batch_set(batch, i, to[0], spl_text(spl_str_copy(batch->arena, list.data[i].content)));
        spl_batch_set(batch, i, to[1], spl_number((double)list.data[i].count));
        spl_batch_set(batch, i, to[2], spl_text(SPL_S("false")));
    }
    *out = batch;
    return SPL_OK;
}

/* What stands behind the search; not a command of its own. */
static const spl_command lister = {.name = "typeahead",
                                   .args = SPL_ARGS_PLAIN,
                                   .traits = SPL_TRANSFORMS,
                                   .options = options,
                                   .op_size = sizeof(typeahead_op),
                                   .bind = typeahead_bind,
                                   .open = typeahead_open,
                                   .gather = typeahead_gather,
                                   .merge = typeahead_merge,
                                   .emit = typeahead_emit};

static const spl_node *typeahead_expand(spl_binder *binder, const spl_node *stage)
{
    spl_buf text = spl_buf_in(binder->arena);
    typeahead_op *given = SPL_NEW(binder->arena, typeahead_op);
    spl_node *rest = spl_expand_indexes(binder, stage, &text);
    spl_args args = spl_args_of(stage);

    if (!spl_options_take(binder, stage, options, given) || !spl_args_done(binder, &args)) return NULL;
    if (given->from_given) spl_buf_printf(&text, " starttimeu=%.0f", given->from);
    if (given->to_given) spl_buf_printf(&text, " endtimeu=%.0f", given->to);
    return spl_expand_behind(binder, stage, spl_buf_str(&text), rest, &lister);
}

SPL_COMMAND(typeahead, .summary = "Lists terms and field values of DATA that begin with a prefix.",
            .syntax = "typeahead prefix=<text> count=<n> [collapse=<bool>] [banned_segments=<patterns>] "
                      "[starttimeu=<n>] [endtimeu=<n>] [index=<name>] [max_time=<n>] [max_servers=<n>] "
                      "[use_cache=<bool>]",
            .example = "| typeahead prefix=\"source\" count=3",
            .differs = "Only DATA is asked: no settings and no search history. Every field that an event has counts as "
                       "indexed.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES, .options = options, .op_size = sizeof(typeahead_op),
            .expand = typeahead_expand);
