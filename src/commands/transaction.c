/* transaction.c -- puts events together that belong together: by values of fields, by time, by how they begin and end.
 *
 * Events come newest first. While they are read, only what tells a transaction from another is held: which one has a
 * value of a field open, its times and its count. Each event goes, with the number of its transaction, to a sorter that
 * gives it back among its own; so memory grows with the number of transactions, not with their events. Rules:
 * docs/reference/commands/transaction.md */
#include "exec/sorter.h"

#include "base/map.h"
#include "base/num.h"
#include "expr/filter.h"
#include "knowledge/extraction.h"
#include "knowledge/knowledge.h"
#include "knowledge/limits.h"
#include "lang/text.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { MAX_FIELDS = 64, DEFAULT_EVENTS = 1000 };

typedef struct txn {           /* an open transaction */
    struct txn *newer, *older; /* in the order of use */
    uint32_t id;
    bool open, ended;
    int64_t count;
    uint64_t has; /* which of the fields it has a value of */
    double low, high, last;
    uint64_t used;
} txn;

enum { CLOSED = 1, EVICTED = 2, ORPHAN = 4 };
typedef struct txn_info { /* what is left of one when it is closed */
    uint64_t last;        /* where its last event stood */
    uint32_t matched;
    uint8_t flags;
} txn_info;

typedef struct condition { /* startswith, endswith */
    bool given;
    const spl_filter *filter;
    const spl_expr *expr;
} condition;

typedef struct transaction_op {
    spl_op base;
    spl_str maxspan_text, maxpause_text, delim, nullstr, name;
    double maxspan, maxpause; /* seconds, negative for none */
    int64_t maxevents, maxopentxn, maxopenevents;
    bool maxevents_given, maxopentxn_given, maxopenevents_given;
    bool connected, unifyends, mvraw, keepevicted, keeporphans;
    const spl_node *startswith, *endswith, *mvlist, *fields_option;
    condition starts, ends;
    SPL_VEC(spl_field) fields;
    bool all_lists;
    SPL_VEC(spl_field) lists;
    spl_field id_field, rank_field, duration, eventcount, closed, matches, orphan, type;
    /* running */
    spl_map values, members;
    SPL_VEC(txn_info) infos;
    txn *newest, *oldest; /* of the open ones, by use */
    int64_t n_open, n_events;
    uint64_t seen;
    double before; /* time of the event before */
    spl_buf key;
    spl_sorter *events, *results;
    spl_arena *arena; /* of the transaction being put together */
    SPL_VEC(spl_row *) rows;
    bool sorted;
} transaction_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(transaction_op, member), __VA_ARGS__             \
    }
#define SPAN .takes = "a span of time such as 30s, 5m or 1h, or -1 for any", .wrong = "nonsense 5parsecs"
static const spl_option options[] = {
    OPTION("maxspan", TEXT, maxspan_text, .text = "-1", SPAN,
           .help = "the longest time from first to last event; -1: any"),
    OPTION("maxpause", TEXT, maxpause_text, .text = "-1", SPAN, .help = "the longest time between two events; -1: any"),
    OPTION("maxevents", INT, maxevents, .given = offsetof(transaction_op, maxevents_given), .dflt = DEFAULT_EVENTS,
           .min = -1, .max = 9e15, .help = "the most events; negative: any number"),
    OPTION("startswith", NODE, startswith, .wrong = "\"a=\"",
           .help = "what the first event satisfies: text, search or eval(…)"),
    OPTION("endswith", NODE, endswith, .wrong = "\"a=\"",
           .help = "what the last event satisfies: text, search or eval(…)"),
    OPTION("connected", BOOL, connected, .dflt = 1,
           .help = "an event of which no field occurs in an open transaction begins one of its own"),
    OPTION("unifyends", BOOL, unifyends, .help = "first and last events too must have one of the fields"),
    OPTION("maxopentxn", INT, maxopentxn, .given = offsetof(transaction_op, maxopentxn_given), .dflt = 5000, .min = 1,
           .max = 9e15, .help = "beyond so many open ones the one longest unused is evicted; no bound where not given"),
    OPTION("maxopenevents", INT, maxopenevents, .given = offsetof(transaction_op, maxopenevents_given), .dflt = 100000,
           .min = 1, .max = 9e15, .help = "the same for events in open ones"),
    OPTION("keepevicted", BOOL, keepevicted, .help = "whether those that are not complete are given, closed_txn 0"),
    OPTION("keeporphans", BOOL, keeporphans, .help = "whether events without the fields are given, _txn_orphan 1"),
    OPTION("mvlist", NODE, mvlist, .wrong = "\"\"",
           .help = "fields, or all, that list the values of all events in their order"),
    OPTION("mvraw", BOOL, mvraw, .help = "whether _raw is a multivalue of the events"),
    OPTION("delim", TEXT, delim, .text = " ", .help = "joins values where a multivalue is made one text"),
    OPTION("nullstr", TEXT, nullstr, .text = "NULL", .help = "stands in lists for a value that an event lacks"),
    OPTION("name", TEXT, name, .text = "", .help = "a transaction type of transactiontypes.conf"),
    OPTION("fields", NODE, fields_option, .wrong = "\"\"", .help = "the fields, as arguments name them"),
    {0},
};

