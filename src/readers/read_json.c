/* read_json.c -- JSON, an object a line (NDJSON).
 *
 * Objects a line are cut at line feeds. Where few fields are wanted and none is nested, an event is scanned for its
 * top-level keys 64 bytes at a time (json_keys.h) and only the values of wanted keys are looked at. Otherwise a walk
 * over the event names every value as Splunk does: `a.b`, `list{}`, `list{}.n`; a name is looked up as the one that
 * followed last time, so events of one kind cost no hashing. Both find the same fields. What read_json_text.c makes of
 * pretty-printed objects is read here too.
 *
 * Windows events (an object with Channel and EventID, as shippers write them; Winlogbeat's and evtx_dump's nesting too)
 * get the names that the Windows add-on gives: docs/reference/formats/json.md.
 */
#include "base/hash.h"
#include "base/scan.h"
#include "knowledge/props.h"
#include "readers/framing.h"
#include "readers/json_keys.h"
#include "readers/json_values.h"

#include <math.h>

enum { LOOKAHEAD = 128 };

typedef enum special { NOTHING, CHANNEL, EVENT_ID, HOSTNAME, COMPUTER, MESSAGE, NESTED } special;

static bool little_endian(void)
{
    const uint16_t one = 1;

    return *(const uint8_t *)&one == 1;
}

static spl_json_scan *fastest_scan(void)
{
    spl_json_scan *const *scans;
    size_t n = spl_json_scans(&scans);

    return scans[n - 1];
}

typedef struct state {
    char separator;
    spl_json_keys times; /* key I is spl_time_names[I], then "Event" */
    spl_json_scan *scan;
    spl_needle escape; /* \u00: of what could be written plainly */
    bool trim;         /* JSON_TRIM_BRACES_IN_ARRAY_NAMES */
} state;

/* ---- extraction ---- */

typedef struct entry entry; /* a name that was met, below its parent */
struct entry {
    entry *parent;
    spl_str key;  /* as named: unescaped; "{}" for what an array holds */
    spl_str name; /* whole */
    uint64_t hash;
    entry *chain;                      /* same slot */
    entry *next;                       /* what followed last time */
    entry *items;                      /* the entry of "{}" below this */
    spl_field field, alias;            /* SPL_NO_FIELD: not wanted */
    spl_column *column, *alias_column; /* of the current batch */
    bool deeper;                       /* something below may be wanted */
    bool plain;                        /* the key stands in JSON as it is */
    bool transient;                    /* the cache was full: lives as long as the batch */
    uint8_t special;
};

typedef struct known_channel {
    spl_str channel;
    spl_value sourcetype, source;
} known_channel;

typedef struct extract {
    spl_extractor *x;
    spl_arena *arena; /* the worker's */
    spl_map below;    /* wants_below() */
    spl_json_scan *scan;
    bool fast;    /* the scan for top-level keys will do */
    bool windows; /* names that Windows events get are wanted */
    spl_json_keys table;
    spl_field *fields; /* wanted, of the table's columns */
    spl_column **columns;
    uint32_t n_fields;
    bool want_host, want_source, want_sourcetype, want_raw, want_index, trim;
    bool want_code, want_computer, want_message;
    spl_field code, computer, message;
    /* the walk */
    entry root;
    entry **slots;
    size_t n_slots, n_entries;
    SPL_VEC(entry *) entries;
    SPL_VEC(entry *) stack; /* open objects and arrays: arrays by their "{}" entry */
    SPL_VEC(char) kinds;    /* '{' or '[' of each */
    spl_buf scratch;
    /* one event */
    spl_batch *batch;
    uint32_t row;
    spl_repeats repeats;
    spl_value channel, event_id, hostname, computer_value, message_value;
    known_channel known[16];
    uint32_t n_known;
} extract;

enum { MAX_ENTRIES = 1 << 16 };

static void put(extract *e, spl_column **column, spl_field field, spl_value value)
{
    if (!*column) *column = spl_batch_add(e->batch, field);
    spl_put_value(e->arena, &e->repeats, *column, e->row, value);
}

static void broken(extract *e, const spl_event *event)
{
    spl_damaged_event(e->x, event, "is not valid JSON: what could be read of it was kept");
}

