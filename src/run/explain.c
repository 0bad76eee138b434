/* explain.c -- the plan and the run in words: for spl explain, for the summary of a run without results, and for the
 * note that says which clause no event met. */
#include "run/explain.h"

#include "base/num.h"

#include <math.h>

void spl_explain_keep(spl_plan *plan, const spl_op *run)
{
    size_t i = plan->n_stages;

    /* The run's chain mirrors the plan's, from the last op back to the section. */
    for (; run && i-- > 0; run = run->input) {
        if (spl_section_scan(run)) return;
        plan->stages[i]->stats = run->stats;
    }
}

static void add_count(spl_buf *out, uint64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), i;

    for (i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0) spl_buf_char(out, ',');
        spl_buf_char(out, digits[i]);
    }
}

static void add_fields(spl_buf *out, const spl_fieldset *set)
{
    size_t i;

    if (set->all) {
        spl_buf_puts(out, "all fields");
        if (set->except.len) spl_buf_puts(out, " but");
        for (i = 0; i < set->except.len; i++)
            spl_buf_printf(out, " %.*s", SPL_FMT(spl_field_name(set->fields, set->except.data[i])));
        return;
    }
    if (set->names.len + set->patterns.len == 0) spl_buf_puts(out, "none");
    for (i = 0; i < set->names.len; i++)
        spl_buf_printf(out, "%s%.*s", i ? " " : "", SPL_FMT(spl_field_name(set->fields, set->names.data[i])));
    for (i = 0; i < set->patterns.len; i++) spl_buf_printf(out, " %.*s", SPL_FMT(set->patterns.data[i]));
}

static void add_stage_text(spl_buf *out, const spl_op *op)
{
    spl_span span = op->stage->span;
    spl_str text = span.source ? spl_str_sub(span.source->text, span.begin, span.end) : op->stage->text;
    size_t i;

    text = spl_str_trim(text);
    for (i = 0; i < text.len; i++) spl_buf_char(out, text.data[i] == '\n' || text.data[i] == '\t' ? ' ' : text.data[i]);
}

static void add_stats(spl_buf *out, const spl_op_stats *stats)
{
    spl_buf_puts(out, "      ");
    add_count(out, stats->rows_in);
    spl_buf_puts(out, " in, ");
    add_count(out, stats->rows_out);
    spl_buf_printf(out, " out, %.3f s\n", stats->seconds);
}

static void add_needle(spl_buf *out, const spl_needle *needle)
{
    size_t i;

    spl_buf_char(out, '"');
    for (i = 0; i < needle->text.len; i++) {
        unsigned char c = (unsigned char)needle->text.data[i];

        if (c < 32 || c == 127) {
            spl_buf_printf(out, "\\x%02x", c);
        } else {
            spl_buf_char(out, (char)c);
        }
    }
    spl_buf_puts(out, needle->fold ? "\" (any case)" : "\"");
}

static void add_scan(spl_buf *out, const spl_scan *scan)
{
    static const char *const orders[] = {"as they come: order cannot show", "as given", "newest first"};
    size_t i, j, k;

    spl_buf_printf(out, "  events %s\n", orders[scan->order]);
    spl_buf_puts(out, "  the first search looks at: ");
    add_fields(out, &scan->filter_reads);
    spl_buf_puts(out, "\n  needed of the events: ");
    add_fields(out, &scan->needed);
    spl_buf_puts(out, "\n");
    if (scan->ranged)
        spl_buf_printf(out, "  time range: from %.15g until before %.15g\n", scan->earliest, scan->latest);
    for (i = 0; i < scan->n_inputs; i++) {
        const spl_input *input = spl_dataset_at(scan->query->data, i);

        if (i == 20) {
            spl_buf_printf(out, "  and %zu more inputs\n", scan->n_inputs - i);
            break;
        }
        spl_buf_printf(out, "  input %s: %s", input->path, input->reader->name);
        if (input->sourcetype.len) spl_buf_printf(out, ", sourcetype %.*s", SPL_FMT(input->sourcetype));
        if (input->source.len) spl_buf_printf(out, ", source %.*s", SPL_FMT(input->source));
        spl_buf_puts(out, "\n");
        for (j = 0; scan->tests && j < scan->tests[i].count; j++) {
            spl_buf_puts(out, j ? "    and " : "    raw test: ");
            for (k = 0; k < scan->tests[i].clauses[j].count; k++) {
                if (k) spl_buf_puts(out, " or ");
                add_needle(out, &scan->tests[i].clauses[j].needles[k]);
            }
            spl_buf_printf(out, ", %zu in the first megabytes\n", scan->tests[i].clauses[j].seen);
        }
    }
}