/* --- binding ------------------------------------------------------------------------------------------------------ */

static bool bind_time(spl_binder *binder, const spl_node *stage, const char *option, spl_str text, double *seconds)
{
    spl_span_time span;
    double number;

    if (spl_num_parse(text, &number)) {
        *seconds = number < 0 ? -1 : number;
        return true;
    }
    if (text.len > 1 && text.data[0] == '0' &&
        spl_timespan(spl_strf(binder->arena, "1%.*s", SPL_FMT(spl_str_sub(text, 1, text.len))), &span) &&
        span.snap == SPL_UNIT_NONE && !spl_is_digit(text.data[1])) { /* 0s: at one time */
        *seconds = 0;
        return true;
    }
    if (spl_timespan(text, &span) && span.snap == SPL_UNIT_NONE) {
        *seconds = spl_span_seconds(span);
        return true;
    }
    return spl_option_refuse(binder, stage, options, option);
}

static spl_node *terms_of(spl_binder *binder, const spl_node *node, spl_diag *diag)
{
    spl_source *source = spl_source_new(binder->arena, SPL_S("condition"), node->text);
    const spl_parse_env env = {.arena = binder->arena,
                               .diag = diag,
                               .check = binder->query->check_only,
                               .depth_limit = 1000,
                               .size_limit = SIZE_MAX};
    source->used_at = node->span;
    source->role = "condition";
    return spl_parse_terms(&env, source);
}

static bool has_operator(spl_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (spl_is_any(text.data[i], "=<>(\"")) return true;
    return false;
}

static bool bind_condition(spl_binder *binder, const spl_node *node, condition *c)
{
    spl_node *terms;

    if (!node) return true;
    c->given = true;
    if (node->kind == SPL_NODE_HOLE || node->kind == SPL_NODE_PIPELINE) {
        spl_bind_reads_all(binder);
        return true;
    }
    if (node->kind == SPL_NODE_CALL && spl_str_iis(node->text, "eval") && node->n_kids == 1) {
        c->expr = spl_expr_bind_condition(binder, node->kids[0], "eval()");
        return c->expr != NULL;
    }
    if (node->kind == SPL_NODE_WORD || node->kind == SPL_NODE_STRING || node->kind == SPL_NODE_FIELD) {
        bool search = has_operator(node->text); /* else what is no search is a phrase */

        terms = terms_of(binder, node, search ? binder->diag : spl_diag_new(binder->arena));
        if (!terms && search) return false;
        if (!terms) {
            terms = SPL_NEW(binder->arena, spl_node);
            *terms = *node;
            terms->kind = SPL_NODE_TERM;
            terms->height = 1;
        }
        c->filter = spl_filter_bind(binder, terms, NULL);
        return c->filter != NULL;
    }
    if (node->kind >= SPL_NODE_AND || node->kind == SPL_NODE_LIST) {
        if (node->kind == SPL_NODE_LIST && node->n_kids == 1) node = node->kids[0];
        c->filter = spl_filter_bind(binder, node, NULL);
        return c->filter != NULL;
    }
    spl_bad_argument(binder, node->span, "a text, a search in round brackets or eval(<expression>) is expected here");
    spl_hint(binder->diag, "For example: startswith=\"login\", startswith=(action=login) or startswith=eval(n>1).");
    return false;
}

