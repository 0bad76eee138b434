/* rawtest.c -- drawing raw tests from a filter, ranking them, and walking the events that pass. */
#include "run/rawtest.h"

#include "base/utf8.h"
#include "knowledge/graph.h"

enum { SAMPLE_BYTES = 4 << 20 };

/* The longest part of TEXT in which folding case is folding ASCII: a byte above 127 may have another case. */
static spl_str ascii_part(spl_str text)
{
    spl_str best = {text.data, 0};
    size_t i, begin = 0;

    for (i = 0; i <= text.len; i++) {
        if (i == text.len || (unsigned char)text.data[i] > 127) {
            if (i - begin > best.len) best = spl_str_sub(text, begin, i);
            begin = i + 1;
        }
    }
    return best;
}

/* Whether TEXT may stand in an event and not in its bytes: line ends change where apps, or --limits splunk, shape the
 * text of events. */
static bool may_be_put_in(const spl_input *input, const spl_query *query, spl_str text)
{
    return (spl_breaking_rewrites(input->breaking) || query->limits.splunk) && memchr(text.data, '\n', text.len);
}

static bool add_needle(const spl_input *input, const spl_query *query, spl_arena *arena, spl_str text, bool fold,
                       spl_needle *out, size_t *count)
{
    if (may_be_put_in(input, query, text)) return false;
    if (fold) text = ascii_part(text);
    if (text.len < 2 || *count == SPL_RAWTEST_NEEDLES) return false;
    out[(*count)++] = spl_needle_of(arena, text, fold);
    return true;
}

typedef struct drawing { /* of a test: for what events */
    const spl_input *input;
    const spl_query *query;
    spl_arena *arena;
    spl_ways **ways; /* NULL until they are asked for */
} drawing;

/* A literal for each way in which FIELD can come to hold the atom's value: what the reader says of it, and of the
 * fields that apps make it from. */
static bool field_needles(drawing *d, const spl_filter_atom *atom, spl_str field, spl_needle *out, size_t *count,
                          unsigned depth)
{
    const spl_input *input = d->input;
    const spl_query *query = d->query;
    spl_arena *arena = d->arena;
    spl_literals literals = {0};
    spl_graph_ways ways;
    size_t i;

    if (!input->records && spl_is_default_field(spl_field_of(query->fields, field))) return false;
    if (!*d->ways) {
        spl_graph_input of = spl_graph_input_of(input);

        *d->ways = spl_ways_new(
            arena, query, &of,
            &(spl_props_events){input->sourcetype, input->source, input->host, input->reader->sourcetypes});
    }
    ways = spl_ways_of(*d->ways, field);
    if (ways.unknown || depth > 4) return false;
    if (ways.raw && !add_needle(input, query, arena, atom->text, true, out, count)) return false;
    for (i = 0; i < ways.fields.len; i++)
        if (!field_needles(d, atom, ways.fields.data[i], out, count, depth + 1)) return false;
    if (!input->reader->literals ||
        !input->reader->literals(input, query, field, atom->text, atom->whole && depth == 0 && ways.fields.len == 0,
                                 arena, &literals))
        return false;
    for (i = 0; i < literals.count; i++)
        if (!add_needle(input, query, arena, literals.items[i].text, literals.items[i].fold, out, count)) return false;
    return literals.count > 0;
}

static bool atom_needles(drawing *d, const spl_filter_atom *atom, spl_needle *out, size_t *count)
{
    spl_str part;

    if (atom->kind == SPL_ATOM_KEYWORD) {
        part = atom->case_sensitive ? atom->text : ascii_part(atom->text);
        if (may_be_put_in(d->input, d->query, part)) return false;
        if (part.len < 2 || *count == SPL_RAWTEST_NEEDLES) return false;
        out[(*count)++] = spl_needle_of(d->arena, part, !atom->case_sensitive);
        return true;
    }
    return field_needles(d, atom, spl_field_name(d->query->fields, atom->field), out, count, 0);
}

void spl_rawtest_draw(spl_rawtest *test, spl_arena *arena, const spl_filter *filter, const spl_input *input,
                      const spl_query *query, spl_ways **ways)
{
    drawing d = {input, query, arena, ways};
    const spl_filter_clause *clauses;
    size_t i, j, n = query->raw_tests && filter ? spl_filter_implies(filter, arena, &clauses) : 0;
    spl_needle needles[SPL_RAWTEST_NEEDLES];
    spl_rawtest_clause clause;
    bool usable;

    *test = (spl_rawtest){.input = input};
    if (n == 0) return;
    test->clauses = SPL_NEW_ARRAY(arena, n, spl_rawtest_clause);
    for (i = 0; i < n; i++) {
        clause = (spl_rawtest_clause){0};
        usable = clauses[i].count > 0;
        for (j = 0; usable && j < clauses[i].count; j++)
            usable = atom_needles(&d, &clauses[i].atoms[j], needles, &clause.count);
        if (!usable) continue;
        clause.needles = SPL_NEW_ARRAY(arena, clause.count, spl_needle);
        memcpy(clause.needles, needles, clause.count * sizeof *needles);
        test->clauses[test->count++] = clause;
    }
}

void spl_rawtest_rank(spl_rawtest *test)
{
    spl_rawtest_clause swap;
    size_t i, j;

    for (i = 1; i < test->count; i++) { /* few: by insertion, stable */
        for (j = i; j > 0 && test->clauses[j].seen < test->clauses[j - 1].seen; j--) {
            swap = test->clauses[j];
            test->clauses[j] = test->clauses[j - 1];
            test->clauses[j - 1] = swap;
        }
    }
}