static void take_special(extract *e, special what, spl_value value)
{
    if (value.kind != SPL_KIND_TEXT) return;
    switch (what) {
    case CHANNEL:
        if (spl_is_null(e->channel)) e->channel = value;
        break;
    case EVENT_ID:
        if (spl_is_null(e->event_id)) e->event_id = value;
        break;
    case HOSTNAME:
        if (spl_is_null(e->hostname)) e->hostname = value;
        break;
    case COMPUTER:
        if (spl_is_null(e->computer_value)) e->computer_value = value;
        break;
    case MESSAGE:
        if (spl_is_null(e->message_value)) e->message_value = value;
        break;
    case NOTHING:
    case NESTED: break;
    }
}

/* --- the walk over every value --- */

/* What stands before a dot or a brace of a wanted name, of many. */
static void index_below(extract *e)
{
    const spl_fieldset *wanted = e->x->wanted;

    e->below = spl_map_in(e->arena);
    if (!spl_fieldset_finite(wanted) || wanted->names.len < 64) return;
    for (size_t i = 0; i < wanted->names.len; i++) {
        spl_str name = spl_field_name(e->x->fields, wanted->names.data[i]);

        spl_map_put(&e->below, SPL_S(""), NULL);
        for (size_t k = 1; k < name.len && k < 1000; k++) /* no longer name goes on being indexed */
            if (name.data[k] == '.' || name.data[k] == '{') spl_map_put(&e->below, spl_str_sub(name, 0, k), NULL);
    }
}

static bool wants_below(const extract *e, spl_str name)
{
    const spl_fieldset *wanted = e->x->wanted;
    size_t i;

    if (!spl_fieldset_finite(wanted)) return true;
    if (e->below.len && name.len < 1000) return spl_map_find(&e->below, name) != NULL;
    for (i = 0; i < wanted->names.len; i++) {
        spl_str have = spl_field_name(e->x->fields, wanted->names.data[i]);

        if (have.len > name.len && memcmp(have.data, name.data, name.len) == 0 &&
            (have.data[name.len] == '.' || have.data[name.len] == '{' || name.len == 0))
            return true;
    }
    return false;
}

static spl_field wanted_field(const extract *e, spl_str name)
{
    return spl_is_metadata(name) ? SPL_NO_FIELD : spl_fieldset_find(e->x->wanted, name);
}

/* The name of a key that says something else of the event, such as host: as structured data has it in Splunk. */
static spl_str beside_metadata(spl_arena *arena, spl_str name)
{
    if (!spl_is_metadata(name) || name.data[0] == '_') return (spl_str){NULL, 0};
    return spl_strf(arena, SPL_BESIDE_METADATA "%.*s", SPL_FMT(name));
}

/* What nested forms of Windows events name. */
static const struct {
    const char *name;
    special special;
    const char *alias;
} nested_names[] = {
    {"winlog.channel", CHANNEL, "Channel"},    {"winlog.event_id", EVENT_ID, "EventID"},
    {"winlog.computer_name", HOSTNAME, NULL},  {"Event.System.Channel", CHANNEL, NULL},
    {"Event.System.EventID", EVENT_ID, NULL},  {"Event.System.EventID.#text", EVENT_ID, "EventID"},
    {"Event.System.Computer", HOSTNAME, NULL},
};
static const char *const nested_prefixes[] = {"winlog.event_data.", "winlog.user_data.", "Event.System.",
                                              "Event.EventData.", NULL};

