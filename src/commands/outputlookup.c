/* outputlookup.c -- writes the results into a lookup: a CSV file, or a collection of the KV store. */
#include "commands/outputs.h"

#include "base/hash.h"
#include "base/map.h"
#include "knowledge/knowledge.h"

#include <stddef.h>

typedef enum kv_type { KV_ANY, KV_NUMBER, KV_BOOL } kv_type;

typedef struct typed { /* a field of a collection that says what it holds */
    spl_field field;
    kv_type type;
} typed;

typedef struct outputlookup_op {
    spl_op base;
    bool append, append_given, create_empty, override_if_empty, allow_updates, allow_given;
    int64_t max;
    spl_field key_field;
    int format;
    spl_str name;
    const spl_lookup *lookup; /* NULL where only a check goes on */
    /* running */
    spl_outputs outputs;
    spl_csv_file *csv;
    uint64_t rows;        /* written */
    SPL_VEC(typed) types; /* of a collection */
    bool enforce;
    /* a collection: records by key, in the order first met */
    spl_map records;
    uint64_t serial;
} outputlookup_op;

static const char *const contexts[] = {"app", "user", "system", NULL};
static const char *const formats[] = {"splunk_sv_csv", "splunk_mv_csv", NULL};
enum { SINGLE, MULTI };

static const spl_option options[] = {
    {.name = "append",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputlookup_op, append),
     .given = offsetof(outputlookup_op, append_given),
     .dflt = 0,
     .help = "keep what is there; of a CSV file only its own columns are written. With key_field true"},
    {.name = "create_empty",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputlookup_op, create_empty),
     .dflt = 0,
     .help = "without results leave an empty file; false: remove it"},
    {.name = "override_if_empty",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputlookup_op, override_if_empty),
     .dflt = 1,
     .help = "false: without results leave what is there"},
    {.name = "max",
     .type = SPL_OPTION_INT,
     .offset = offsetof(outputlookup_op, max),
     .dflt = 9e15,
     .min = 0,
     .max = 9e15,
     .help = "how many results to write"},
    {.name = "key_field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(outputlookup_op, key_field),
     .help = "collections: the field that is the record's key; records of other keys stay"},
    {.name = "allow_updates",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputlookup_op, allow_updates),
     .given = offsetof(outputlookup_op, allow_given),
     .dflt = 1,
     .help = "collections: false keeps records whose key is there already"},
    SPL_IDLE("createinapp", BOOL, "files go to the state folder"),
    SPL_IDLE("create_context", ENUM, "files go to the state folder", .names = contexts),
    {.name = "output_format",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(outputlookup_op, format),
     .dflt = SINGLE,
     .names = formats,
     .help = "splunk_mv_csv keeps the values of multivalue fields apart, in columns __mv_<field>"},
    {0},
};

/* field.x = number and enforceTypes of the collection's stanza (Admin Manual, collections.conf.spec). */
static void bind_types(spl_binder *binder, outputlookup_op *self)
{
    static const struct {
        const char *name;
        kv_type type;
    } types[] = {{"number", KV_NUMBER}, {"time", KV_NUMBER}, {"bool", KV_BOOL}};
    const spl_conf_stanza *stanza;
    const spl_conf_entry *const *entries;
    size_t n;

    if (!binder->query->knowledge) return;
    stanza =
        spl_conf_stanza_find(spl_knowledge_conf(binder->query->knowledge, "collections"), self->lookup->collection);
    if (!stanza) return;
    self->enforce = spl_conf_true(spl_conf_value(stanza, "enforceTypes"));
    n = spl_conf_entries(binder->arena, stanza, &entries);
    for (size_t i = 0; i < n; i++) {
        const spl_conf_entry *entry = entries[i];

        if (!spl_str_starts(entry->key, SPL_S("field."))) continue;
        for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
            if (!spl_str_is(entry->value, types[k].name)) continue;
            typed made = {spl_bind_field(binder, spl_str_sub(entry->key, 6, entry->key.len)), types[k].type};
            SPL_PUSH(binder->arena, &self->types, made);
        }
    }
}

static bool outputlookup_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    outputlookup_op *self = (outputlookup_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *name = spl_args_next(&args);

    spl_bind_reads_all(binder);
    if (!name || !spl_args_name(name, &self->name)) return spl_lacks(binder, name, "the name of a lookup", "seen.csv");
    if (!spl_args_done(binder, &args)) return false;
    if (!spl_lookup_named(binder, self->name, name->span, SPL_FILE_ANY, &self->lookup)) return false;
    if (self->lookup && !self->lookup->collection.len) {
        if (self->key_field != SPL_NO_FIELD)
            return spl_bad_argument(binder, name->span,
                                    "key_field needs a lookup of the KV store, and \"%.*s\" is a file",
                                    SPL_FMT(self->name));
        if (self->allow_given)
            return spl_bad_argument(binder, name->span,
                                    "allow_updates needs a lookup of the KV store, and \"%.*s\" is a file",
                                    SPL_FMT(self->name));
    }
    if (self->key_field != SPL_NO_FIELD && !self->append_given) self->append = true;
    if (self->lookup && self->append && !self->lookup->collection.len &&
        spl_str_ends(self->lookup->file, SPL_S(".gz"))) {
        spl_bad_argument(binder, name->span, "outputlookup cannot append to \"%.*s\", which is packed",
                         SPL_FMT(self->lookup->file));
        spl_hint(binder->diag, "Read it first: | inputlookup append=true %.*s | outputlookup %.*s",
                 SPL_FMT(self->lookup->file), SPL_FMT(self->lookup->file));
        return false;
    }
    if (self->lookup && self->lookup->collection.len) {
        const char *wrong = spl_state_name(self->lookup->collection);
        if (wrong)
            return spl_bad_argument(binder, name->span, "the name of the collection \"%.*s\" %s",
                                    SPL_FMT(self->lookup->collection), wrong);
        bind_types(binder, self);
    }
    return true;
}

