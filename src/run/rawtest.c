/* rawtest.c -- drawing raw tests from a filter, ranking them, and walking the events that pass. */
#include "run/rawtest.h"

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

static bool add_needle(spl_arena *arena, spl_str text, bool fold, spl_needle *out, size_t *count)
{
    if (fold) text = ascii_part(text);
    if (text.len < 2 || *count == SPL_RAWTEST_NEEDLES) return false;
    out[(*count)++] = spl_needle_of(arena, text, fold);
    return true;
}

/* A literal for each way in which FIELD can come to hold the atom's value: what the reader says of it, and of the
 * fields that apps make it from. */
static bool field_needles(const spl_input *input, const spl_query *query, const spl_filter_atom *atom, spl_str field,
                          spl_arena *arena, spl_needle *out, size_t *count, unsigned depth)
{
    spl_literals literals = {0};
    spl_graph_input of = spl_graph_input_of(input);
    spl_graph_ways ways;
    size_t i;

    spl_graph_ways_of(query, &of, field, input->sourcetype, input->source, input->host, arena, &ways);
    if (ways.unknown || depth > 4) return false;
    if (ways.raw && !add_needle(arena, atom->text, true, out, count)) return false;
    for (i = 0; i < ways.fields.len; i++)
        if (!field_needles(input, query, atom, ways.fields.data[i], arena, out, count, depth + 1)) return false;
    if (!input->reader->literals ||
        !input->reader->literals(input, query, field, atom->text, atom->whole && depth == 0 && ways.fields.len == 0,
                                 arena, &literals))
        return false;
    for (i = 0; i < literals.count; i++)
        if (!add_needle(arena, literals.items[i].text, literals.items[i].fold, out, count)) return false;
    return literals.count > 0;
}

static bool atom_needles(const spl_filter_atom *atom, const spl_input *input, const spl_query *query, spl_arena *arena,
                         spl_needle *out, size_t *count)
{
    spl_str part;

    if (atom->kind == SPL_ATOM_KEYWORD) {
        part = atom->case_sensitive ? atom->text : ascii_part(atom->text);
        if (part.len < 2 || *count == SPL_RAWTEST_NEEDLES) return false;
        out[(*count)++] = spl_needle_of(arena, part, !atom->case_sensitive);
        return true;
    }
    return field_needles(input, query, atom, spl_field_name(query->fields, atom->field), arena, out, count, 0);
}

void spl_rawtest_draw(spl_rawtest *test, spl_arena *arena, const spl_filter *filter, const spl_input *input,
                      const spl_query *query)
{
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
            usable = atom_needles(&clauses[i].atoms[j], input, query, arena, needles, &clause.count);
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
    size_t i, j;

    spl_rawtest_draw(test, arena, filter, input, query);
    sample = spl_str_sub(sample, 0, SAMPLE_BYTES);
    for (i = 0; i < test->count; i++) {
        for (j = 0; j < test->clauses[i].count; j++)
            test->clauses[i].seen += spl_needle_count(&test->clauses[i].needles[j], sample);
    }
    spl_rawtest_rank(test);
}

static bool clause_holds(const spl_rawtest_clause *clause, spl_str raw)
{
    size_t i;

    for (i = 0; i < clause->count; i++) {
        if (spl_needle_find(&clause->needles[i], raw.data, raw.data + raw.len)) return true;
    }
    return false;
}

static bool hides(const spl_input *input, spl_str text)
{
    return input->reader->hides && input->reader->hides(input, text);
}

static bool event_passes(const spl_rawtest *test, size_t from, spl_str raw)
{
    size_t i;

    for (i = from; i < test->count; i++) {
        if (!clause_holds(&test->clauses[i], raw)) return hides(test->input, raw);
    }
    return true;
}

bool spl_rawtest_event(const spl_rawtest *test, spl_str raw)
{
    return event_passes(test, 0, raw);
}

void spl_walk_init(spl_walk *walk, const spl_rawtest *test, const spl_input *input, spl_str text)
{
    spl_walk_init_known(walk, test, input, text, test && test->count && hides(input, text));
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

static bool next_of_all(spl_walk *walk, size_t *begin, size_t *end)
{
    while (walk->input->reader->frame(walk->input, walk->text, walk->at, true, begin, end, &walk->at)) {
        walk->framed++;
        if (!walk->test || walk->test->count == 0 ||
            spl_rawtest_event(walk->test, spl_str_sub(walk->text, *begin, *end)))
            return true;
    }
    return false;
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
        at = walk->input->reader->before(walk->input, walk->text, (size_t)(hit - walk->text.data));
        if (at < walk->at) at = walk->at;
        if (!walk->input->reader->frame(walk->input, walk->text, at, true, begin, end, &next)) return false;
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