static void name_entry(extract *e, entry *made)
{
    spl_str name = made->name, alias = {NULL, 0};
    size_t i;

    made->plain = !memchr(made->key.data, '\\', made->key.len) && !memchr(made->key.data, '"', made->key.len);
    made->field = wanted_field(e, name);
    made->alias = SPL_NO_FIELD;
    made->special = NOTHING;
    if (spl_str_is(name, "Channel")) made->special = CHANNEL;
    if (spl_str_is(name, "EventID")) made->special = EVENT_ID;
    if (spl_str_is(name, "Hostname")) made->special = HOSTNAME;
    if (spl_str_is(name, "Computer")) made->special = COMPUTER;
    if (spl_str_is(name, "message")) made->special = MESSAGE;
    for (i = 0; i < sizeof nested_names / sizeof *nested_names; i++) {
        if (!spl_str_is(name, nested_names[i].name)) continue;
        made->special = nested_names[i].special;
        if (nested_names[i].alias) alias = spl_str_of(nested_names[i].alias);
    }
    for (i = 0; nested_prefixes[i]; i++) {
        spl_str prefix = spl_str_of(nested_prefixes[i]);

        if (!spl_str_starts(name, prefix)) continue;
        if (!memchr(name.data + prefix.len, '.', name.len - prefix.len) &&
            !memchr(name.data + prefix.len, '{', name.len - prefix.len))
            alias = spl_str_sub(name, prefix.len, name.len);
    }
    if (!alias.len) alias = beside_metadata(e->arena, name);
    if (alias.len) made->alias = wanted_field(e, alias);
    made->deeper = spl_str_is(name, "winlog") || spl_str_is(name, "Event") || spl_str_is(name, "winlog.event_data") ||
                   spl_str_is(name, "winlog.user_data") || spl_str_is(name, "Event.System") ||
                   spl_str_is(name, "Event.System.EventID") || spl_str_is(name, "Event.EventData") ||
                   wants_below(e, name) || (e->trim && made->field != SPL_NO_FIELD);
}

static void whole_name(spl_buf *out, const entry *parent, spl_str key, bool trim)
{
    bool items = spl_str_is(key, "{}");

    spl_buf_clear(out);
    spl_buf_add(out, parent->name);
    if (items && trim) return;
    if (parent->name.len && !items) spl_buf_char(out, '.');
    spl_buf_add(out, key);
}

static entry *find_entry(extract *e, entry *parent, spl_str key)
{
    uint64_t hash = spl_hash_bytes(key.data, key.len, (uint64_t)(uintptr_t)parent);
    entry *found, *old, **slots;
    size_t i, n;

    for (found = e->n_slots ? e->slots[hash & (e->n_slots - 1)] : NULL; found; found = found->chain) {
        if (found->hash == hash && found->parent == parent && spl_str_eq(found->key, key)) return found;
    }
    whole_name(&e->scratch, parent, key, e->trim);
    if (e->n_entries == MAX_ENTRIES) { /* hostile: no two keys alike. Named anew each time, in the batch's memory */
        found = SPL_NEW(e->batch->arena, entry);
        found->transient = true;
        found->parent = parent;
        found->key = spl_str_copy(e->batch->arena, key);
        found->name = spl_str_copy(e->batch->arena, spl_buf_str(&e->scratch));
        name_entry(e, found);
        return found;
    }
    if (e->n_entries * 2 >= e->n_slots) {
        n = e->n_slots ? e->n_slots * 2 : 256;
        slots = SPL_NEW_ARRAY(e->arena, n, entry *);
        for (i = 0; i < e->entries.len; i++) {
            old = e->entries.data[i];
            old->chain = slots[old->hash & (n - 1)];
            slots[old->hash & (n - 1)] = old;
        }
        e->slots = slots;
        e->n_slots = n;
    }
    found = SPL_NEW(e->arena, entry);
    found->parent = parent;
    found->key = spl_str_copy(e->arena, key);
    found->name = spl_str_copy(e->arena, spl_buf_str(&e->scratch));
    found->hash = hash;
    found->chain = e->slots[hash & (e->n_slots - 1)];
    e->slots[hash & (e->n_slots - 1)] = found;
    SPL_PUSH(e->arena, &e->entries, found);
    e->n_entries++;
    name_entry(e, found);
    return found;
}

static void emit(extract *e, entry *of, spl_value value)
{
    if (of->special) take_special(e, (special)of->special, value);
    if (of->field != SPL_NO_FIELD) put(e, &of->column, of->field, value);
    if (of->alias != SPL_NO_FIELD) put(e, &of->alias_column, of->alias, value);
}

static void open_nested(extract *e, entry *of, char kind)
{
    if (kind == '[') {
        entry *items = of->items ? of->items : find_entry(e, of, SPL_S("{}"));

        if (!items->transient || of->transient) of->items = items;
        of = items;
    }
    SPL_PUSH(e->arena, &e->stack, of);
    SPL_PUSH(e->arena, &e->kinds, kind);
}

