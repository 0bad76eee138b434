/* explain.c -- the plan and the run in words: for spl explain, and for the summary of a run without results. */
#include "run/explain.h"

#include "base/num.h"
#include "base/regex.h"
#include "knowledge/indexing.h"

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

    spl_buf_line(out,
                 spl_str_trim(span.source ? spl_str_sub(span.source->text, span.begin, span.end) : op->stage->text));
}

/* Of a condition that let nothing through: what its clauses counted. */
static void add_stats(spl_buf *out, const spl_plan *plan, const spl_parts *parts, const spl_op_stats *stats)
{
    spl_buf_puts(out, "      ");
    spl_buf_count(out, stats->rows_in);
    spl_buf_puts(out, " in, ");
    spl_buf_count(out, stats->rows_out);
    spl_buf_printf(out, " out, %.3f s\n", stats->seconds);
    if (parts && stats->rows_in && !stats->rows_out) spl_parts_tell(parts, plan->query->fields, "        ", out);
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
        if (input->breaking) spl_breaking_explain(input->breaking, out);
        if (scan->indexing && (scan->rules[i] & (SPL_INDEXING_TEXT | SPL_INDEXING_REST)))
            spl_buf_puts(out, "    apps change its events at index time: each is read twice\n");
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
        if (i == 0 && plan->scan)
            add_stats(out, plan, plan->scan->parts,
                      &(spl_op_stats){
                          .rows_in = plan->scan->events, .rows_out = plan->scan->kept, .seconds = plan->scan->seconds});
        else
            add_stats(out, plan, op->parts, &op->stats);
    }
    if (plan->scan) {
        spl_buf_puts(out, "data\n");
        add_scan(out, plan->scan);
    }
}

/* ---- the run that found nothing ---- */

/* How many events DATA has. A pipe's are gone. */
static uint64_t count_events(const spl_scan *scan)
{
    spl_arena *arena = spl_arena_new(scan->query->account);
    spl_match *match = spl_match_new(arena, scan->query->limits.match_limit, scan->query->limits.depth_limit);
    size_t i, at, begin, end, next;
    uint64_t count = 0;

    for (i = 0; i < scan->n_inputs; i++) {
        spl_input *input = spl_dataset_at(scan->query->data, i);
        spl_str text = spl_input_map(input);

        for (at = input->body; spl_input_frame(input, match, text, at, at == input->body, true, &begin, &end, &next);
             at = next) {
            if (++count % 1024 == 0) spl_query_poll(scan->query);
        }
    }
    spl_arena_free(arena);
    return count;
}

const spl_op *spl_explain_dropper(const spl_plan *plan)
{
    const spl_op *dropped = NULL;

    for (size_t i = plan->scan ? 1 : 0; i < plan->n_stages; i++) {
        if (plan->stages[i]->stats.rows_in && plan->stages[i]->stats.rows_out == 0) dropped = plan->stages[i];
    }
    return dropped;
}

void spl_explain_summary(const spl_plan *plan, spl_buf *out)
{
    const spl_op *dropped = spl_explain_dropper(plan);
    uint64_t events = 0;
    size_t i;

    if (plan->scan && plan->query->data) {
        bool piped = false;

        for (i = 0; i < plan->scan->n_inputs; i++) piped |= spl_input_is_pipe(spl_dataset_at(plan->query->data, i));
        if (piped) { /* cannot be counted again */
            events = plan->scan->events;
        } else {
            events = count_events(plan->scan);
        }
        spl_buf_count(out, events);
        spl_buf_puts(out, events == 1 ? " event read, " : " events read, ");
        spl_buf_count(out, plan->scan->kept);
        spl_buf_puts(out, " kept by the first search");
        if (plan->scan->kept == 0) return;
    }
    if (dropped) {
        spl_buf_puts(out, out->len ? "; the last were dropped by: " : "the last rows were dropped by: ");
        add_stage_text(out, dropped);
    }
}
