/* findtypes.c -- suggests event types: events are grouped by sourcetype and punctuation, and of the field values (and
 * phrases) that all of a group have, the fewest that find the same events make its search. Rules:
 * docs/reference/commands/findtypes.md */
#include "commands/discovery.h"
#include "data/default_fields.h"
#include "exec/terms.h"
#include "lang/text.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { ANALYZED = 5000, TERMS = 256, CHOSEN = 8, LONGEST_VALUE = 128, LOOKED_AT = 10000, KINDS = 32 };

typedef struct analyzed {
    uint32_t *terms;
    uint32_t n;
    bool covered; /* has an event type */
    const discovery_group *group;
    spl_str raw;
} analyzed;

typedef struct known_field {
    uint64_t events, values; /* that have it; different ones of it */
} known_field;

typedef struct findtypes_op {
    spl_op base;
    int64_t max;
    bool notcovered, useraw;
    spl_field sourcetype, punct, eventtype;
    const discovery_rules *rules;
    /* running */
    discovery found;
    SPL_VEC(analyzed) events;
    SPL_VEC(known_field) fields;
    SPL_VEC(spl_field) field_of; /* each term's; SPL_NO_FIELD: none */
    bool done;
} findtypes_op;

static const spl_option options[] = {
    {.name = "max",
     .type = SPL_OPTION_INT,
     .offset = offsetof(findtypes_op, max),
     .dflt = 10,
     .min = 1,
     .max = 9e15,
     .help = "how many event types to suggest"},
    {0},
};

static bool findtypes_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    findtypes_op *self = (findtypes_op *)op;
    spl_args args = spl_args_of(stage);

    for (;;) {
        if (spl_args_take(&args, "notcovered"))
            self->notcovered = true;
        else if (spl_args_take(&args, "useraw"))
            self->useraw = true;
        else
            break;
    }
    self->sourcetype = spl_bind_field(binder, SPL_S("sourcetype"));
    self->punct = spl_bind_field(binder, SPL_S("punct"));
    self->eventtype = spl_bind_field(binder, SPL_S("eventtype"));
    if (self->notcovered) spl_bind_reads(binder, self->eventtype);
    spl_bind_reads(binder, SPL_F_RAW);
    spl_bind_reads_all(binder);
    self->rules = discovery_rules_new(binder);
    return spl_args_done(binder, &args);
}

static void findtypes_open(spl_op *op)
{
    findtypes_op *self = (findtypes_op *)op;

    self->found = discovery_in(op->state, self->rules);
    self->found.all = true;
}

/* Whether the column's field may be named by a search that is suggested. */
static bool considered(const findtypes_op *self, const spl_batch *batch, const spl_column *column)
{
    spl_str name = spl_field_name(batch->fields, column->field);
    char small[64];

    if (column->field == self->punct || column->field == self->eventtype ||
        spl_field_internal(batch->fields, column->field) || spl_str_starts(name, SPL_S("tag::")))
        return false;
    if (name.len > sizeof small) return true;
    for (size_t i = 0; i < name.len; i++) small[i] = spl_ascii_lower(name.data[i]);
    return !spl_map_find(&self->rules->ignored_fields, spl_str_cut(small, name.len));
}

static void add_term(findtypes_op *self, spl_str term, spl_field field)
{
    discovery_add(&self->found, term);
    if (self->field_of.len == self->found.terms.len) return;
    SPL_PUSH(self->base.state, &self->field_of, field);
    self->fields.data[field].values++;
}

static void add_value(findtypes_op *self, spl_arena *scratch, spl_field field, spl_str name, spl_value value)
{
    spl_buf term = spl_buf_in(scratch);
    spl_str text = spl_value_text(scratch, value);

    if (!text.len || text.len > LONGEST_VALUE || memchr(text.data, '*', text.len) || memchr(text.data, '\n', text.len))
        return;
    spl_terms_compare(&term, name, text);
    add_term(self, spl_buf_str(&term), field);
}