static bool add_field(spl_binder *binder, transaction_op *txn_op, spl_span span, spl_str name, bool list)
{
    spl_field field;

    name = spl_str_trim(name);
    if (!name.len) return true;
    field = spl_bind_field(binder, name);
    spl_bind_reads(binder, field);
    if (list) {
        SPL_PUSH(binder->arena, &txn_op->lists, field);
        return true;
    }
    for (size_t i = 0; i < txn_op->fields.len; i++)
        if (txn_op->fields.data[i] == field) return true;
    if (txn_op->fields.len == MAX_FIELDS)
        return spl_bad_argument(binder, span, "transaction takes at most %d fields", MAX_FIELDS);
    SPL_PUSH(binder->arena, &txn_op->fields, field);
    return true;
}

/* A quoted list "a, b" names several fields; in mvlist blanks separate too. */
static bool add_fields(spl_binder *binder, transaction_op *txn_op, const spl_node *node, bool list)
{
    spl_str name, rest;
    const char *comma;

    if (node->kind == SPL_NODE_HOLE) return true;
    if (node->kind == SPL_NODE_LIST) {
        for (uint32_t i = 0; i < node->n_kids; i++)
            if (!add_fields(binder, txn_op, node->kids[i], list)) return false;
        return true;
    }
    if (!spl_args_name(node, &name))
        return spl_bad_argument(binder, node->span, "the name of a field is expected here");
    if (list) {
        spl_str *words;
        size_t n = spl_conf_words(binder->arena, name, &words);

        for (size_t i = 0; i < n; i++)
            if (!add_field(binder, txn_op, node->span, words[i], true)) return false;
        return true;
    }
    for (rest = name; rest.len && (comma = memchr(rest.data, ',', rest.len));
         rest = spl_str_sub(rest, (size_t)(comma - rest.data) + 1, rest.len))
        if (!add_field(binder, txn_op, node->span, spl_str_cut(rest.data, (size_t)(comma - rest.data)), false))
            return false;
    return add_field(binder, txn_op, node->span, rest, false);
}

/* The fields that the arguments of STAGE name. */
static bool add_arguments(spl_binder *binder, transaction_op *t, const spl_node *stage)
{
    bool in_list = false;

    if (t->fields_option && !add_fields(binder, t, t->fields_option, false)) return false;
    for (uint32_t i = 0; i < stage->n_kids; i++) { /* mvlist=a,b: what follows a comma is of the list */
        const spl_node *kid = stage->kids[i];
        if (kid->kind == SPL_NODE_OPTION) {
            in_list = kid->n_kids && (kid->kids[0] == t->mvlist || kid->kids[0] == t->fields_option);
            if (in_list && kid->kids[0] == t->mvlist && !t->lists.len) in_list = false;
            continue;
        }
        if (kid->kind == SPL_NODE_HOLE || kid->kind == SPL_NODE_CLAUSE) continue;
        in_list = in_list && kid->after_comma;
        if (!add_fields(binder, t, kid, in_list && t->lists.len)) return false;
    }
    return true;
}

static bool is_given(const spl_node *stage, spl_str name)
{
    bool fields = spl_str_is(name, "fields");

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *kid = stage->kids[i];
        if (kid->kind == SPL_NODE_OPTION ? spl_str_ieq(kid->text, name) : fields) return true;
    }
    return false;
}

/* A stanza of transactiontypes.conf as the stage that its settings stand for; what STAGE says itself is left out.
 * *BY: that stage, or NULL where only a check goes on. */
static bool bind_type(spl_binder *binder, const spl_node *stage, transaction_op *t, const spl_node **by)
{
    static const char *const keys[] = {"maxspan",    "maxpause", "maxevents",    "fields",      "connected",
                                       "startswith", "endswith", "maxopentxn",   "keepevicted", "mvlist",
                                       "delim",      "nullstr",  "maxopenevents"};
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "transactiontypes");
    const spl_conf_stanza *stanza = spl_conf_stanza_find(conf, t->name);
    spl_buf text = spl_buf_in(binder->arena);
    const spl_node *pipeline;

    *by = NULL;
    if (!stanza) {
        if (binder->query->check_only) {
            spl_warning(binder->diag, stage->span, "missing-transform",
                        "the transaction type \"%.*s\" is in no transactiontypes.conf", SPL_FMT(t->name));
            return true;
        }
        spl_refuse(binder, stage->span, "missing-transform",
                   "the transaction type \"%.*s\" is in no transactiontypes.conf", SPL_FMT(t->name));
        spl_hint(binder->diag, "--app DIR loads an app; or give its options to transaction.");
        return false;
    }
    spl_buf_puts(&text, "| transaction");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const spl_conf_entry *e = spl_conf_find(stanza, keys[i]);
        bool filters = strcmp(keys[i], "startswith") == 0 || strcmp(keys[i], "endswith") == 0, quoted;

        if (!e || !e->value.len || is_given(stage, spl_str_of(keys[i]))) continue;
        quoted = e->value.data[0] == '"' ||
                 (filters && (e->value.data[0] == '(' || spl_str_starts(e->value, SPL_S("eval("))));
        spl_buf_printf(&text, " %s=", keys[i]);
        if (quoted)
            spl_buf_add(&text, e->value);
        else
            spl_text_quote(&text, e->value);
    }
    pipeline = spl_bind_text(binder, stage, "transaction type",
                             spl_strf(binder->arena, "transaction type %.*s (%.*s:%u)", SPL_FMT(t->name),
                                      SPL_FMT(stanza->span.source->name), spl_span_place(stanza->span).line),
                             spl_buf_str(&text));
    if (!pipeline || !pipeline->n_kids) return false;
    *by = pipeline->kids[0];
    return spl_options_add(binder, *by, options, t);
}