/* Names every value of the event; false if its brackets and quotes do not match. */
static bool walk(extract *e, spl_str raw)
{
    const char *p = raw.data, *end = raw.data + raw.len, *stop;
    entry *last = &e->root;
    bool escaped;

    e->stack.len = e->kinds.len = 0;
    p = spl_json_space(p, end);
    if (p == end || (*p != '{' && *p != '[')) return false;
    open_nested(e, &e->root, *p++);
    while (e->stack.len) {
        entry *top = e->stack.data[e->stack.len - 1], *of = top;
        char kind = e->kinds.data[e->kinds.len - 1];
        spl_value value;

        while (p < end && (spl_is_space(*p) || *p == ',')) p++;
        if (p == end) return false;
        if (*p == '}' || *p == ']') {
            e->stack.len--;
            e->kinds.len--;
            p++;
            continue;
        }
        if (kind == '{') {
            spl_str key;

            if (*p != '"') { /* nonsense: on to what may be a key */
                if (*p == '{' || *p == '[') {
                    stop = spl_json_behind(p, end);
                    if (!stop) return false;
                    p = stop;
                } else {
                    p++;
                }
                continue;
            }
            if (last->next && last->next->parent == top) { /* the key that followed last time? */
                key = last->next->key;
                if (last->next->plain && (size_t)(end - p) > key.len + 2 && p[key.len + 1] == '"' &&
                    memcmp(p + 1, key.data, key.len) == 0) {
                    of = last->next;
                    p += key.len + 2;
                }
            }
            if (of == top) {
                stop = spl_json_string_end(p + 1, end, &escaped);
                if (!stop) return false;
                key = spl_str_cut(p + 1, (size_t)(stop - p - 1));
                if (escaped) key = spl_json_unescape(e->batch->arena, key);
                of = find_entry(e, top, key);
                if (!of->transient || last->transient) last->next = of;
                p = stop + 1;
            }
            last = of;
            p = spl_json_space(p, end);
            if (p == end) return false;
            if (*p != ':') continue;
            p = spl_json_space(p + 1, end);
            if (p == end) return false;
        }
        if (*p == '{' || *p == '[') {
            if (of->deeper) {
                open_nested(e, of, *p++);
            } else {
                p = spl_json_behind(p, end);
                if (!p) return false;
            }
            continue;
        }
        if (of->field == SPL_NO_FIELD && of->alias == SPL_NO_FIELD && !of->special) { /* not wanted: behind it */
            if (*p == '"') {
                stop = spl_json_string_end(p + 1, end, &escaped);
                if (!stop) return false;
                p = stop + 1;
            } else {
                while (p < end && *p != ',' && *p != '}' && *p != ']' && !spl_is_space(*p)) p++;
            }
            continue;
        }
        stop = spl_json_read_value(p, end, e->batch->arena, &value);
        if (!stop) return false;
        if (!spl_is_null(value)) emit(e, of, value);
        p = stop == p ? p + 1 : stop;
    }
    return spl_json_space(p, end) == end;
}

/* --- what Windows events get besides --- */

static spl_value prefixed(spl_arena *arena, const char *prefix, spl_value channel)
{
    return spl_text(spl_strf(arena, "%s%.*s", prefix, SPL_FMT(spl_value_str(channel))));
}

static const known_channel *channel_of(extract *e, spl_value channel)
{
    spl_str name = spl_value_str(channel);
    known_channel *known;
    uint32_t i;

    for (i = 0; i < e->n_known; i++) {
        if (spl_str_eq(e->known[i].channel, name)) return &e->known[i];
    }
    known = &e->known[e->n_known < 16 ? e->n_known++ : 15];
    known->channel = name;
    known->sourcetype = prefixed(e->batch->arena, "WinEventLog:", channel);
    known->source = prefixed(e->batch->arena, "XmlWinEventLog:", channel);
    return known;
}

static void set(extract *e, spl_field field, spl_value value)
{
    spl_batch_set(e->batch, e->row, field, value);
}

static void set_text(extract *e, spl_field field, spl_str text)
{
    if (text.len) set(e, field, spl_text(text));
}