/* Sourcetype, punctuation, and which fields there are. */
static spl_str key_of(const findtypes_op *self, const spl_batch *batch, uint32_t row, spl_str marks)
{
    spl_buf key = spl_buf_in(batch->arena);

    spl_buf_add(&key, spl_value_text(batch->arena, spl_batch_get(batch, row, self->sourcetype)));
    spl_buf_char(&key, '\n');
    spl_buf_add(&key, marks);
    spl_buf_char(&key, '\n');
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;

        if (spl_is_null(batch->columns[c]->cells[row]) || !considered(self, batch, batch->columns[c])) continue;
        spl_buf_add(&key, spl_str_cut((const char *)&field, sizeof field));
    }
    return spl_buf_str(&key);
}

static void analyze(findtypes_op *self, const spl_batch *batch, uint32_t row)
{
    spl_arena *scratch = batch->arena;
    spl_str raw = spl_value_text(scratch, spl_batch_get(batch, row, SPL_F_RAW));
    spl_value punct = spl_batch_get(batch, row, self->punct);
    spl_str marks = spl_is_null(punct) ? spl_punct(scratch, raw) : spl_value_text(scratch, punct);
    analyzed event = {.covered = !spl_is_null(spl_batch_get(batch, row, self->eventtype))};

    discovery_begin(&self->found, key_of(self, batch, row, marks), raw);
    for (uint32_t c = 0; c < batch->n_columns && self->found.event.len < TERMS; c++) {
        const spl_column *column = batch->columns[c];
        spl_str name = spl_field_name(batch->fields, column->field);
        uint32_t n = spl_value_count(column->cells[row]);

        if (!n || !considered(self, batch, column)) continue;
        while (self->fields.len <= column->field) SPL_PUSH(self->base.state, &self->fields, (known_field){0});
        self->fields.data[column->field].events++;
        for (uint32_t i = 0; i < n && self->found.event.len < TERMS; i++)
            add_value(self, scratch, column->field, name, spl_value_at(column->cells[row], i));
    }
    if (marks.len) discovery_add(&self->found, discovery_key_search(scratch, SPL_S("punct"), marks, false));
    if (self->useraw) discovery_add_words(&self->found, spl_str_sub(raw, 0, LOOKED_AT), true);
    while (self->field_of.len < self->found.terms.len) SPL_PUSH(self->base.state, &self->field_of, SPL_NO_FIELD);
    discovery_end(&self->found, SIZE_MAX);
    event.group = self->found.group;
    event.raw = spl_str_copy(self->base.state, raw);
    event.n = (uint32_t)self->found.event.len;
    event.terms = spl_alloc(self->base.state, event.n * sizeof *event.terms);
    if (event.n) memcpy(event.terms, self->found.event.data, event.n * sizeof *event.terms);
    SPL_PUSH(self->base.state, &self->events, event);
}

static spl_status findtypes_gather(spl_op *op, spl_batch *batch)
{
    findtypes_op *self = (findtypes_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        if (self->events.len == ANALYZED) {
            spl_op_note(op, "limit", "findtypes looked at the first %d events", ANALYZED);
            return SPL_END;
        }
        analyze(self, batch, spl_batch_row(batch, i));
    }
    return SPL_OK;
}

/* ---- which events have which terms ---- */

typedef struct events_of { /* a term: as a list where few events have it, else also a bit each */
    uint32_t *list;
    uint32_t n;
    uint64_t *bits; /* or NULL */
} events_of;

typedef struct chooser {
    const findtypes_op *of;
    spl_arena *arena;
    size_t words;          /* of a set of bits */
    uint64_t *left, *kept; /* sets while choosing */
    events_of *terms;
    bool *important; /* terms */
    bool *punct;     /* terms: the punctuation, which counts where nothing else is shared */
} chooser;

/* A value of one event alone tells no kind of event, nor one of a field that has a new value in most events. */
static bool telling(const findtypes_op *of, uint32_t term)
{
    const known_field *field =
        of->field_of.data[term] == SPL_NO_FIELD ? NULL : &of->fields.data[of->field_of.data[term]];

    if (of->events.len == 1) return true;
    return of->found.terms.data[term].events > 1 && (!field || field->values * 3 <= field->events * 2);
}