static bool transaction_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    transaction_op *t = (transaction_op *)op;
    const spl_node *by = NULL;
    bool truth;

    if (t->name.len && !bind_type(binder, stage, t, &by)) return false;
    if (!bind_time(binder, stage, "maxspan", t->maxspan_text, &t->maxspan) ||
        !bind_time(binder, stage, "maxpause", t->maxpause_text, &t->maxpause) ||
        !bind_condition(binder, t->startswith, &t->starts) || !bind_condition(binder, t->endswith, &t->ends))
        return false;
    if (t->mvlist) {
        spl_str name;
        if (spl_args_name(t->mvlist, &name) && spl_option_bool(name, &truth))
            t->all_lists = truth;
        else if (!add_fields(binder, t, t->mvlist, true))
            return false;
    }
    if (!add_arguments(binder, t, stage)) return false;
    if (!t->maxopentxn_given) t->maxopentxn = (int64_t)spl_limit(binder->query, "transactions", "maxopentxn", 5000);
    if (!t->maxopenevents_given)
        t->maxopenevents = (int64_t)spl_limit(binder->query, "transactions", "maxopenevents", 100000);
    spl_bind_reads(binder, SPL_F_TIME);
    t->id_field = spl_bind_field(binder, SPL_S("_txn_id"));
    t->rank_field = spl_bind_field(binder, SPL_S("_txn_rank"));
    t->duration = spl_bind_field(binder, SPL_S("duration"));
    t->eventcount = spl_bind_field(binder, SPL_S("eventcount"));
    t->closed = spl_bind_field(binder, SPL_S("closed_txn"));
    t->matches = spl_bind_field(binder, SPL_S("field_match_sum"));
    t->orphan = spl_bind_field(binder, SPL_S("_txn_orphan"));
    t->type = spl_bind_field(binder, SPL_S("transactiontype"));
    spl_bind_makes(binder, t->duration);
    spl_bind_makes(binder, t->eventcount);
    spl_bind_makes(binder, t->closed);
    spl_bind_makes(binder, t->matches);
    spl_bind_makes(binder, t->orphan);
    spl_bind_makes(binder, SPL_F_LINECOUNT);
    if (t->name.len) spl_bind_makes(binder, t->type);
    return true;
}

static void transaction_needs(const spl_op *op, const spl_fieldset *after, spl_fieldset *before)
{
    spl_fieldset rest;

    spl_fieldset_init(&rest, before->arena, before->fields);
    spl_fieldset_add_set(&rest, after);
    for (size_t i = 0; i < op->makes.names.len; i++) spl_fieldset_remove(&rest, op->makes.names.data[i]);
    if (spl_fieldset_has(after, SPL_F_LINECOUNT)) spl_fieldset_add(&rest, SPL_F_RAW);
    spl_fieldset_add_set(before, &op->reads);
    spl_fieldset_add_set(before, &rest);
}

/* --- reading: which transaction an event belongs to -----------------------------------------------------------------
 */