/* --- CSV -------------------------------------------------------------------------------------------------------------
 */

static bool is_written(const spl_fields *fields, spl_field field)
{
    return field == SPL_F_TIME || field == SPL_F_RAW || !spl_field_internal(fields, field);
}

static void csv_begin(outputlookup_op *self)
{
    spl_op *op = &self->base;
    spl_lookups *lookups = spl_lookups_of(op->query);
    SPL_VEC(spl_field) fields = {0};
    bool *multi = NULL;

    if (self->outputs.rows == 0) {
        if (self->append || !self->override_if_empty) return;
        if (!self->create_empty) {
            spl_state_remove(op->query->state, "lookups", self->lookup->file);
            if (!spl_lookups_ships(lookups, self->lookup)) return;
        }
        /* empty; also where an app has a file of that name, which would show again */
        self->csv = spl_csv_file_new(op, "lookups", self->lookup->file, NULL, NULL, NULL, 0, SPL_S(" "));
        return;
    }
    for (size_t i = 0; i < self->outputs.columns.fields.len; i++)
        if (is_written(op->query->fields, self->outputs.columns.fields.data[i]))
            SPL_PUSH(op->state, &fields, self->outputs.columns.fields.data[i]);
    if (self->format == MULTI) {
        multi = SPL_NEW_ARRAY(op->state, fields.len, bool);
        for (size_t i = 0; i < fields.len; i++) multi[i] = true;
    }
    self->csv = spl_csv_file_new(op, "lookups", self->lookup->file,
                                 self->append ? spl_lookups_table(lookups, self->lookup, true) : NULL, fields.data,
                                 multi, fields.len, SPL_S(" "));
}

/* --- collections -----------------------------------------------------------------------------------------------------
 */

typedef struct record {
    spl_str line;
} record;

/* A key that no record has: 24 hexadecimal digits, as the KV store makes them. */
static spl_str new_key(outputlookup_op *self)
{
    for (;;) {
        uint64_t from[2] = {self->base.query->seed, self->serial++};
        uint64_t a = spl_hash_bytes(from, sizeof from, 1), b = spl_hash_bytes(from, sizeof from, 2);
        spl_str key = spl_strf(self->base.state, "%016llx%08x", (unsigned long long)a, (unsigned)b);

        if (!spl_map_find(&self->records, key)) return key;
    }
}

static void put_record(outputlookup_op *self, spl_str key, spl_buf *line)
{
    record *made = SPL_NEW(self->base.state, record);

    made->line = spl_str_copy(self->base.state, spl_buf_str(line));
    spl_map_set(&self->records, key, made);
}

static void kv_begin(outputlookup_op *self)
{
    spl_op *op = &self->base;
    spl_lookup whole = *self->lookup;
    const spl_table *table;

    self->records = spl_map_in(op->state);
    if (!self->append) return;
    whole.fields.len = 0; /* every field is kept */
    table = spl_lookups_table(spl_lookups_of(op->query), &whole, true);
    uint32_t key_column = spl_table_column(table, SPL_S("_key"));
    for (size_t row = 0; row < table->n_rows; row++) {
        spl_buf line = spl_buf_in(op->state);
        spl_value key = key_column == UINT32_MAX ? SPL_NULL : spl_table_cell(table, row, key_column);
        spl_str text = spl_is_null(key) ? new_key(self) : spl_value_text(op->state, key);

        spl_buf_char(&line, '{');
        spl_outputs_member(&line, "", SPL_S("_key"), spl_text(text));
        for (uint32_t c = 0; c < table->n_columns; c++)
            if (c != key_column) spl_outputs_member(&line, "", table->columns[c], spl_table_cell(table, row, c));
        spl_buf_puts(&line, "}\n");
        put_record(self, text, &line);
    }
}

/* Whether VALUE is what the collection says of its field. */
static bool is_of_type(kv_type type, spl_value value, spl_arena *arena)
{
    double number;
    bool truth;

    for (uint32_t i = 0; i < spl_value_count(value); i++) {
        spl_value one = spl_value_at(value, i);

        if (type == KV_NUMBER && !spl_value_number(one, &number)) return false;
        if (type == KV_BOOL && !spl_option_bool(spl_value_text(arena, one), &truth)) return false;
    }
    return true;
}