void spl_explain_plan(const spl_plan *plan, const spl_source *expanded, bool ran, spl_buf *out)
{
    size_t i;

    spl_buf_puts(out, "expanded search\n  ");
    for (i = 0; i < expanded->text.len; i++) {
        spl_buf_char(out, expanded->text.data[i]);
        if (expanded->text.data[i] == '\n') spl_buf_puts(out, "  ");
    }
    spl_buf_puts(out, "\nplan\n");
    for (i = 0; i < plan->n_stages; i++) {
        const spl_op *op = plan->stages[i];

        spl_buf_printf(out, "  %zu %s", i + 1, plan->scan && i <= plan->in_section ? "[all cores] " : "");
        add_stage_text(out, op);
        spl_buf_puts(out, "\n      needed after it: ");
        add_fields(out, &op->needed);
        spl_buf_puts(out, "\n");
        if (!ran) continue;
        if (i == 0 && plan->scan) {
            add_stats(out, &(spl_op_stats){plan->scan->events, plan->scan->kept, plan->scan->seconds});
        } else {
            add_stats(out, &op->stats);
        }
    }
    if (plan->scan) {
        spl_buf_puts(out, "data\n");
        add_scan(out, plan->scan);
    }
}

/* ---- the run that found nothing ---- */

/* Every event of DATA to CALL. */
static void each_event(spl_scan *scan, spl_worker *worker,
                       void (*call)(void *to, spl_input *input, spl_str raw, uint64_t at), void *to)
{
    size_t i, at, begin, end, next;
    unsigned polled = 0;

    for (i = 0; i < scan->n_inputs; i++) {
        spl_input *input = spl_dataset_at(scan->query->data, i);
        spl_str text;

        if (spl_input_is_pipe(input)) continue; /* read once; it is gone */
        text = spl_input_map(input);
        (void)worker;
        for (at = input->body; input->reader->frame(input, text, at, true, &begin, &end, &next); at = next) {
            call(to, input, spl_str_sub(text, begin, end), begin);
            if (++polled % 1024 == 0) spl_query_poll(scan->query);
        }
    }
}

typedef struct census {
    spl_scan *scan;
    spl_worker *worker;
    uint64_t events, in_range;
    double oldest, newest;
    const spl_filter_metadata *clauses;
    size_t n_clauses;
    uint64_t *met; /* per clause */
    struct {
        spl_value values[8];
        unsigned count;
        bool more;
    } * seen;
    spl_extractor **extractors;
    spl_fieldset wanted;
    spl_eval ev;
} census;

static void census_event(void *to, spl_input *input, spl_str raw, uint64_t at)
{
    census *c = to;
    spl_query *query = (spl_query *)c->scan->query;
    spl_event event = {raw, at, NAN};
    spl_batch *batch;
    spl_extractor *x;
    size_t i;
    unsigned k;

    c->events++;
    if (c->scan->ranged) {
        event.time = spl_scan_time(c->scan, c->worker, input, raw);
        if (event.time >= c->scan->earliest && event.time < c->scan->latest) c->in_range++;
        if (event.time < c->oldest) c->oldest = event.time;
        if (event.time > c->newest) c->newest = event.time;
    }
    if (c->n_clauses == 0) return;
    x = c->extractors[input->number];
    if (!x) {
        x = c->extractors[input->number] = SPL_NEW(c->worker->arena, spl_extractor);
        *x = (spl_extractor){.input = input, .wanted = &c->wanted, .fields = query->fields, .worker = c->worker};
        if (input->reader->prepare) input->reader->prepare(x);
    }
    batch = spl_batch_new(query->account, query->fields, 1);
    input->reader->extract(x, batch, &event, 1, 0);
    spl_eval_on(&c->ev, query, c->worker, batch);
    for (i = 0; i < c->n_clauses; i++) {
        spl_value value = spl_batch_get(batch, 0, c->clauses[i].field);

        if (spl_filter_match(&c->ev, c->clauses[i].part, 0)) c->met[i]++;
        for (k = 0; k < c->seen[i].count; k++) {
            if (spl_value_same(c->seen[i].values[k], value)) break;
        }
        if (k == c->seen[i].count) {
            if (k < 8) {
                c->seen[i].values[c->seen[i].count++] = spl_value_keep(c->worker->arena, value);
            } else {
                c->seen[i].more = true;
            }
        }
    }
    spl_batch_free(batch);
}

