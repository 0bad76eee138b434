/* walklex.c -- lists the terms or fields of DATA.
 *
 * It stands for a search of the indexes that it names, and a stage that lists what their events hold. */
#include "base/wildcard.h"
#include "exec/lexicon.h"
#include "exec/expand.h"

#include <stddef.h>

static const char *const types[] = {"all", "field", "fieldvalue", "term", NULL};
enum { ALL, FIELD, FIELDVALUE, TERM };

typedef struct walklex_op {
    spl_op base;
    int type;
    spl_str prefix, pattern, index;
    bool prefix_given, pattern_given;
    /* running */
    spl_lexicon lexicon;
    lexicon_entry **sorted;
    size_t n, at;
    bool ready;
} walklex_op;

static const spl_option options[] = {
    {.name = "type",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(walklex_op, type),
     .names = types,
     .dflt = ALL,
     .help = "what to list"},
    {.name = "prefix",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(walklex_op, prefix),
     .given = offsetof(walklex_op, prefix_given),
     .text = "",
     .help = "what terms begin with"},
    {.name = "pattern",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(walklex_op, pattern),
     .given = offsetof(walklex_op, pattern_given),
     .text = "*",
     .help = "what terms match"},
    {.name = "index",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(walklex_op, index),
     .text = "",
     .help = "an index; may be given again"},
    SPL_IDLE("splunk_server", TEXT, "there is one place"),
    SPL_IDLE("splunk_server_group", TEXT, "there is one place"),
    {0},
};

static bool walklex_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    const walklex_op *self = (const walklex_op *)op;

    lexicon_bind(binder, self->type == ALL || self->type == TERM, self->type != TERM);
    return spl_bind_plain(binder, stage, op);
}

static void walklex_open(spl_op *op)
{
    walklex_op *self = (walklex_op *)op;

    lexicon_open(&self->lexicon, op, self->type == ALL || self->type == TERM, self->type != TERM);
}

static spl_status walklex_gather(spl_op *op, spl_batch *batch)
{
    lexicon_gather(&((walklex_op *)op)->lexicon, batch);
    return SPL_OK;
}

static void walklex_merge(spl_op *into, spl_op *from)
{
    lexicon_merge(&((walklex_op *)into)->lexicon, &((walklex_op *)from)->lexicon);
}

static bool wanted(const walklex_op *self, spl_str text)
{
    if (self->prefix_given) return spl_str_ieq(spl_str_sub(text, 0, self->prefix.len), self->prefix);
    return spl_wildcard_match(self->pattern, text, true);
}

/* The entries that are listed. Of a field all its values are one, whose count is how many there are. */
static void prepare(walklex_op *self)
{
    size_t n = 0, total;
    lexicon_entry **all = lexicon_sorted(&self->lexicon, &total);
    spl_map names = spl_map_in(self->base.state);

    for (size_t i = 0; i < total; i++) {
        lexicon_entry *entry = all[i];
        spl_map_entry *name;

        if (self->type != FIELD) {
            if (wanted(self, entry->text)) all[n++] = entry;
            continue;
        }
        name = spl_map_put(&names, spl_str_sub(entry->text, 0, entry->name), NULL);
        if (!name->value) {
            lexicon_entry *field = name->value = SPL_NEW(self->base.state, lexicon_entry);

            field->text = name->key;
            if (wanted(self, field->text)) all[n++] = field;
        }
        ((lexicon_entry *)name->value)->count++;
    }
    self->sorted = all;
    self->n = n;
    self->ready = true;
}

static spl_status walklex_emit(spl_op *op, spl_batch **out)
{
    walklex_op *self = (walklex_op *)op;
    bool field = self->type == FIELD;
    spl_batch *batch;
    uint32_t rows;

    if (!self->ready) prepare(self);
    if (self->at == self->n) return SPL_END;
    rows = self->n - self->at < SPL_BATCH_ROWS ? (uint32_t)(self->n - self->at) : SPL_BATCH_ROWS;
    batch = spl_op_batch(op, rows);
    spl_field to[] = {spl_field_of(batch->fields, field ? SPL_S("field") : SPL_S("term")),
                      spl_field_of(batch->fields, field ? SPL_S("distinct_values") : SPL_S("count"))};
    spl_batch_arrange(batch, to, 2);
    for (uint32_t i = 0; i < rows; i++) {
        const lexicon_entry *entry = self->sorted[self->at++];

        spl_batch_set(batch, i, to[0], spl_text(spl_str_copy(batch->arena, entry->text)));
        spl_batch_set(batch, i, to[1], spl_number((double)entry->count));
    }
    *out = batch;
    return SPL_OK;
}

/* What stands behind the search; not a command of its own. */
static const spl_command lister = {.name = "walklex",
                                   .args = SPL_ARGS_PLAIN,
                                   .traits = SPL_TRANSFORMS,
                                   .options = options,
                                   .op_size = sizeof(walklex_op),
                                   .bind = walklex_bind,
                                   .open = walklex_open,
                                   .gather = walklex_gather,
                                   .merge = walklex_merge,
                                   .emit = walklex_emit};

static const spl_node *walklex_expand(spl_binder *binder, const spl_node *stage)
{
    spl_buf text = spl_buf_in(binder->arena);
    walklex_op *given = SPL_NEW(binder->arena, walklex_op);
    spl_node *rest = spl_expand_indexes(binder, stage, &text);
    spl_args args = spl_args_of(stage);
    const spl_node *pattern = stage;

    if (!spl_options_take(binder, stage, options, given) || !spl_args_done(binder, &args)) return NULL;
    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind == SPL_NODE_OPTION && spl_str_iis(stage->kids[i]->text, "pattern"))
            pattern = stage->kids[i];
    if (given->prefix_given && given->pattern_given) {
        spl_bad_argument(binder, pattern->span, "walklex takes prefix= or pattern=, not both");
        return NULL;
    }
    if (!given->index.len) return spl_lacks(binder, NULL, "index=", "index=web type=term"), NULL;
    return spl_expand_behind(binder, stage, spl_buf_str(&text), rest, &lister);
}

SPL_COMMAND(walklex, .summary = "Lists terms, fields or field values of DATA.",
            .syntax = "walklex [type=field|fieldvalue|term|all] [prefix=<text>|pattern=<text>] index=<name> … "
                      "[splunk_server=<text>] [splunk_server_group=<text>]",
            .example = "| walklex index=web type=term",
            .differs = "There are no buckets: DATA is one. Every field that an event has counts as indexed.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES, .options = options, .op_size = sizeof(walklex_op),
            .expand = walklex_expand);