static void finish_event(extract *e, const spl_event *event)
{
    const spl_input *input = e->x->input;
    bool windows = !spl_is_null(e->channel) && !spl_is_null(e->event_id);
    spl_value host = !spl_is_null(e->hostname) ? e->hostname : e->computer_value;

    if (e->repeats.len) spl_join_repeats(e->batch, &e->repeats);
    if (windows) {
        if (e->want_code && spl_is_null(spl_batch_get(e->batch, e->row, e->code))) set(e, e->code, e->event_id);
        if (e->want_computer && !spl_is_null(host) && spl_is_null(spl_batch_get(e->batch, e->row, e->computer)))
            set(e, e->computer, host);
        if (e->want_message && !spl_is_null(e->message_value) &&
            spl_is_null(spl_batch_get(e->batch, e->row, e->message)))
            set(e, e->message, e->message_value);
    }
    if (e->want_raw) set(e, SPL_F_RAW, spl_text(event->raw));
    if (e->want_host) {
        if (input->host.len) {
            set(e, SPL_F_HOST, spl_text(input->host));
        } else {
            set(e, SPL_F_HOST, windows && !spl_is_null(host) ? host : spl_text(SPL_S(SPL_LOCAL_HOST)));
        }
    }
    if (e->want_sourcetype) {
        if (input->sourcetype.len) {
            set(e, SPL_F_SOURCETYPE, spl_text(input->sourcetype));
        } else {
            set(e, SPL_F_SOURCETYPE, windows ? channel_of(e, e->channel)->sourcetype : spl_text(SPL_S("_json")));
        }
    }
    if (e->want_source) {
        if (input->source.len) {
            set(e, SPL_F_SOURCE, spl_text(input->source));
        } else {
            set(e, SPL_F_SOURCE, windows ? channel_of(e, e->channel)->source : spl_text(spl_str_of(input->path)));
        }
    }
    if (e->want_index) set_text(e, SPL_F_INDEX, input->index);
}

static void extract_event(extract *e, const spl_event *event)
{
    spl_json_hit hits[SPL_JSON_HITS];
    size_t n = 0, i;
    spl_str raw = event->raw;
    const char *end = raw.data + raw.len, *p = spl_json_space(raw.data, end);
    unsigned flags;

    e->channel = e->event_id = e->hostname = e->computer_value = e->message_value = SPL_NULL;
    if (e->fast && p < end && *p == '{' && raw.len < UINT32_MAX) {
        flags = e->table.count ? e->scan(raw, &e->table, hits, &n, UINT32_MAX) : 0;
        for (i = 0; i < n && !(flags & SPL_JSON_SCAN_AGAIN); i++) {
            const spl_json_key *key = &e->table.keys[hits[i].key];
            spl_value value;

            if (!spl_json_read_value(raw.data + hits[i].at, end, e->batch->arena, &value)) break;
            if (spl_is_null(value)) {
                if (key->mark == NESTED) flags |= SPL_JSON_SCAN_AGAIN; /* fields may stand below */
                continue;
            }
            if (key->column != UINT32_MAX) put(e, &e->columns[key->column], e->fields[key->column], value);
            if (key->mark) take_special(e, (special)key->mark, value);
        }
        if (!(flags & SPL_JSON_SCAN_AGAIN)) {
            if (flags & SPL_JSON_SCAN_BROKEN) broken(e, event);
            finish_event(e, event);
            return;
        }
        for (i = 0; i < e->n_fields; i++) { /* begin anew, by the walk */
            if (e->columns[i]) e->columns[i]->cells[e->row] = SPL_NULL;
        }
        e->repeats.len = 0;
        e->channel = e->event_id = e->hostname = e->computer_value = e->message_value = SPL_NULL;
    }
    if (!walk(e, raw)) broken(e, event);
    finish_event(e, event);
}

static bool nested_name(spl_str name)
{
    return memchr(name.data, '.', name.len) || memchr(name.data, '{', name.len) || memchr(name.data, '"', name.len) ||
           memchr(name.data, '\\', name.len);
}