void spl_rawtest_init(spl_rawtest *test, spl_arena *arena, const spl_filter *filter, const spl_input *input,
                      const spl_query *query, spl_str sample)
{
    spl_ways *ways = NULL;
    size_t i, j;

    spl_rawtest_draw(test, arena, filter, input, query, &ways);
    sample = spl_str_sub(sample, 0, SAMPLE_BYTES);
    for (i = 0; i < test->count; i++) {
        for (j = 0; j < test->clauses[i].count; j++)
            test->clauses[i].seen += spl_needle_count(&test->clauses[i].needles[j], sample);
    }
    spl_rawtest_rank(test);
    /* the first clause is looked for in all bytes, the others in single events */
    for (j = 0; test->count && j < test->clauses[0].count; j++) spl_needle_fit(&test->clauses[0].needles[j], sample);
}

static bool clause_holds(const spl_rawtest_clause *clause, spl_str raw)
{
    size_t i;

    for (i = 0; i < clause->count; i++) {
        if (spl_needle_find(&clause->needles[i], raw.data, raw.data + raw.len)) return true;
    }
    return false;
}

bool spl_rawtest_hides(const spl_input *input, spl_str text)
{
    return (input->reader->hides && input->reader->hides(input, text)) ||
           (spl_breaking_escapes(input->breaking) && !spl_utf8_valid(text));
}

static bool event_passes(const spl_rawtest *test, size_t from, spl_str raw)
{
    size_t i;

    for (i = from; i < test->count; i++) {
        if (!clause_holds(&test->clauses[i], raw)) return spl_rawtest_hides(test->input, raw);
    }
    return true;
}

bool spl_rawtest_event(const spl_rawtest *test, spl_str raw)
{
    return event_passes(test, 0, raw);
}

void spl_walk_init(spl_walk *walk, const spl_rawtest *test, const spl_input *input, spl_str text)
{
    spl_walk_init_known(walk, test, input, text, test && test->count && spl_rawtest_hides(input, text));
}

void spl_walk_init_known(spl_walk *walk, const spl_rawtest *test, const spl_input *input, spl_str text, bool hidden)
{
    size_t i;

    *walk = (spl_walk){.test = test, .input = input, .text = text};
    walk->every = !test || test->count == 0 || hidden;
    if (walk->every) return;
    for (i = 0; i < test->clauses[0].count; i++) {
        walk->hits[i] = spl_needle_find(&test->clauses[0].needles[i], text.data, text.data + text.len);
        if (!walk->hits[i]) walk->hits[i] = text.data + text.len;
    }
}

void spl_walk_cuts(spl_walk *walk, const spl_cut *cuts, size_t count)
{
    walk->cuts = cuts;
    walk->n_cuts = count;
}

/* The next event, whatever is in it. */
static bool next_event(spl_walk *walk, size_t *begin, size_t *end)
{
    if (!walk->cuts)
        return spl_input_frame(walk->input, NULL, walk->text, walk->at, false, true, begin, end, &walk->at);
    if (walk->cut == walk->n_cuts) return false;
    *begin = walk->cuts[walk->cut].begin;
    *end = walk->cuts[walk->cut++].end;
    return true;
}

static bool next_of_all(spl_walk *walk, size_t *begin, size_t *end)
{
    while (next_event(walk, begin, end)) {
        walk->framed++;
        if (!walk->test || walk->test->count == 0 ||
            spl_rawtest_event(walk->test, spl_str_sub(walk->text, *begin, *end)))
            return true;
    }
    return false;
}

/* The event that the byte at HIT belongs to, or, if it lies between two, the next; *NEXT: where to go on. */
static bool event_at(spl_walk *walk, size_t hit, size_t *begin, size_t *end, size_t *next)
{
    size_t low = walk->cut, high = walk->n_cuts, at;

    if (!walk->cuts) {
        at = spl_input_before(walk->input, walk->text, hit);
        if (at < walk->at) at = walk->at;
        return spl_input_frame(walk->input, NULL, walk->text, at, false, true, begin, end, next);
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (walk->cuts[middle].end <= hit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    walk->cut = low;
    if (low == walk->n_cuts) return false;
    *begin = walk->cuts[low].begin;
    *end = *begin > hit ? hit : walk->cuts[low].end; /* the hit is not in it: look on from there */
    *next = *begin > hit ? hit + 1 : *end;
    return true;
}

bool spl_walk_next(spl_walk *walk, size_t *begin, size_t *end)
{
    const spl_rawtest_clause *clause;
    const char *stop = walk->text.data + walk->text.len, *hit, *from;
    size_t i, at, next;

    if (walk->every) return next_of_all(walk, begin, end);
    clause = &walk->test->clauses[0];
    for (;;) {
        from = walk->text.data + walk->at;
        hit = stop;
        for (i = 0; i < clause->count; i++) {
            if (walk->hits[i] < from) {
                walk->hits[i] = spl_needle_find(&clause->needles[i], from, stop);
                if (!walk->hits[i]) walk->hits[i] = stop;
            }
            if (walk->hits[i] < hit) hit = walk->hits[i];
        }
        if (hit == stop) return false;
        if (!event_at(walk, (size_t)(hit - walk->text.data), begin, end, &next)) return false;
        walk->at = next > walk->at ? next : walk->at + 1;
        if (hit >= walk->text.data + *end) { /* between events: go on behind the hit */
            at = (size_t)(hit - walk->text.data) + 1;
            if (walk->at < at) walk->at = at;
            continue;
        }
        walk->framed++;
        if (event_passes(walk->test, 1, spl_str_sub(walk->text, *begin, *end))) return true;
    }
}