static void chooser_open(chooser *c, const findtypes_op *of, spl_arena *arena)
{
    const discovery *d = &of->found;

    *c = (chooser){.of = of, .arena = arena, .words = (of->events.len + 63) / 64};
    c->terms = SPL_NEW_ARRAY(arena, d->terms.len, events_of);
    c->important = SPL_NEW_ARRAY(arena, d->terms.len, bool);
    c->punct = SPL_NEW_ARRAY(arena, d->terms.len, bool);
    c->left = SPL_NEW_ARRAY(arena, c->words, uint64_t);
    c->kept = SPL_NEW_ARRAY(arena, c->words, uint64_t);
    for (size_t e = 0; e < of->events.len; e++) {
        for (uint32_t k = 0; k < of->events.data[e].n; k++) {
            uint32_t number = of->events.data[e].terms[k];
            events_of *t = &c->terms[number];

            if (!telling(of, number)) continue;
            if (!t->list) {
                t->list = spl_alloc(arena, (size_t)d->terms.data[number].events * sizeof *t->list);
                if (d->terms.data[number].events > c->words) t->bits = SPL_NEW_ARRAY(arena, c->words, uint64_t);
                c->punct[number] = spl_str_starts(d->terms.data[number].text, SPL_S("punct=\""));
                c->important[number] = discovery_important(of->rules, d->terms.data[number].text);
            }
            t->list[t->n++] = (uint32_t)e;
            if (t->bits) t->bits[e / 64] |= (uint64_t)1 << e % 64;
        }
    }
}

/* OUT: the events of SET that have the term too; how many. OUT may be NULL. */
static uint32_t both(const chooser *c, const uint64_t *set, const events_of *t, uint64_t *out)
{
    uint32_t n = 0;

    if (t->bits) {
        for (size_t i = 0; i < c->words; i++) {
            uint64_t bits = set[i] & t->bits[i];
            n += (uint32_t)__builtin_popcountll(bits);
            if (out) out[i] = bits;
        }
        return n;
    }
    for (uint32_t i = 0; i < t->n; i++) n += set[t->list[i] / 64] >> t->list[i] % 64 & 1;
    if (!out) return n;
    memset(c->kept, 0, c->words * sizeof *out);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t e = t->list[i];
        c->kept[e / 64] |= set[e / 64] & (uint64_t)1 << e % 64;
    }
    memcpy(out, c->kept, c->words * sizeof *out);
    return n;
}

/* Of two terms that leave as many events, whether X is the better one: an important word, then the shorter text. */
static bool better(const chooser *c, uint32_t x, uint32_t y)
{
    spl_str a = c->of->found.terms.data[x].text, b = c->of->found.terms.data[y].text;

    if (c->important[x] != c->important[y]) return c->important[x];
    if (a.len != b.len) return a.len < b.len;
    return spl_str_cmp(a, b) < 0;
}

typedef struct suggestion {
    spl_str search, example;
    uint64_t *set; /* the events that it finds */
    uint64_t count;
    bool important;
} suggestion;

/* The terms of G among which to choose. */
static size_t candidates(const chooser *c, const discovery_group *g, const uint32_t **out)
{
    uint32_t *list = SPL_NEW_ARRAY(c->arena, g->terms.len + 1, uint32_t);
    size_t n = 0;

    for (int punct = 0; punct < 2 && !n; punct++)
        for (size_t i = 0; i < g->terms.len; i++)
            if (c->terms[g->terms.data[i]].n && c->punct[g->terms.data[i]] == punct) list[n++] = g->terms.data[i];
    *out = list;
    return n;
}

/* Terms one after the other, each the one that leaves the fewest events, until those are left that all of the group's
 * terms leave. False: the group's events share nothing with other events, and there is but one of them. */
static bool choose(const chooser *c, const discovery_group *g, suggestion *s)
{
    spl_buf search = spl_buf_in(c->arena);
    uint64_t *left = c->left, *now = SPL_NEW_ARRAY(c->arena, c->words, uint64_t);
    uint32_t n = (uint32_t)c->of->events.len, goal = n;
    uint32_t least = n > 1 ? 2 : 1; /* one event is no kind of events */
    const uint32_t *terms;
    size_t n_terms = candidates(c, g, &terms);

    for (size_t e = 0; e < n; e++) now[e / 64] |= (uint64_t)1 << e % 64;
    memcpy(left, now, c->words * sizeof *now);
    for (size_t i = 0; i < n_terms; i++) goal = both(c, left, &c->terms[terms[i]], left);
    for (int k = 0; n_terms && k < CHOSEN && (!k || n > goal); k++) {
        uint32_t best = terms[0], fewest = n + !k;

        for (size_t i = 0; i < n_terms; i++) {
            uint32_t leaves = both(c, now, &c->terms[terms[i]], NULL);

            if (leaves < least || leaves > fewest || (leaves == fewest && !better(c, terms[i], best))) continue;
            best = terms[i];
            fewest = leaves;
        }
        if (k && fewest == n) break;
        n = both(c, now, &c->terms[best], now);
        s->important |= c->important[best];
        if (k) spl_buf_char(&search, ' ');
        spl_buf_add(&search, c->of->found.terms.data[best].text);
    }
    s->search = spl_buf_str(&search);
    s->example = g->example;
    s->set = now;
    s->count = n;
    return n_terms > 0;
}