static void json_prepare(spl_extractor *x)
{
    spl_arena *arena = x->worker->arena;
    extract *e = SPL_NEW(arena, extract);
    const spl_fieldset *wanted = x->wanted;
    bool any = false;
    size_t i;

    e->x = x;
    e->arena = arena;
    e->scan = fastest_scan();
    e->scratch = spl_buf_in(arena);
    e->trim = ((const state *)x->input->state)->trim;
    e->want_raw = spl_fieldset_has(wanted, SPL_F_RAW);
    e->want_host = spl_fieldset_has(wanted, SPL_F_HOST);
    e->want_source = spl_fieldset_has(wanted, SPL_F_SOURCE);
    e->want_sourcetype = spl_fieldset_has(wanted, SPL_F_SOURCETYPE);
    e->want_index = spl_fieldset_has(wanted, SPL_F_INDEX);
    e->code = spl_field_of(x->fields, SPL_S("EventCode"));
    e->computer = spl_field_of(x->fields, SPL_S("ComputerName"));
    e->message = spl_field_of(x->fields, SPL_S("Message"));
    e->want_code = spl_fieldset_has(wanted, e->code);
    e->want_computer = spl_fieldset_has(wanted, e->computer);
    e->want_message = spl_fieldset_has(wanted, e->message);
    e->root.field = e->root.alias = SPL_NO_FIELD;
    e->root.deeper = true;
    x->state = e;
    index_below(e);
    if (!spl_fieldset_finite(wanted) || !little_endian() || e->trim) return;
    e->fast = true;
    e->fields = SPL_NEW_ARRAY(arena, wanted->names.len + 1, spl_field);
    e->columns = SPL_NEW_ARRAY(arena, wanted->names.len + 1, spl_column *);
    for (i = 0; i < wanted->names.len && e->fast; i++) {
        spl_field field = wanted->names.data[i];
        spl_str name = spl_field_name(x->fields, field);

        if (spl_is_metadata(name)) continue;
        any = true;
        if (nested_name(name) || spl_str_starts(name, SPL_S(SPL_BESIDE_METADATA)) ||
            !spl_json_key_add(&e->table, arena, name, e->n_fields, NOTHING)) {
            e->fast = false;
            break;
        }
        e->fields[e->n_fields++] = field;
    }
    if (!e->fast) return;
    e->windows =
        e->want_code || e->want_computer || e->want_message || e->want_host || e->want_source || e->want_sourcetype;
    if (e->windows) {
        spl_json_key_add(&e->table, arena, SPL_S("Channel"), UINT32_MAX, CHANNEL);
        spl_json_key_add(&e->table, arena, SPL_S("EventID"), UINT32_MAX, EVENT_ID);
        spl_json_key_add(&e->table, arena, SPL_S("Hostname"), UINT32_MAX, HOSTNAME);
        spl_json_key_add(&e->table, arena, SPL_S("Computer"), UINT32_MAX, COMPUTER);
        if (e->want_message) spl_json_key_add(&e->table, arena, SPL_S("message"), UINT32_MAX, MESSAGE);
    }
    if (any || e->windows) {
        spl_json_key_add(&e->table, arena, SPL_S("winlog"), UINT32_MAX, NESTED);
        spl_json_key_add(&e->table, arena, SPL_S("Event"), UINT32_MAX, NESTED);
    }
    if (e->table.count) spl_json_keys_finish(&e->table);
}

static void json_extract(spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first)
{
    extract *e = x->state;
    uint32_t i;

    e->batch = batch;
    e->n_known = 0;
    for (i = 0; i < e->n_fields; i++) e->columns[i] = spl_batch_column(batch, e->fields[i]);
    for (i = 0; i < e->entries.len; i++) {
        entry *of = e->entries.data[i];

        of->column = of->field == SPL_NO_FIELD ? NULL : spl_batch_column(batch, of->field);
        of->alias_column = of->alias == SPL_NO_FIELD ? NULL : spl_batch_column(batch, of->alias);
    }
    e->root.next = NULL;
    for (i = 0; i < count; i++) {
        e->row = first + i;
        extract_event(e, &events[i]);
    }
}

/* ---- time ---- */

static bool parse_time(spl_clock *clock, const char *p, const char *end, double *time)
{
    const char *stop;
    char few[96];
    bool escaped;
    spl_str text;

    p = spl_json_space(p, end);
    if (p == end) return false;
    if (*p != '"') {
        for (stop = p; stop < end && *stop != ',' && *stop != '}' && !spl_is_space(*stop); stop++) {
        }
        return stop > p && spl_timestamp_parse(clock, spl_str_cut(p, (size_t)(stop - p)), time);
    }
    stop = spl_json_string_end(p + 1, end, &escaped);
    if (!stop) return false;
    text = spl_str_cut(p + 1, (size_t)(stop - p - 1));
    if (escaped) {
        if (text.len > sizeof few) return false;
        text = spl_str_cut(few, spl_json_unescape_to(few, text));
    }
    return spl_timestamp_parse(clock, text, time);
}