static void transaction_open(spl_op *op)
{
    transaction_op *t = (transaction_op *)op;
    spl_sort_key *keys = SPL_NEW_ARRAY(op->state, 2, spl_sort_key);
    spl_sorter_config by_id = {.keys = keys, .n_keys = 1}, by_rank = {.keys = keys + 1, .n_keys = 1};

    keys[0] = (spl_sort_key){.field = t->id_field, .kind = SPL_ORDER_NUM};
    keys[1] = (spl_sort_key){.field = t->rank_field, .kind = SPL_ORDER_NUM};
    t->events = spl_sorter_new(op->state, op->query, &by_id);
    t->results = spl_sorter_new(op->state, op->query, &by_rank);
    t->values = spl_map_in(op->state);
    t->members = spl_map_in(op->state);
    t->key = spl_buf_in(op->state);
    t->before = NAN;
    t->arena = spl_arena_new(op->query->account);
    spl_arena_defer(op->state, (void (*)(void *))spl_arena_free, t->arena);
}

static void unlink_txn(transaction_op *t, txn *x)
{
    *(x->newer ? &x->newer->older : &t->newest) = x->older;
    *(x->older ? &x->older->newer : &t->oldest) = x->newer;
    x->newer = x->older = NULL;
}

static void use(transaction_op *t, txn *x)
{
    x->older = t->newest;
    if (t->newest) t->newest->newer = x;
    t->newest = x;
    if (!t->oldest) t->oldest = x;
}

static uint32_t new_info(transaction_op *t)
{
    if (t->infos.len >= UINT32_MAX) spl_fail(SPL_BOUND, "transaction: too many transactions");
    SPL_PUSH(t->base.state, &t->infos, (txn_info){0});
    return (uint32_t)t->infos.len - 1;
}

static txn *begin(transaction_op *t)
{
    txn *x = SPL_NEW(t->base.state, txn);
    x->id = new_info(t);
    x->open = true;
    x->low = x->high = x->last = NAN;
    use(t, x);
    t->n_open++;
    return x;
}

/* STARTED: its first event was met, where one is asked for. BY_RULE: something closed it, not the end of the events. */
static void end(transaction_op *t, txn *x, bool started, bool by_rule)
{
    bool complete = (!t->starts.given || started) && (!t->ends.given || x->ended);
    t->infos.data[x->id].flags |= !complete ? EVICTED : by_rule ? CLOSED : 0;
    x->open = false;
    unlink_txn(t, x);
    t->n_open--;
    t->n_events -= x->count;
}

static spl_str value_key(transaction_op *t, const txn *member_of, size_t field, spl_value value)
{
    spl_arena *scratch = t->arena;
    spl_buf_clear(&t->key);
    if (member_of) {
        memcpy(spl_buf_room(&t->key, 4), &member_of->id, 4);
        t->key.len += 4;
    }
    spl_buf_char(&t->key, (char)field);
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): a value's text is whole whatever its kind */
    spl_buf_add(&t->key, spl_value_text(scratch, value));
    return spl_buf_str(&t->key);
}

/* Every field that both have shares a value. */
static bool consistent(transaction_op *t, const txn *x, const spl_value *values)
{
    if (t->fields.len < 2) return true;
    for (size_t f = 0; f < t->fields.len; f++) {
        bool shared = false;
        uint32_t n = spl_value_count(values[f]);
        if (!n || !(x->has & (UINT64_C(1) << f))) continue;
        for (uint32_t v = 0; v < n && !shared; v++)
            shared = spl_map_find(&t->members, value_key(t, x, f, spl_value_at(values[f], v))) != NULL;
        if (!shared) return false;
    }
    return true;
}

static bool too_far(const transaction_op *t, const txn *x, double time)
{
    double low = time < x->low ? time : x->low, high = time > x->high ? time : x->high;
    if (t->maxspan >= 0 && high - low > t->maxspan) return true;
    return t->maxpause >= 0 && fabs(x->last - time) > t->maxpause;
}

/* The open transaction that was used last among those that hold one of the values. */
static txn *find(transaction_op *t, const spl_value *values, double time)
{
    txn *best = NULL;
    for (size_t f = 0; f < t->fields.len; f++) {
        for (uint32_t v = 0; v < spl_value_count(values[f]); v++) {
            txn *x = spl_map_get(&t->values, value_key(t, NULL, f, spl_value_at(values[f], v)));
            if (!x || !x->open || x == best) continue;
            if (too_far(t, x, time)) {
                end(t, x, false, true);
                continue;
            }
            if (best && best->used > x->used) continue;
            if (consistent(t, x, values)) best = x;
        }
    }
    return best && best->open ? best : NULL;
}

