/* framing.c -- what several readers share: events that a byte ends, metadata, repeated names, cells and heads of
 * tables, names of time fields. */
#include "readers/framing.h"

#include <stdlib.h>

bool spl_frame_by(spl_str text, size_t at, bool last, char separator, size_t *begin, size_t *end, size_t *next)
{
    const char *p = text.data + at, *stop = text.data + text.len, *found;

    for (; p < stop; p = found + 1) {
        found = memchr(p, separator, (size_t)(stop - p));
        if (!found && !last) return false;
        if (!found) found = stop;
        if ((p < found && (unsigned char)*p > ' ') || !spl_is_blank(p, found)) {
            *begin = (size_t)(p - text.data);
            *next = found == stop ? text.len : (size_t)(found - text.data) + 1;
            if (found[-1] == '\r') found--;
            *end = (size_t)(found - text.data);
            return true;
        }
        if (found == stop) return false;
    }
    return false;
}

size_t spl_resync_by(spl_str text, size_t at, char separator)
{
    size_t begin, end, next;
    const char *found;

    if (at >= text.len) return text.len;
    if (at > 0 && text.data[at - 1] != separator) {
        found = memchr(text.data + at, separator, text.len - at);
        if (!found) return text.len;
        at = (size_t)(found - text.data) + 1;
    }
    return spl_frame_by(text, at, true, separator, &begin, &end, &next) ? begin : text.len;
}

size_t spl_before_by(spl_str text, size_t at, char separator)
{
    const char *start, *found;

    for (;;) {
        if (at > text.len) at = text.len;
        found = at ? memrchr(text.data, separator, at) : NULL;
        if (!found) return 0;
        start = found + 1;
        found = memchr(start, separator, (size_t)(text.data + text.len - start));
        if (!found) found = text.data + text.len;
        if (!spl_is_blank(start, found)) return (size_t)(start - text.data);
        at = (size_t)(start - text.data) - 1;
    }
}

bool spl_is_metadata(spl_str name)
{
    switch (name.len) {
    case 4: return memcmp(name.data, "host", 4) == 0 || memcmp(name.data, "_raw", 4) == 0;
    case 5: return memcmp(name.data, "index", 5) == 0 || memcmp(name.data, "_time", 5) == 0;
    case 6: return memcmp(name.data, "source", 6) == 0;
    case 10: return memcmp(name.data, "sourcetype", 10) == 0;
    default: return false;
    }
}

static void fill(spl_batch *batch, spl_field field, uint32_t first, uint32_t count, spl_str text)
{
    spl_column *column = spl_batch_add(batch, field);
    uint32_t i;

    for (i = 0; i < count; i++) column->cells[first + i] = spl_text(text);
}

void spl_put_metadata(const spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first,
                      spl_str sourcetype)
{
    const spl_input *input = x->input;
    const spl_fieldset *wanted = x->wanted;
    uint32_t i;

    if (spl_fieldset_has(wanted, SPL_F_RAW)) {
        spl_column *column = spl_batch_add(batch, SPL_F_RAW);

        for (i = 0; i < count; i++) column->cells[first + i] = spl_text(events[i].raw);
    }
    if (spl_fieldset_has(wanted, SPL_F_HOST))
        fill(batch, SPL_F_HOST, first, count, input->host.len ? input->host : SPL_S(SPL_LOCAL_HOST));
    if (spl_fieldset_has(wanted, SPL_F_SOURCE))
        fill(batch, SPL_F_SOURCE, first, count, input->source.len ? input->source : spl_str_of(input->path));
    if (spl_fieldset_has(wanted, SPL_F_SOURCETYPE))
        fill(batch, SPL_F_SOURCETYPE, first, count, input->sourcetype.len ? input->sourcetype : sourcetype);
    if (input->index.len && spl_fieldset_has(wanted, SPL_F_INDEX)) fill(batch, SPL_F_INDEX, first, count, input->index);
}