static double json_time(const spl_input *input, spl_clock *clock, spl_str raw)
{
    const state *s = input->state;
    spl_json_hit hits[SPL_JSON_HITS];
    size_t n = 0, i, begin, end;
    unsigned flags = SPL_JSON_SCAN_AGAIN, stop = 0;
    double time;
    uint32_t rank, best;

    if (raw.len == 0 || raw.len >= UINT32_MAX) return NAN;
    for (;; stop = UINT32_MAX) { /* the best name may be first; if its value is no time, look for the others */
        if (little_endian()) flags = s->scan(raw, &s->times, hits, &n, stop);
        if (flags & SPL_JSON_SCAN_AGAIN) n = spl_json_find_keys(raw, &s->times, hits);
        if (!(flags & SPL_JSON_SCAN_STOPPED)) break;
        if (parse_time(clock, raw.data + hits[n - 1].at, raw.data + raw.len, &time)) return time;
    }
    for (rank = 0; rank < s->times.count; rank = best + 1) {
        best = s->times.count;
        for (i = 0; i < n; i++) {
            if (hits[i].key >= rank && hits[i].key < best) best = hits[i].key;
        }
        if (best == s->times.count) break;
        for (i = 0; i < n; i++) {
            const char *from = raw.data + hits[i].at, *stops = raw.data + raw.len;

            if (hits[i].key != best) continue;
            if (best + 1 == s->times.count) { /* evtx_dump's nesting */
                static const char name[] = "\"SystemTime\"";
                const char *found = memmem(from, (size_t)(stops - from), name, sizeof name - 1);

                if (!found) continue;
                from = spl_json_space(found + sizeof name - 1, stops);
                if (from == stops || *from++ != ':') continue;
            }
            if (parse_time(clock, from, stops, &time)) return time;
        }
    }
    return spl_timestamp_find(clock, raw, LOOKAHEAD, &time, &begin, &end) ? time : NAN;
}

/* ---- raw tests ---- */

/* The longest stretch of TEXT that JSON can only write as it is, but for \u00xx, which json_hides() finds. */
static spl_str longest_plain(spl_str text)
{
    spl_str best = {text.data, 0};
    size_t begin = 0, i;

    for (i = 0; i <= text.len; i++) {
        unsigned char c = i < text.len ? (unsigned char)text.data[i] : '"';

        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '/') continue;
        if (i - begin > best.len) best = spl_str_sub(text, begin, i);
        begin = i + 1;
    }
    return best;
}

static bool add_literal(spl_arena *arena, spl_literals *out, spl_str text)
{
    spl_str plain = longest_plain(text);

    if (plain.len == 0) return false;
    if (!out->items) out->items = SPL_NEW_ARRAY(arena, 32, spl_literal);
    out->items[out->count++] = (spl_literal){spl_str_copy(arena, plain), true};
    return true;
}

/* A field that is PREFIX and a copied text, or else FIXED. */
static bool literals_of_prefixed(spl_str prefix, spl_str fixed, spl_str text, bool whole, spl_arena *arena,
                                 spl_literals *out)
{
    size_t n, from = 0;

    if (whole ? spl_str_ieq(fixed, text) : spl_str_ifind(fixed, text, 0) >= 0) return false;
    if (whole) {
        if (text.len <= prefix.len || !spl_str_ieq(spl_str_sub(text, 0, prefix.len), prefix)) return false;
        return add_literal(arena, out, spl_str_sub(text, prefix.len, text.len));
    }
    if (spl_str_ifind(prefix, text, 0) >= 0) return false;
    for (n = 0; n <= prefix.len && n <= text.len; n++) { /* the last N bytes of the prefix are the first of TEXT */
        if (!spl_str_ieq(spl_str_sub(prefix, prefix.len - n, prefix.len), spl_str_sub(text, 0, n))) continue;
        if (out->count == 32 || !add_literal(arena, out, spl_str_sub(text, n, text.len))) return false;
        from++;
    }
    return from > 0;
}