/* False: the record is written without it. */
static bool check_type(outputlookup_op *self, spl_field field, spl_value value, spl_arena *arena)
{
    spl_op *op = &self->base;
    spl_str name;

    for (size_t i = 0; i < self->types.len; i++) {
        if (self->types.data[i].field != field || is_of_type(self->types.data[i].type, value, arena)) continue;
        name = spl_field_name(op->query->fields, field);
        if (self->enforce) {
            spl_error(op->query->diag, op->stage->span, "kv-type",
                      "the collection \"%.*s\" takes only values of its type in \"%.*s\"",
                      SPL_FMT(self->lookup->collection), SPL_FMT(name));
            spl_fail(SPL_REFUSED, "a record does not have the types of its collection");
        }
        spl_op_warn(op, "kv-type", "a value of \"%.*s\" is not of the type that the collection says, and was left out",
                    SPL_FMT(name));
        return false;
    }
    return true;
}

static void kv_row(outputlookup_op *self, const spl_batch *batch, uint32_t row, spl_field key_name)
{
    spl_op *op = &self->base;
    const spl_lookup *lookup = self->lookup;
    spl_buf line = spl_buf_in(batch->arena);
    spl_value key = SPL_NULL;
    spl_str text;

    if (self->key_field != SPL_NO_FIELD) key = spl_batch_get(batch, row, self->key_field);
    if (spl_is_null(key)) key = spl_batch_get(batch, row, key_name);
    text = spl_is_null(key) ? new_key(self) : spl_value_text(batch->arena, key);
    if (!self->allow_updates && spl_map_find(&self->records, text)) return;
    spl_buf_char(&line, '{');
    spl_outputs_member(&line, "", SPL_S("_key"), spl_text(text));
    for (size_t i = 0; i < self->outputs.columns.fields.len; i++) {
        spl_field field = self->outputs.columns.fields.data[i];
        spl_str name = spl_field_name(op->query->fields, field);
        bool listed = lookup->fields.len == 0 && is_written(op->query->fields, field);

        for (size_t k = 0; k < lookup->fields.len && !listed; k++) listed = spl_str_eq(lookup->fields.data[k], name);
        if (!listed || spl_str_is(name, "_key")) continue;
        spl_value value = spl_batch_get(batch, row, field);
        if (check_type(self, field, value, batch->arena)) spl_outputs_member(&line, "", name, value);
    }
    spl_buf_puts(&line, "}\n");
    put_record(self, text, &line);
}

static void kv_end(outputlookup_op *self)
{
    spl_op *op = &self->base;
    spl_state_file *file;

    if (self->outputs.rows == 0 && (self->append || !self->override_if_empty)) return;
    file = spl_state_write(op->query->state, "kvstore",
                           spl_strf(op->state, "%.*s.ndjson", SPL_FMT(self->lookup->collection)), false);
    for (size_t i = 0; i < self->records.len; i++)
        spl_state_put(file, ((record *)self->records.entries[i].value)->line);
    spl_state_done(file);
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

static void begin(spl_op *op)
{
    outputlookup_op *self = (outputlookup_op *)op;

    if (self->lookup->collection.len)
        kv_begin(self);
    else
        csv_begin(self);
}

static void write_batch(spl_op *op, spl_batch *batch)
{
    outputlookup_op *self = (outputlookup_op *)op;
    spl_field key_name = spl_field_of(op->query->fields, SPL_S("_key"));

    for (uint32_t i = 0; i < spl_batch_rows(batch) && self->rows < (uint64_t)self->max; i++, self->rows++) {
        if (self->csv)
            spl_csv_file_row(self->csv, batch, spl_batch_row(batch, i));
        else
            kv_row(self, batch, spl_batch_row(batch, i), key_name);
    }
}

static void end(spl_op *op)
{
    outputlookup_op *self = (outputlookup_op *)op;

    if (self->lookup->collection.len)
        kv_end(self);
    else if (self->csv)
        spl_csv_file_done(self->csv);
}

static spl_status outputlookup_next(spl_op *op, spl_batch **batch)
{
    static const spl_outputs_hooks hooks = {begin, write_batch, end};

    return spl_outputs_next(op, &((outputlookup_op *)op)->outputs, &hooks, false, batch);
}

SPL_COMMAND(outputlookup, .summary = "Writes the results into a lookup, and passes them on.",
            .syntax = "outputlookup [append=<bool>] [create_empty=<bool>] [override_if_empty=<bool>] [max=<n>] "
                      "[key_field=<field>] [allow_updates=<bool>] [createinapp=<bool>] "
                      "[create_context=app|user|system] [output_format=splunk_sv_csv|splunk_mv_csv] <lookup>",
            .example = "| makeresults | eval host=\"a\" | table host | outputlookup seen.csv", .args = SPL_ARGS_PLAIN,
            .traits = SPL_ORDERED, .options = options, .op_size = sizeof(outputlookup_op), .bind = outputlookup_bind,
            .next = outputlookup_next);
