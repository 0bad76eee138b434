/* indexing_run.c -- the rules for index time, over events (indexing.c compiles them). */
#include "knowledge/indexing_parts.h"

#include "base/fault.h"
#include "base/num.h"

#include <assert.h>
#include <math.h>

/* ---- one thread ---- */

spl_indexing_use *spl_indexing_use_of(spl_indexing *x, spl_worker *worker)
{
    spl_indexing_use *use;

    for (use = worker->indexing; use; use = use->next)
        if (use->of == x) return use;
    use = SPL_NEW(worker->arena, spl_indexing_use);
    use->of = x;
    use->worker = worker;
    use->last_text = spl_buf_in(worker->arena);
    use->next = worker->indexing;
    worker->indexing = use;
    return use;
}

void **spl_indexing_own(spl_indexing_use *use)
{
    return &use->own;
}

static const rules *rules_of_class(spl_indexing *x, const spl_props_class *of)
{
    spl_str key = spl_str_cut((const char *)&of->number, sizeof of->number);
    spl_frame frame;
    rules *r;

    pthread_mutex_lock(&x->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&x->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    r = spl_map_get(&x->classes, key);
    if (!r) {
        r = spl_indexing_compile(x, of);
        spl_map_set(&x->classes, key, r);
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&x->lock);
    return r;
}

static const rules *rules_of(spl_indexing_use *use, const spl_indexed *event)
{
    const spl_str now[3] = {event->sourcetype, event->source, event->host};
    bool same = use->rules != NULL;
    size_t at = 0;

    for (int i = 0; i < 3 && same; i++) same = spl_str_eq(now[i], use->last[i]);
    if (same) return use->rules;
    use->rules = rules_of_class(use->of, spl_props_class_of(use->of->props, now[0], now[1], now[2]));
    spl_buf_clear(&use->last_text);
    for (int i = 0; i < 3; i++) spl_buf_add(&use->last_text, now[i]);
    for (int i = 0; i < 3; i++) {
        use->last[i] = spl_str_sub(spl_buf_str(&use->last_text), at, at + now[i].len);
        at += now[i].len;
    }
    return use->rules;
}

static spl_str *place_of(spl_indexed *event, dest of)
{
    switch (of) {
    case TO_SOURCETYPE: return &event->sourcetype;
    case TO_SOURCE: return &event->source;
    case TO_HOST: return &event->host;
    case TO_INDEX: return &event->index;
    case TO_RAW: return &event->raw;
    default: return NULL;
    }
}

/* The first value of an indexed field, or a text without data. */
static spl_str indexed_value(const spl_indexed *event, spl_str name)
{
    for (size_t i = 0; i < event->fields.len; i++)
        if (spl_str_eq(event->fields.data[i].name, name)) return event->fields.data[i].value;
    return (spl_str){NULL, 0};
}

static spl_str time_text(spl_arena *arena, const spl_indexed *event)
{
    return isnan(event->time) ? (spl_str){NULL, 0} : spl_value_text(arena, spl_number(event->time));
}

/* What SOURCE_KEY names: a text without data where there is nothing. Metadata stand with their prefix. */
static spl_str text_of_key(spl_indexed *event, spl_arena *arena, spl_str key)
{
    static const char *const prefixes[] = {"sourcetype::", "source::", "host::"};
    const spl_str *place;
    dest of;
    spl_str *names;
    spl_buf out;
    size_t n;

    if (spl_str_starts(key, SPL_S("field:"))) return indexed_value(event, spl_str_sub(key, 6, key.len));
    if (spl_str_starts(key, SPL_S("fields:"))) {
        out = spl_buf_in(arena);
        n = spl_conf_words(arena, spl_str_sub(key, 7, key.len), &names);
        for (size_t i = 0; i < n; i++) {
            if (i) spl_buf_char(&out, ' ');
            spl_buf_add(&out, indexed_value(event, names[i]));
        }
        return spl_buf_str(&out);
    }
    of = spl_indexing_dest(key);
    if (of == TO_TIME) return time_text(arena, event);
    place = place_of(event, of);
    if (!place) return (spl_str){NULL, 0};
    return of <= TO_HOST ? spl_strf(arena, "%s%.*s", prefixes[of], SPL_FMT(*place)) : *place;
}

typedef struct meta {
    spl_indexed *event;
    spl_arena *arena;
    const rule *by;
    bool any;
} meta;

static void add_meta(void *to, long name, spl_str key, spl_str value)
{
    meta *m = to;
    const spl_extraction *what = spl_extractor_what(m->by->run);

    if (name >= 0) key = what->names[name];
    m->any = true;
    SPL_PUSH(m->arena, &m->event->fields, (spl_indexed_field){key, value});
}

static void put_key(spl_indexed *event, dest to, spl_str text)
{
    spl_str *place = place_of(event, to);
    double number;

    if (place) {
        *place = text;
    } else if (to == TO_QUEUE) {
        event->dropped = spl_str_is(text, "nullQueue"); /* a later rule may take it back */
    } else if (to == TO_TIME && spl_num_parse(text, &number)) {
        event->time = number;
    }
}

static spl_str filled(const rule *r, const spl_indexed *event, spl_arena *arena, const spl_match *match)
{
    spl_buf out = spl_buf_in(arena);
    spl_str text;

    for (size_t i = 0; i < r->format.count; i++) {
        const spl_piece_of *piece = &r->format.pieces[i];

        if (piece->group < 0) {
            spl_buf_add(&out, piece->text);
        } else if (piece->group == 0) { /* what stood there before */
            const spl_str *before = place_of((spl_indexed *)(uintptr_t)event, r->to);

            if (before) spl_buf_add(&out, *before);
        } else if (spl_match_group(match, (unsigned)piece->group, &text)) {
            spl_buf_add(&out, text);
        }
    }
    return spl_buf_str(&out);
}

/* DEFAULT_VALUE of an indexed field: name::value …, or the value alone. */
static void add_otherwise(meta *m, const rule *r)
{
    spl_str *words;
    size_t n = spl_conf_words(m->arena, r->otherwise, &words);
    bool named = false;

    for (size_t i = 0; i < n; i++) {
        ptrdiff_t at = spl_str_find(words[i], SPL_S("::"), 0);

        if (at <= 0) continue;
        named = true;
        add_meta(m, -1, spl_str_sub(words[i], 0, (size_t)at), spl_str_sub(words[i], (size_t)at + 2, words[i].len));
    }
    if (!named) add_meta(m, -1, r->name, r->otherwise);
}

/* False: its regular expression matches nothing. */
static bool transform(spl_indexing_use *use, spl_arena *arena, const rule *r, spl_indexed *event)
{
    spl_str text = text_of_key(event, arena, r->from);
    spl_match *match = use->worker->match;
    bool found = false, cut = r->lookahead && text.len > r->lookahead;
    size_t at = 0;

    if (cut) text.len = r->lookahead;
    if (r->to == TO_META) {
        meta m = {event, arena, r, false};

        if (text.data) spl_extraction_run(r->run, match, arena, text, add_meta, &m);
        found = m.any;
        if (!found && r->otherwise.len) add_otherwise(&m, r);
    } else {
        while (text.data && at <= text.len && spl_regex_search(match, r->regex, text, at)) {
            found = true;
            at = spl_match_end(match, 0) > at ? spl_match_end(match, 0) : at + 1;
            put_key(event, r->to, filled(r, event, arena, match));
            if (!r->repeat) break;
        }
        if (!found && text.data) spl_effort_tell(&r->effort, spl_match_gave_up(match), r->label, r->span);
        if (!found && r->otherwise.len) put_key(event, r->to, r->otherwise);
    }
    if (cut && !found && r->short_sighted) atomic_store_explicit(&use->of->cut, true, memory_order_relaxed);
    return found;
}

bool spl_indexing_cut(const spl_indexing *x)
{
    return atomic_load_explicit(&x->cut, memory_order_relaxed);
}

/* ---- INGEST_EVAL ---- */

static spl_value value_read(const read_field *read, const spl_indexed *event, spl_arena *arena)
{
    const spl_str *place = place_of((spl_indexed *)(uintptr_t)event, read->from);
    SPL_VEC(spl_value) all = {0};
    size_t lines = 1;

    assert(event);
    if (place) return place->len ? spl_text(*place) : SPL_NULL;
    if (read->from == TO_QUEUE) return spl_text(event->dropped ? SPL_S("nullQueue") : SPL_S("indexQueue"));
    if (read->from == TO_TIME) return isnan(event->time) ? SPL_NULL : spl_number(event->time);
    for (size_t i = 0; i < event->fields.len; i++) {
        if (!spl_str_eq(event->fields.data[i].name, read->name)) continue;
        if (!read->many) return spl_text(event->fields.data[i].value);
        SPL_PUSH(arena, &all, spl_text(event->fields.data[i].value));
    }
    if (all.len) return spl_multi_of(arena, all.data, all.len);
    if (!spl_str_is(read->name, "linecount")) return SPL_NULL;
    for (size_t i = 0; i < event->raw.len; i++) lines += event->raw.data[i] == '\n';
    return spl_number((double)lines);
}

static spl_str stored(spl_arena *arena, spl_value v, number_as as)
{
    double number;

    if (as == AS_INT && spl_num_parse(spl_value_text(arena, v), &number) && isfinite(number))
        v = spl_number(trunc(number));
    return spl_str_copy(arena, spl_value_text(arena, v));
}

static void remove_field(spl_indexed *event, spl_str name)
{
    size_t kept = 0;

    for (size_t i = 0; i < event->fields.len; i++)
        if (!spl_str_eq(event->fields.data[i].name, name)) event->fields.data[kept++] = event->fields.data[i];
    event->fields.len = kept;
}

static void set_row(const evals *e, const spl_indexed *event, spl_batch *batch)
{
    for (size_t i = 0; i < e->reads.len; i++)
        spl_batch_set(batch, 0, e->reads.data[i].field, value_read(&e->reads.data[i], event, batch->arena));
}

/* False: no further rule is to run. */
static bool run_evals(spl_indexing_use *use, spl_arena *arena, const evals *e, spl_indexed *event)
{
    const spl_query *query = use->of->query;
    spl_batch *batch = spl_batch_new(query->account, query->fields, 1);
    bool stop = false;

    for (size_t i = 0; i < e->list.len; i++) {
        const assignment *a = &e->list.data[i];
        spl_value v;

        set_row(e, event, batch);
        spl_eval_on(&use->ev, query, use->worker, batch);
        v = spl_eval_row(&use->ev, a->value, 0);
        if (v.kind == SPL_KIND_BOOL) v = spl_text(spl_bool_text(v.as.truth));
        if (a->to != TO_META) {
            if (!spl_is_null(v)) put_key(event, a->to, stored(arena, v, a->as));
            continue;
        }
        if (a->replace) remove_field(event, a->name);
        for (uint32_t k = 0; k < spl_value_count(v); k++)
            SPL_PUSH(arena, &event->fields, (spl_indexed_field){a->name, stored(arena, spl_value_at(v, k), a->as)});
    }
    if (e->stop) {
        spl_value v;
        double number;

        set_row(e, event, batch);
        spl_eval_on(&use->ev, query, use->worker, batch);
        v = spl_eval_row(&use->ev, e->stop, 0);
        stop = v.kind == SPL_KIND_BOOL
                   ? v.as.truth
                   : !spl_is_null(v) && !(spl_num_parse(spl_value_text(arena, v), &number) && number == 0);
    }
    spl_batch_free(batch);
    return !stop;
}

/* ---- CLONE_SOURCETYPE ---- */

enum { REFUSED_ITSELF = 1, REFUSED_CYCLE = 2, REFUSED_MANY = 4 };

static bool first_refusal(spl_indexing_use *use, unsigned what)
{
    return !(atomic_fetch_or_explicit(&use->of->refused, what, memory_order_relaxed) & what);
}

static void refuse(spl_indexing_use *use, const rule *r, unsigned what, const char *why)
{
    if (first_refusal(use, what))
        spl_warning(use->of->query->diag, r->clone_span, "conf", "CLONE_SOURCETYPE makes no copy: %s", why);
}

static bool comes_from(const spl_indexed *event, spl_str sourcetype)
{
    for (const spl_indexed_origin *o = event->origin; o; o = o->before)
        if (spl_str_eq(o->sourcetype, sourcetype)) return true;
    return false;
}

static void run_clone(spl_indexing_use *use, spl_arena *arena, const rule *r, spl_indexed *event,
                      spl_indexed_list *copies)
{
    spl_indexed_origin *origin;
    spl_indexed copy;

    if (spl_str_eq(event->sourcetype, r->clone)) { /* a copy meets the rule again where it stands at host or source */
        if (transform(use, arena, r, event) && !event->origin)
            refuse(use, r, REFUSED_ITSELF, "it is the event's own sourcetype, and the event itself is changed");
        return;
    }
    if (!copies) return;
    copy = *event;
    memset(&copy.fields, 0, sizeof copy.fields);
    for (size_t i = 0; i < event->fields.len; i++) SPL_PUSH(arena, &copy.fields, event->fields.data[i]);
    copy.sourcetype = r->clone;
    if (!transform(use, arena, r, &copy)) return;
    if (comes_from(event, r->clone)) {
        refuse(use, r, REFUSED_CYCLE, "the event is a copy of an event of that sourcetype");
    } else if (copies->len == SPL_INDEXING_COPIES_MAX) {
        refuse(use, r, REFUSED_MANY, "there are 255 of the event");
    } else {
        origin = SPL_NEW(arena, spl_indexed_origin);
        *origin = (spl_indexed_origin){event->sourcetype, event->origin};
        copy.origin = origin;
        SPL_PUSH(arena, copies, copy);
    }
}

static void run_list(spl_indexing_use *use, const rules *r, spl_arena *arena, spl_indexed *event,
                     spl_indexed_list *copies)
{
    for (size_t i = 0; i < r->list.len; i++) {
        const rule *one = &r->list.data[i];

        if (one->sed) {
            event->raw = spl_sed_apply(one->sed, use->worker->match, arena, event->raw, NULL);
        } else if (one->evals) {
            if (!run_evals(use, arena, one->evals, event)) return;
        } else if (one->clone.len) {
            run_clone(use, arena, one, event, copies);
        } else {
            transform(use, arena, one, event);
        }
    }
}

static void run_rules(spl_indexing_use *use, spl_arena *arena, spl_indexed *event, spl_indexed_list *copies)
{
    const rules *r = rules_of(use, event);

    run_list(use, r, arena, event, copies);
    if (r->metrics) spl_metric_schemas_apply(r->metrics, arena, event);
}

void spl_indexing_event(spl_indexing_use *use, spl_arena *arena, spl_indexed *event, spl_indexed_list *copies)
{
    run_rules(use, arena, event, copies);
    for (size_t i = 0; copies && i < copies->len; i++) {
        spl_indexed copy = copies->data[i]; /* the list may grow meanwhile */

        run_rules(use, arena, &copy, copies);
        copies->data[i] = copy;
    }
}

size_t spl_indexing_stamp_fields(spl_indexing_use *use, const spl_indexed *event, const spl_str **names)
{
    const rules *r = rules_of(use, event);

    *names = r->stamp_fields;
    return r->n_stamp_fields;
}

size_t spl_indexing_given(spl_indexing_use *use, const spl_indexed *event, const spl_str **names, bool *all)
{
    const rules *r = rules_of(use, event);

    *all = r->all_given;
    *names = r->given.data;
    return r->given.len;
}

bool spl_indexing_time(spl_indexing_use *use, const spl_indexed *event, bool plain, double day, double *time,
                       spl_clock **clock, bool *none)
{
    const rules *r = rules_of(use, event);
    const spl_query *query = use->of->query;
    const spl_zone *zone = r->zone ? r->zone : query->zone;
    spl_str text = event->stamp.data ? event->stamp : event->raw;
    size_t begin, end;

    *none = r->none;
    if (!r->timed || r->none) return false;
    plain = plain && !event->stamp.data;
    if (r->current) {
        *time = query->now;
        return true;
    }
    while (use->clocks.len <= r->number) SPL_PUSH(use->worker->arena, &use->clocks, NULL);
    if (!use->clocks.data[r->number]) use->clocks.data[r->number] = spl_clock_new(use->worker->arena, zone, query->now);
    *clock = use->clocks.data[r->number];
    spl_clock_stamp(*clock)->found = false;
    if (r->prefix) {
        if (!spl_regex_search(use->worker->match, r->prefix, text, 0)) {
            *none = plain;
            return false;
        }
        text = spl_str_sub(text, spl_match_end(use->worker->match, 0), text.len);
    }
    if (!r->format.len) {
        if (!r->prefix && !r->looks && !event->stamp.data) return false;
    } else {
        for (begin = 0; begin < text.len && spl_is_space(text.data[begin]);) begin++;
        text = spl_str_sub(text, begin, text.len);
        if (spl_strptime_stamp(zone, spl_str_sub(text, 0, (size_t)r->lookahead), r->format, query->now, day,
                               spl_clock_stamp(*clock))) {
            *time = spl_clock_stamp(*clock)->epoch;
            return true;
        }
    }
    *none = plain;
    if (!plain && !r->prefix && !event->stamp.data && r->format.len) return false;
    spl_clock_set_day(*clock, day);
    if (!spl_timestamp_find(*clock, text, (size_t)r->lookahead, time, &begin, &end) &&
        !(plain && spl_timestamp_of_day(*clock, text, time)))
        return false;
    *none = false;
    return true;
}

double spl_indexing_kept(spl_indexing_use *use, const spl_indexed *event, double time)
{
    return rules_of(use, event)->seconds ? floor(time) : time;
}

spl_indexing_has spl_indexing_defaults(spl_indexing_use *use, const spl_indexed *event)
{
    const rules *r = rules_of(use, event);

    return (spl_indexing_has){.stamp = !r->no_stamp, .punct = !r->no_punct};
}

bool spl_indexing_accepts(spl_indexing_use *use, const spl_indexed *event, double time, double of)
{
    const rules *r = rules_of(use, event);

    return (r->days_ago < 0 || time >= of - 86400.0 * (double)r->days_ago) &&
           (r->days_hence < 0 || time <= of + 86400.0 * (double)r->days_hence);
}