/* ---- groups divided by the values of a field ---- */

typedef struct divided {
    uint32_t events, values; /* of the group: that have the field; different ones */
    uint32_t term;           /* one of its values */
    uint64_t round, seen;    /* when it was counted, and the event that was counted last, from 1 */
} divided;

/* How often each term stands in the events of a group, or of a part of one, and each field. */
typedef struct divider {
    const chooser *c;
    divided *fields;
    uint32_t *often; /* terms */
    uint64_t round;
    SPL_VEC(uint32_t) events, terms;
    SPL_VEC(spl_field) met;
} divider;

static void count_events(divider *d)
{
    const findtypes_op *of = d->c->of;

    d->round++;
    for (size_t i = 0; i < d->terms.len; i++) d->often[d->terms.data[i]] = 0;
    d->terms.len = d->met.len = 0;
    for (size_t i = 0; i < d->events.len; i++) {
        const analyzed *event = &of->events.data[d->events.data[i]];

        for (uint32_t k = 0; k < event->n; k++) {
            uint32_t term = event->terms[k];
            spl_field field = of->field_of.data[term];
            bool first = d->often[term]++ == 0;

            if (first) SPL_PUSH(d->c->arena, &d->terms, term);
            if (field == SPL_NO_FIELD) continue;
            divided *f = &d->fields[field];
            if (f->round != d->round) {
                *f = (divided){.round = d->round, .term = term};
                SPL_PUSH(d->c->arena, &d->met, field);
            }
            f->values += first;
            if (f->seen != i + 1) f->events++;
            f->seen = i + 1;
        }
    }
}

/* The field whose values tell kinds of events of the group apart: one that all of them have, with few values. */
static spl_field dividing(const divider *d)
{
    spl_field best = SPL_NO_FIELD;

    for (size_t i = 0; i < d->met.len; i++) {
        const divided *f = &d->fields[d->met.data[i]], *b = best == SPL_NO_FIELD ? NULL : &d->fields[best];

        if (f->events < d->events.len || f->values < 2 || f->values > KINDS || f->values * 3 > f->events * 2) continue;
        if (b && d->c->important[f->term] != d->c->important[b->term] ? d->c->important[b->term]
                                                                      : b && f->values >= b->values)
            continue;
        best = d->met.data[i];
    }
    return best;
}

typedef SPL_VEC(suggestion) suggestions;

static void divide(divider *d, suggestions *list)
{
    const findtypes_op *of = d->c->of;
    spl_arena *arena = d->c->arena;
    SPL_VEC(uint32_t) all = {0}, values = {0};

    count_events(d);
    spl_field field = dividing(d);
    if (field == SPL_NO_FIELD) return;
    for (size_t i = 0; i < d->events.len; i++) SPL_PUSH(arena, &all, d->events.data[i]);
    for (size_t i = 0; i < d->terms.len; i++)
        if (of->field_of.data[d->terms.data[i]] == field && d->often[d->terms.data[i]] > 1)
            SPL_PUSH(arena, &values, d->terms.data[i]);
    for (size_t v = 0; v < values.len; v++) {
        discovery_group part = {0};
        suggestion s = {0};

        d->events.len = 0;
        for (size_t i = 0; i < all.len; i++) {
            const analyzed *event = &of->events.data[all.data[i]];

            for (uint32_t k = 0; k < event->n; k++)
                if (event->terms[k] == values.data[v]) SPL_PUSH(arena, &d->events, all.data[i]);
        }
        count_events(d);
        for (size_t i = 0; i < d->terms.len; i++)
            if (d->often[d->terms.data[i]] == d->events.len) SPL_PUSH(arena, &part.terms, d->terms.data[i]);
        part.example = of->events.data[d->events.data[0]].raw;
        if (choose(d->c, &part, &s)) SPL_PUSH(arena, list, s);
    }
}