static bool json_literals(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                          spl_arena *arena, spl_literals *out)
{
    (void)query;
    *out = (spl_literals){0};
    if (spl_str_is(field, "_raw")) {
        if (text.len == 0) return false;
        out->items = SPL_NEW_ARRAY(arena, 1, spl_literal);
        out->items[out->count++] = (spl_literal){spl_str_copy(arena, text), true};
        return true;
    }
    if (spl_str_is(field, "host"))
        return !input->host.len && literals_of_prefixed(SPL_S(""), SPL_S(SPL_LOCAL_HOST), text, whole, arena, out);
    if (spl_str_is(field, "source"))
        return !input->source.len &&
               literals_of_prefixed(SPL_S("XmlWinEventLog:"), spl_str_of(input->path), text, whole, arena, out);
    if (spl_str_is(field, "sourcetype"))
        return !input->sourcetype.len &&
               literals_of_prefixed(SPL_S("WinEventLog:"), SPL_S("_json"), text, whole, arena, out);
    if (spl_is_metadata(field)) return false;
    return add_literal(arena, out, text);
}

static bool json_hides(const spl_input *input, spl_str text)
{
    return spl_needle_find(&((const state *)input->state)->escape, text.data, text.data + text.len) != NULL;
}

/* ---- framing ---- */

static bool json_frame(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end,
                       size_t *next)
{
    return spl_frame_by(text, at, last, ((const state *)input->state)->separator, begin, end, next);
}

static size_t json_resync(const spl_input *input, spl_str text, size_t at)
{
    return spl_resync_by(text, at, ((const state *)input->state)->separator);
}

static size_t json_before(const spl_input *input, spl_str text, size_t at)
{
    return spl_before_by(text, at, ((const state *)input->state)->separator);
}

/* ---- recognition ---- */

/* How many of the first lines are whole objects, and how many lines were looked at (those that are not blank). */
static unsigned whole_lines(spl_str head, bool complete, unsigned *looked)
{
    size_t at = 0, begin, end;
    unsigned whole = 0;

    *looked = 0;
    while (*looked < 20 && spl_frame_by(head, at, true, '\n', &begin, &end, &at)) {
        const char *p = spl_json_space(head.data + begin, head.data + end), *stop = head.data + end;
        bool cut = at == head.len && !complete;

        if (cut && *looked) break;
        (*looked)++;
        if (spl_json_starts_object(p, stop)) {
            const char *closes = spl_json_behind(p, stop);

            if (!cut && (!closes || spl_json_space(closes, stop) < stop)) continue;
            whole++;
            if (*looked == 1) return whole; /* the first */
        }
    }
    return whole;
}

static int json_bid(const spl_probe *probe)
{
    spl_str head = spl_json_body(probe->head);
    const char *end = head.data + head.len, *p = spl_json_space(head.data, end);
    unsigned looked, whole;

    if (head.len && head.data[0] == SPL_RECORD_SEPARATOR) return 100;
    whole = whole_lines(head, probe->complete, &looked);
    if (whole && whole * 2 >= looked) return 90;
    if (looked == 1 && spl_json_starts_object(p, end)) return 60; /* one broken line */
    if (whole && probe->props && spl_str_iis(spl_props_text(probe->props, "INDEXED_EXTRACTIONS"), "json")) return 90;
    return 0;
}

static void json_open(spl_input *input, const spl_probe *probe)
{
    state *s = SPL_NEW(input->arena, state);
    size_t i;

    s->separator = '\n';
    s->trim = probe->props && spl_conf_true(spl_props_text(probe->props, "JSON_TRIM_BRACES_IN_ARRAY_NAMES"));
    s->scan = fastest_scan();
    s->escape = spl_needle_of(input->arena, SPL_S("\\u00"), false);
    if (probe->head.len && probe->head.data[0] == SPL_RECORD_SEPARATOR) {
        s->separator = SPL_RECORD_SEPARATOR;
        input->body = 1;
    } else {
        input->body = (uint64_t)(probe->head.len - spl_json_body(probe->head).len);
    }
    for (i = 0; spl_time_names[i]; i++)
        spl_json_key_add(&s->times, input->arena, spl_str_of(spl_time_names[i]), 0, NOTHING);
    spl_json_key_add(&s->times, input->arena, SPL_S("Event"), 0, NESTED);
    spl_json_keys_finish(&s->times);
    input->state = s;
}

static const char *const sourcetypes[] = {"WinEventLog:*", "_json", NULL};

SPL_READER(json, .sourcetypes = sourcetypes, .summary = "JSON, an object a line (NDJSON)", .bid = json_bid,
           .open = json_open, .frame = json_frame, .resync = json_resync, .before = json_before, .time = json_time,
           .prepare = json_prepare, .extract = json_extract, .literals = json_literals, .hides = json_hides);