static void hold_values(transaction_op *t, txn *x, const spl_value *values)
{
    for (size_t f = 0; f < t->fields.len; f++) {
        uint32_t n = spl_value_count(values[f]);
        if (n) x->has |= UINT64_C(1) << f;
        for (uint32_t v = 0; v < n; v++) {
            spl_map_set(&t->values, value_key(t, NULL, f, spl_value_at(values[f], v)), x);
            if (t->fields.len > 1) spl_map_put(&t->members, value_key(t, x, f, spl_value_at(values[f], v)), NULL);
        }
    }
}

static bool holds(spl_op *op, const condition *c, uint32_t row)
{
    if (!c->given) return false;
    if (c->filter) {
        op->ev->row = row;
        return spl_filter_match(op->ev, c->filter, row);
    }
    return c->expr && spl_eval_true(op->ev, c->expr, row);
}

/* The number of the row's transaction, or -1: it belongs to none. */
static int64_t place(transaction_op *t, spl_batch *batch, uint32_t row)
{
    spl_op *op = &t->base;
    spl_value values[MAX_FIELDS];
    uint64_t has = 0;
    uint32_t matched = 0;
    double time = NAN;
    bool starts = holds(op, &t->starts, row), ends = holds(op, &t->ends, row);
    txn *x = NULL;

    for (size_t f = 0; f < t->fields.len; f++) {
        values[f] = spl_batch_get(batch, row, t->fields.data[f]);
        if (spl_is_null(values[f])) continue;
        has |= UINT64_C(1) << f;
        matched++;
    }
    if (!spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &time)) time = NAN;
    if (time > t->before)
        spl_op_warn(op, "transaction-order", "events are not newest first; put sort 0 -_time before transaction");
    if (!isnan(time)) t->before = time;
    t->seen++;
    if (t->fields.len && !has && (t->unifyends || (!starts && !ends))) {
        if (!t->keeporphans) return -1;
        uint32_t id = new_info(t);
        t->infos.data[id].flags = ORPHAN;
        t->infos.data[id].last = t->seen;
        return id;
    }
    if (has) x = find(t, values, time);
    if (!x && t->newest && (!t->fields.len || !has || (!t->connected && !(t->newest->has & has)))) {
        x = t->newest;
        if (too_far(t, x, time)) {
            end(t, x, false, true);
            x = NULL;
        }
    }
    if (x && ends) {
        end(t, x, false, true);
        x = NULL;
    }
    if (!x) {
        x = begin(t);
    } else if (x != t->newest) {
        unlink_txn(t, x);
        use(t, x);
    }
    x->ended |= ends;
    x->count++;
    x->used = t->seen;
    if (!(x->low <= time)) x->low = time;
    if (!(x->high >= time)) x->high = time;
    x->last = time;
    t->n_events++;
    hold_values(t, x, values);
    t->infos.data[x->id].last = t->seen;
    t->infos.data[x->id].matched += matched;
    if (starts) {
        end(t, x, true, true);
    } else if (t->maxevents >= 0 && x->count >= t->maxevents) {
        if (!t->maxevents_given)
            spl_op_warn(op, "transaction-limit", "a transaction ended at %d events; maxevents=-1 takes any number",
                        DEFAULT_EVENTS);
        end(t, x, false, true);
    }
    while ((t->maxopentxn > 0 && t->n_open > t->maxopentxn) ||
           (t->maxopenevents > 0 && t->n_events > t->maxopenevents)) {
        t->infos.data[t->oldest->id].flags |= EVICTED;
        spl_op_warn(op, "transaction-limit", "open transactions were evicted at the bound of %s",
                    t->maxopentxn > 0 && t->n_open > t->maxopentxn ? "maxopentxn" : "maxopenevents");
        end(t, t->oldest, false, false);
    }
    return x->id;
}

static spl_status transaction_gather(spl_op *op, spl_batch *batch)
{
    transaction_op *t = (transaction_op *)op;
    uint32_t n = spl_batch_rows(batch);
    bool *keep = SPL_NEW_ARRAY(batch->arena, n, bool);

    if (!t->seen && !op->query->limits.splunk) { /* bounds of a server, where nobody asks for them */
        if (!t->maxopentxn_given) t->maxopentxn = 0;
        if (!t->maxopenevents_given) t->maxopenevents = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = spl_batch_row(batch, i);
        int64_t id = place(t, batch, row);
        keep[i] = id >= 0;
        if (keep[i]) spl_batch_set(batch, row, t->id_field, spl_number((double)id));
    }
    spl_arena_reset(t->arena);
    spl_batch_filter(batch, keep);
    spl_sorter_add(t->events, op, batch);
    return SPL_OK;
}

/* --- putting together ------------------------------------------------------------------------------------------------
 */