static void time_text(const spl_query *query, spl_buf *out, double time)
{
    spl_strftime(out, query->zone, time, SPL_S("%Y-%m-%dT%H:%M:%S%:z"));
}

void spl_explain_nothing(spl_plan *plan)
{
    spl_scan *scan = plan->scan;
    spl_query *query = plan->query;
    census c = {.scan = scan, .oldest = HUGE_VAL, .newest = -HUGE_VAL};
    spl_buf text = spl_buf_in(query->arena);
    size_t i;
    unsigned k;

    if (!query->data || atomic_load(&scan->kept) > 0) return;
    if (scan->filter) c.n_clauses = spl_filter_metadata_clauses(scan->filter, query->arena, &c.clauses);
    if (c.n_clauses == 0 && !scan->ranged) return;
    c.worker = spl_worker_new(query, 0);
    c.met = SPL_NEW_ARRAY(c.worker->arena, c.n_clauses, uint64_t);
    c.seen = spl_calloc(c.worker->arena, c.n_clauses, sizeof *c.seen);
    c.extractors = SPL_NEW_ARRAY(c.worker->arena, scan->n_inputs, spl_extractor *);
    spl_fieldset_init(&c.wanted, c.worker->arena, query->fields);
    for (i = 0; i < c.n_clauses; i++) spl_fieldset_add(&c.wanted, c.clauses[i].field);
    each_event(scan, c.worker, census_event, &c);
    if (c.events && scan->ranged && c.in_range == 0) {
        spl_buf_puts(&text, "no event is in the time range; the events are from ");
        time_text(query, &text, c.oldest);
        spl_buf_puts(&text, " to ");
        time_text(query, &text, c.newest);
        spl_note(query->diag, scan->range_span, "nothing-in-range", "%.*s", SPL_FMT(spl_buf_str(&text)));
    }
    for (i = 0; c.events && i < c.n_clauses; i++) {
        if (c.met[i]) continue;
        spl_buf_clear(&text);
        for (k = 0; k < c.seen[i].count; k++) {
            spl_str value = spl_value_text(query->arena, c.seen[i].values[k]);

            spl_buf_printf(&text, "%s\"%.*s\"", k ? ", " : "", SPL_FMT(value));
        }
        if (c.seen[i].more) spl_buf_puts(&text, " and others");
        spl_note(query->diag, c.clauses[i].span, "nothing-matches",
                 "no event meets this clause; the events' %.*s is %.*s",
                 SPL_FMT(spl_field_name(query->fields, c.clauses[i].field)), SPL_FMT(spl_buf_str(&text)));
    }
    spl_worker_free(c.worker);
}

static void count_event(void *to, spl_input *input, spl_str raw, uint64_t at)
{
    (void)input;
    (void)raw;
    (void)at;
    ++*(uint64_t *)to;
}

void spl_explain_summary(const spl_plan *plan, spl_buf *out)
{
    const spl_op *dropped = NULL;
    uint64_t events = 0;
    size_t i;

    if (plan->scan && plan->query->data) {
        bool piped = false;

        for (i = 0; i < plan->scan->n_inputs; i++) piped |= spl_input_is_pipe(spl_dataset_at(plan->query->data, i));
        if (piped) { /* cannot be counted again */
            events = plan->scan->events;
        } else {
            each_event(plan->scan, NULL, count_event, &events);
        }
        add_count(out, events);
        spl_buf_puts(out, " events read, ");
        add_count(out, plan->scan->kept);
        spl_buf_puts(out, " kept by the first search");
        if (plan->scan->kept == 0) return;
    }
    for (i = plan->scan ? 1 : 0; i < plan->n_stages; i++) {
        if (plan->stages[i]->stats.rows_in && plan->stages[i]->stats.rows_out == 0) dropped = plan->stages[i];
    }
    if (dropped) {
        spl_buf_puts(out, out->len ? "; the last were dropped by: " : "the last rows were dropped by: ");
        add_stage_text(out, dropped);
    }
}