static int repeat_cmp(const void *a, const void *b)
{
    const spl_repeat *x = a, *y = b;

    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    if (x->column->field != y->column->field) return x->column->field < y->column->field ? -1 : 1;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

void spl_join_repeats(spl_batch *batch, spl_repeats *repeats)
{
    spl_repeat *items = repeats->data;
    size_t n = repeats->len, i, end, k;

    if (n > 1) qsort(items, n, sizeof *items, repeat_cmp);
    for (i = 0; i < n; i = end) {
        spl_value *cell = &items[i].column->cells[items[i].row], *values;

        for (end = i + 1; end < n && items[end].column == items[i].column && items[end].row == items[i].row; end++) {
        }
        values = SPL_NEW_ARRAY(batch->arena, end - i + 1, spl_value);
        values[0] = *cell;
        for (k = i; k < end; k++) values[k - i + 1] = items[k].value;
        *cell = spl_multi_of(batch->arena, values, end - i + 1);
    }
    repeats->len = 0;
}

spl_cells *spl_cells_new(const spl_extractor *x, const spl_str *names, uint32_t count)
{
    spl_arena *arena = x->worker->arena;
    spl_cells *cells = SPL_NEW(arena, spl_cells);

    cells->fields = SPL_NEW_ARRAY(arena, count + 1, spl_field);
    cells->columns = SPL_NEW_ARRAY(arena, count + 1, spl_column *);
    for (uint32_t i = 0; i < count; i++) {
        spl_field field = spl_field_of(x->fields, names[i]);

        cells->fields[i] = spl_is_metadata(names[i]) || !spl_fieldset_has(x->wanted, field) ? SPL_NO_FIELD : field;
        if (cells->fields[i] != SPL_NO_FIELD) cells->last = i + 1;
    }
    return cells;
}

bool spl_cells_begin(spl_cells *cells, spl_batch *batch)
{
    for (uint32_t i = 0; i < cells->last; i++)
        cells->columns[i] = cells->fields[i] == SPL_NO_FIELD ? NULL : spl_batch_add(batch, cells->fields[i]);
    return cells->last > 0;
}

bool spl_literal_values(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                        spl_arena *arena, spl_literals *out)
{
    (void)input;
    (void)query;
    (void)whole;
    *out = (spl_literals){0};
    if (text.len == 0 || (spl_is_metadata(field) && !spl_str_is(field, "_raw"))) return false;
    out->items = SPL_NEW_ARRAY(arena, 1, spl_literal); /* values are copied as they stand */
    out->items[out->count++] = (spl_literal){spl_str_copy(arena, text), true};
    return true;
}

const char *const spl_time_names[] = {
    "@timestamp",
    "TimeCreated",
    "EventTime",
    "UtcTime",
    "timestamp",
    "Timestamp",
    "_time",
    "time",
    "Time",
    "ts",
    "eventTime",
    "event_time",
    "EventTimestamp",
    "datetime",
    "dateTime",
    "date_time",
    "TimeGenerated",
    "CreationTime",
    "createdDateTime",
    "activityDateTime",
    "published",
    "stageTimestamp",
    "requestReceivedTimestamp",
    "start_time",
    "created_at",
    "date",
    "Date",
    "unixTime",
    NULL,
};

void spl_damaged_event(const spl_extractor *x, const spl_event *event, const char *what)
{
    spl_diag *diag = x->input->query->diag;

    if (x->again || !diag) return;
    spl_warning(diag, (spl_span){0}, "damaged-event", "an event of \"%s\" %s", x->input->path, what);
    spl_hint(diag, "The first one seen begins at byte %llu.", (unsigned long long)event->at);
}

bool spl_next_name(spl_str *rest, spl_str *name)
{
    size_t begin = 0, end;

    while (begin < rest->len && spl_is_space(rest->data[begin])) begin++;
    for (end = begin; end < rest->len && !spl_is_space(rest->data[end]);) end++;
    *name = spl_str_sub(*rest, begin, end);
    *rest = spl_str_sub(*rest, end, rest->len);
    return name->len > 0;
}

spl_heads *spl_heads_new(spl_arena *arena, spl_str names, uint64_t rows)
{
    spl_heads *heads = SPL_NEW(arena, spl_heads);

    heads->mark = spl_needle_of(arena, SPL_S("\n#fields"), true);
    heads->names = spl_str_copy(arena, names);
    heads->rows = rows;
    atomic_init(&heads->told, false);
    return heads;
}

static bool same_names(spl_str a, spl_str b)
{
    spl_str x, y;
    bool more;

    do {
        more = spl_next_name(&a, &x);
        if (spl_next_name(&b, &y) != more || !spl_str_eq(x, y)) return false;
    } while (more);
    return true;
}

void spl_heads_look(spl_heads *heads, const spl_input *input, spl_str text, uint64_t at)
{
    const char *end = text.data + text.len, *line = text.data, *stop;
    spl_diag *diag = input->query->diag;

    if (!diag || atomic_load_explicit(&heads->told, memory_order_relaxed)) return;
    for (; (line = spl_needle_find(&heads->mark, line, end)); line = stop) {
        uint64_t begin = at + (uint64_t)(++line - text.data);
        const char *names = line + heads->mark.text.len - 1;

        stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        if (names < stop && *names == ':') names++;
        if (begin < heads->rows || names == stop || !spl_is_space(*names)) continue; /* "#FieldsOf" */
        if (same_names(spl_str_cut(names, (size_t)(stop - names)), heads->names)) continue;
        if (atomic_exchange(&heads->told, true)) return;
        spl_warning(diag, (spl_span){0}, "later-head",
                    "a later #Fields line of \"%s\" names other columns: those of the first one hold", input->path);
        spl_hint(diag, "It begins at byte %llu. Split the file before such lines, and each part has its own columns.",
                 (unsigned long long)begin);
        return;
    }
}