/* Of each group, and of the kinds of events within it. */
static void suggest(const chooser *c, suggestions *list)
{
    const findtypes_op *of = c->of;
    size_t groups = of->found.groups.len, n = of->events.len;
    uint32_t *first = SPL_NEW_ARRAY(c->arena, groups, uint32_t), *next = SPL_NEW_ARRAY(c->arena, n, uint32_t);
    divider d = {.c = c};

    d.fields = SPL_NEW_ARRAY(c->arena, of->fields.len, divided);
    d.often = SPL_NEW_ARRAY(c->arena, of->found.terms.len, uint32_t);
    for (size_t e = n; e-- > 0;) { /* a chain of each group's events, numbered from 1 */
        size_t g = of->events.data[e].group->number;

        next[e] = first[g];
        first[g] = (uint32_t)e + 1;
    }
    for (size_t g = 0; g < groups; g++) {
        suggestion s = {0};

        if (choose(c, of->found.groups.entries[g].value, &s)) SPL_PUSH(c->arena, list, s);
        d.events.len = 0;
        for (uint32_t e = first[g]; e; e = next[e - 1]) SPL_PUSH(c->arena, &d.events, e - 1);
        divide(&d, list);
    }
}

static int best_first(const void *a, const void *b)
{
    const suggestion *x = a, *y = b;

    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    if (x->important != y->important) return x->important ? -1 : 1;
    return spl_str_cmp(x->search, y->search);
}

static bool covered(const findtypes_op *self, const suggestion *s)
{
    for (size_t e = 0; e < self->events.len; e++)
        if (s->set[e / 64] >> e % 64 & 1 && !self->events.data[e].covered) return false;
    return true;
}

static spl_status findtypes_emit(spl_op *op, spl_batch **out)
{
    findtypes_op *self = (findtypes_op *)op;
    suggestions list = {0};
    spl_map known = spl_map_in(op->state);
    spl_batch *batch;
    chooser c;

    if (self->done || !self->events.len) return SPL_END;
    self->done = true;
    chooser_open(&c, self, op->state);
    suggest(&c, &list);
    if (list.len) qsort(list.data, list.len, sizeof *list.data, best_first);
    size_t n = 0;
    for (size_t i = 0; i < list.len && n < (uint64_t)self->max; i++) { /* one search for the same events */
        const suggestion *s = &list.data[i];
        bool made;

        if (self->notcovered && covered(self, s)) continue;
        spl_map_put(&known, spl_str_cut((const char *)s->set, c.words * sizeof *s->set), &made);
        if (made) list.data[n++] = *s;
    }
    batch = spl_op_batch(op, (uint32_t)n);
    spl_field to[] = {spl_field_of(batch->fields, SPL_S("search")), spl_field_of(batch->fields, SPL_S("count")),
                      spl_field_of(batch->fields, SPL_S("coverage")), spl_field_of(batch->fields, SPL_S("example"))};
    spl_batch_arrange(batch, to, 4);
    batch->fixed = true;
    for (uint32_t i = 0; i < n; i++) {
        const suggestion *s = &list.data[i];
        double share = 100 * (double)s->count / (double)self->events.len;

        spl_batch_set(batch, i, to[0], spl_text(spl_str_copy(batch->arena, s->search)));
        spl_batch_set(batch, i, to[1], spl_number((double)s->count));
        spl_batch_set(batch, i, to[2], spl_number(round(share * 100) / 100));
        spl_batch_set(batch, i, to[3], spl_text(spl_str_copy(batch->arena, s->example)));
    }
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(findtypes, .summary = "Suggests event types.", .syntax = "findtypes [max=<n>] [notcovered] [useraw]",
            .example = "| makeresults count=4 | streamstats count as n | eval action=if(n<4,\"login\",\"logout\"), "
                       "_raw=\"user \".action | findtypes",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_FIXES, .options = options,
            .op_size = sizeof(findtypes_op), .bind = findtypes_bind, .open = findtypes_open, .gather = findtypes_gather,
            .emit = findtypes_emit);