typedef struct shown {
    spl_str text;
    spl_value value;
} shown;

static int shown_compare(const void *a, const void *b)
{
    return spl_str_cmp(((const shown *)a)->text, ((const shown *)b)->text);
}

static spl_value set_of(spl_arena *arena, spl_value *values, size_t count)
{
    shown *items = spl_alloc(arena, count * sizeof *items);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) items[i] = (shown){spl_value_text(arena, values[i]), values[i]};
    qsort(items, count, sizeof *items, shown_compare);
    for (size_t i = 0; i < count; i++)
        if (!kept || !spl_str_eq(items[i].text, items[kept - 1].text)) items[kept++] = items[i];
    for (size_t i = 0; i < kept; i++) values[i] = items[i].value;
    return spl_multi_of(arena, values, kept);
}

static bool is_list(const transaction_op *t, spl_field field)
{
    for (size_t i = 0; i < t->lists.len; i++)
        if (t->lists.data[i] == field) return true;
    return t->all_lists;
}

typedef SPL_VEC(spl_value) value_vec;
typedef struct gathered {
    spl_field field;
    size_t rows; /* how many were looked at */
    bool list;
    value_vec values;
} gathered;

static void put_together(transaction_op *t, uint32_t id, spl_batch *out, uint32_t row)
{
    spl_arena *arena = t->arena;
    const txn_info *info = &t->infos.data[id];
    SPL_VEC(gathered) all = {0};
    uint32_t *slot = NULL;
    size_t n_slots = 0;
    spl_value time = SPL_NULL;
    double low = NAN, high = NAN, number;
    spl_buf raw = spl_buf_in(arena);
    value_vec raws = {0};
    bool counts_lines = spl_fieldset_has(&t->base.needed, SPL_F_LINECOUNT);
    size_t lines = t->rows.len;

    for (size_t r = t->rows.len; r-- > 0;) { /* oldest first */
        const spl_row *from = t->rows.data[r];
        size_t at = t->rows.len - 1 - r;
        for (uint32_t c = 0; c < from->count; c++) {
            spl_field field = from->cells[c].field;
            spl_value value = from->cells[c].value;
            if (field == SPL_F_TIME) {
                if (!spl_value_number(value, &number)) continue;
                if (!(low <= number)) {
                    low = number;
                    time = value;
                }
                if (!(high >= number)) high = number;
                continue;
            }
            if (field == SPL_F_RAW) {
                if (raws.len) spl_buf_char(&raw, '\n');
                spl_str text = spl_value_text(arena, value);
                spl_buf_add(&raw, text);
                for (size_t i = 0; counts_lines && i < text.len; i++) lines += text.data[i] == '\n';
                SPL_PUSH(arena, &raws, value);
                continue;
            }
            if (field == t->id_field || spl_field_internal(out->fields, field)) continue;
            if (field >= n_slots) {
                size_t bigger = n_slots ? n_slots : 64;
                while (bigger <= field) bigger *= 2;
                slot = spl_realloc(arena, slot, n_slots * sizeof *slot, bigger * sizeof *slot);
                memset(slot + n_slots, 0, (bigger - n_slots) * sizeof *slot);
                n_slots = bigger;
            }
            if (!slot[field]) {
                SPL_PUSH(arena, &all, (gathered){.field = field, .list = is_list(t, field)});
                slot[field] = (uint32_t)all.len;
            }
            gathered *g = &all.data[slot[field] - 1];
            for (; g->list && g->rows < at; g->rows++) SPL_PUSH(arena, &g->values, spl_text(t->nullstr));
            for (uint32_t v = 0; v < spl_value_count(value); v++) SPL_PUSH(arena, &g->values, spl_value_at(value, v));
            g->rows = at + 1;
        }
    }
    if (!spl_is_null(time)) spl_batch_set(out, row, SPL_F_TIME, spl_value_keep(out->arena, time));
    if (raws.len)
        spl_batch_set(out, row, SPL_F_RAW,
                      spl_value_keep(out->arena, t->mvraw ? spl_multi_of(arena, raws.data, raws.len)
                                                          : spl_text(spl_buf_str(&raw))));
    for (size_t i = 0; i < all.len; i++) {
        gathered *g = &all.data[i];
        for (; g->list && g->rows < t->rows.len; g->rows++) SPL_PUSH(arena, &g->values, spl_text(t->nullstr));
        spl_batch_set(out, row, g->field,
                      spl_value_keep(out->arena, g->list ? spl_multi_of(arena, g->values.data, g->values.len)
                                                         : set_of(arena, g->values.data, g->values.len)));
    }
    if (info->flags & ORPHAN) {
        spl_batch_set(out, row, t->orphan, spl_number(1));
    } else {
        spl_batch_set(out, row, t->closed, spl_number(info->flags & CLOSED ? 1 : 0));
        spl_batch_set(out, row, t->duration, spl_number(isnan(low) ? 0 : high - low));
        spl_batch_set(out, row, t->eventcount, spl_number((double)t->rows.len));
        spl_batch_set(out, row, t->matches, spl_number(info->matched));
        if (t->name.len) spl_batch_set(out, row, t->type, spl_text(t->name));
        if (counts_lines) spl_batch_set(out, row, SPL_F_LINECOUNT, spl_number((double)lines));
    }
    spl_batch_set(out, row, t->rank_field, spl_number((double)info->last));
}

static void flush(transaction_op *t, uint32_t id, spl_batch **out, uint32_t *filled)
{
    bool shows = t->rows.len && (t->keepevicted || !(t->infos.data[id].flags & EVICTED));
    if (shows) {
        if (!*out) *out = spl_op_batch(&t->base, 256);
        put_together(t, id, *out, (*filled)++);
    }
    t->rows.data = NULL;
    t->rows.len = t->rows.cap = 0;
    spl_arena_reset(t->arena);
    if (*out && *filled == 256) {
        spl_sorter_add(t->results, &t->base, *out);
        spl_batch_free(*out);
        *out = NULL;
        *filled = 0;
    }
}

static void put_all_together(transaction_op *t)
{
    spl_batch *batch, *out = NULL;
    uint32_t current = 0, filled = 0;

    while (t->oldest) end(t, t->oldest, false, false);
    t->values = t->members = (spl_map){0};
    while ((batch = spl_sorter_next(t->events))) {
        spl_query_poll(t->base.query);
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i);
            uint32_t id = (uint32_t)spl_batch_get(batch, row, t->id_field).as.number;
            if (id != current) flush(t, current, &out, &filled);
            current = id;
            SPL_PUSH(t->arena, &t->rows, spl_row_keep(t->arena, batch, row));
        }
        spl_batch_free(batch);
    }
    if (t->rows.len) flush(t, current, &out, &filled);
    if (out) {
        spl_batch_truncate(out, filled);
        spl_sorter_add(t->results, &t->base, out);
        spl_batch_free(out);
    }
    t->sorted = true;
}

static spl_status transaction_emit(spl_op *op, spl_batch **batch)
{
    transaction_op *t = (transaction_op *)op;

    if (!t->sorted) put_all_together(t);
    *batch = spl_sorter_next(t->results);
    if (!*batch) return SPL_END;
    spl_batch_drop(*batch, t->rank_field);
    for (uint32_t c = 0; c < (*batch)->n_columns; c++) (*batch)->columns[c]->delim = t->delim;
    (*batch)->events = true;
    return SPL_OK;
}

static const spl_segment segments[] = {
    {.keyword = "startswith=", .shape = SPL_ARGS_SEARCH}, {.keyword = "endswith=", .shape = SPL_ARGS_SEARCH}, {0}};

static const char *const aliases[] = {"transam", NULL}; /* older names of it */

SPL_COMMAND(transaction, .aliases = aliases,
            .summary = "Puts events together that belong together, by fields, time, beginning and end.",
            .syntax = "transaction [<field> …] [maxspan=<time>] [maxpause=<time>] [maxevents=<n>] "
                      "[startswith=<text>|(<search>)|eval(<expression>)] [endswith=…] [connected=<bool>] "
                      "[unifyends=<bool>] [maxopentxn=<n>] [maxopenevents=<n>] [keepevicted=<bool>] "
                      "[keeporphans=<bool>] [mvlist=<bool>|<field>,…] [mvraw=<bool>] [delim=<text>] [nullstr=<text>]",
            .example = "| makeresults count=3 | streamstats count AS n | eval user=if(n=2,\"bob\",\"amy\"), "
                       "_raw=user | transaction user | table user eventcount",
            .args = SPL_ARGS_PLAIN, .segments = segments, .traits = SPL_ORDERED, .options = options,
            .op_size = sizeof(transaction_op), .bind = transaction_bind, .open = transaction_open,
            .gather = transaction_gather, .emit = transaction_emit, .needs = transaction_needs);
