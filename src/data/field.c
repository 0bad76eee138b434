/* field.c -- interned field names.
 *
 * Readers take no lock: the table of slots and the entries that it names are published by release stores and never
 * move or change; a table that became too small stays where it is. Who does not find a name takes the lock, looks again
 * and inserts. The dictionary has an arena of its own, since the query's belongs to another thread while it runs. */
#include "data/field.h"
#include "base/fault.h"
#include "base/wildcard.h"

#include <pthread.h>
#include <stdatomic.h>

enum { CHUNK_BITS = 6, CHUNKS = 26 }; /* chunk i holds 2^(i+6) names */

typedef struct field_name {
    spl_str name;
    uint64_t hash;
} field_name;

typedef struct slots {
    size_t mask;
    _Atomic uint32_t at[]; /* field + 1; 0 is free */
} slots;

struct spl_fields {
    spl_arena *arena;
    _Atomic(slots *) slots;
    _Atomic(field_name *) chunks[CHUNKS];
    atomic_uint count;
    pthread_mutex_t lock;
};

static field_name *name_at(const spl_fields *fields, uint32_t number)
{
    uint32_t shifted = number + (1u << CHUNK_BITS);
    int chunk = 31 - __builtin_clz(shifted) - CHUNK_BITS;
    field_name *names = atomic_load_explicit((_Atomic(field_name *) *)&fields->chunks[chunk], memory_order_acquire);

    return &names[shifted - (1u << (chunk + CHUNK_BITS))];
}

static bool look_up(const spl_fields *fields, spl_str name, uint64_t hash, spl_field *field)
{
    slots *table = atomic_load_explicit((_Atomic(slots *) *)&fields->slots, memory_order_acquire);

    for (size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        uint32_t number = atomic_load_explicit(&table->at[at], memory_order_acquire);
        const field_name *entry;
        if (!number) return false;
        entry = name_at(fields, number - 1);
        if (entry->hash == hash && spl_str_eq(entry->name, name)) return *field = number - 1, true;
    }
}

static slots *slots_new(spl_arena *arena, size_t count)
{
    slots *table = spl_calloc(arena, 1, sizeof *table + count * sizeof table->at[0]);

    table->mask = count - 1;
    return table;
}

static void put_slot(slots *table, uint64_t hash, uint32_t number)
{
    size_t at = hash & table->mask;

    while (atomic_load_explicit(&table->at[at], memory_order_relaxed)) at = (at + 1) & table->mask;
    atomic_store_explicit(&table->at[at], number, memory_order_release);
}

static spl_field insert(spl_fields *fields, spl_str name, uint64_t hash)
{
    uint32_t number = atomic_load_explicit(&fields->count, memory_order_relaxed);
    uint32_t shifted = number + (1u << CHUNK_BITS);
    int chunk = 31 - __builtin_clz(shifted) - CHUNK_BITS;
    slots *table = atomic_load_explicit(&fields->slots, memory_order_relaxed);
    spl_str copy;

    if (chunk >= CHUNKS - 1) spl_fail(SPL_BOUND, "more than %u different field names", number);
    copy = spl_str_copy(fields->arena, name);
    if (!atomic_load_explicit(&fields->chunks[chunk], memory_order_relaxed))
        atomic_store_explicit(&fields->chunks[chunk],
                              SPL_NEW_ARRAY(fields->arena, (size_t)1 << (chunk + CHUNK_BITS), field_name),
                              memory_order_release);
    if ((number + 1) * (size_t)2 > table->mask) {
        slots *larger = slots_new(fields->arena, (table->mask + 1) * 2);
        for (uint32_t i = 0; i < number; i++) put_slot(larger, name_at(fields, i)->hash, i + 1);
        table = larger;
    }
    *name_at(fields, number) = (field_name){copy, hash};
    put_slot(table, hash, number + 1);
    atomic_store_explicit(&fields->slots, table, memory_order_release);
    atomic_store_explicit(&fields->count, number + 1, memory_order_release);
    return number;
}

spl_field spl_field_of(spl_fields *fields, spl_str name)
{
    uint64_t hash = spl_str_hash(name);
    spl_field field = 0;
    spl_frame frame;

    if (look_up(fields, name, hash, &field)) return field;
    pthread_mutex_lock(&fields->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&fields->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    if (!look_up(fields, name, hash, &field)) field = insert(fields, name, hash);
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&fields->lock);
    return field;
}

bool spl_field_known(const spl_fields *fields, spl_str name, spl_field *field)
{
    return look_up(fields, name, spl_str_hash(name), field);
}

static void fields_free(void *ptr)
{
    spl_fields *fields = ptr;

    pthread_mutex_destroy(&fields->lock);
    spl_arena_free(fields->arena);
}

spl_fields *spl_fields_new(spl_arena *arena)
{
    static const char *const known[SPL_F_DEFAULTS_END] = {
        "_raw",        "_time",     "host",          "source",    "sourcetype",   "index",       "_indextime",
        "linecount",   "punct",     "splunk_server", "date_hour", "date_mday",    "date_minute", "date_month",
        "date_second", "date_wday", "date_year",     "date_zone", "timestartpos", "timeendpos"};
    spl_arena *own = spl_arena_new(spl_arena_account(arena));
    spl_fields *fields = SPL_NEW(own, spl_fields);

    fields->arena = own;
    pthread_mutex_init(&fields->lock, NULL);
    atomic_init(&fields->slots, slots_new(own, 256));
    spl_arena_defer(arena, fields_free, fields);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) spl_field_of(fields, spl_str_of(known[i]));
    return fields;
}

spl_str spl_field_name(const spl_fields *fields, spl_field field)
{
    return name_at(fields, field)->name;
}

uint32_t spl_fields_count(const spl_fields *fields)
{
    return atomic_load_explicit((atomic_uint *)&fields->count, memory_order_acquire);
}

bool spl_field_internal(const spl_fields *fields, spl_field field)
{
    spl_str name = spl_field_name(fields, field);

    return name.len && name.data[0] == '_';
}

/* --- sets ------------------------------------------------------------------------------------------------------- */

void spl_fieldset_init(spl_fieldset *set, spl_arena *arena, spl_fields *fields)
{
    *set = (spl_fieldset){.arena = arena, .fields = fields};
}

/* ---- lists ---- */

enum { SHORT = 32 };

static bool listed(const spl_field_list *list, spl_field field)
{
    if (list->bits) return field / 64 < list->words && list->bits[field / 64] >> field % 64 & 1;
    for (size_t i = 0; i < list->len; i++)
        if (list->data[i] == field) return true;
    return false;
}

static void mark(spl_field_list *list, spl_arena *arena, spl_field field)
{
    if (!list->bits || field / 64 >= list->words) {
        size_t words = (field / 64 + 1) * 2;

        list->bits = spl_realloc(arena, list->bits, list->words * sizeof *list->bits, words * sizeof *list->bits);
        memset(list->bits + list->words, 0, (words - list->words) * sizeof *list->bits);
        list->words = words;
    }
    list->bits[field / 64] |= (uint64_t)1 << field % 64;
}

/* FIELD is not listed yet. */
static void append(spl_field_list *list, spl_arena *arena, spl_field field)
{
    SPL_PUSH(arena, list, field);
    if (list->len == SHORT + 1 && !list->bits) {
        for (size_t i = 0; i < list->len; i++) mark(list, arena, list->data[i]);
    } else if (list->bits) {
        mark(list, arena, field);
    }
}

static void take_out(spl_field_list *list, spl_field field)
{
    size_t i = list->len;

    if (!listed(list, field)) return;
    while (list->data[--i] != field) continue; /* what came last goes first, as a rule */
    memmove(&list->data[i], &list->data[i + 1], (list->len - i - 1) * sizeof *list->data);
    list->len--;
    if (list->bits) list->bits[field / 64] &= ~((uint64_t)1 << field % 64);
}

static void forget(spl_field_list *list)
{
    list->len = 0;
    list->bits = NULL;
    list->words = 0;
}

/* Takes out those that GONE says. */
static void weed(spl_field_list *list, bool (*gone)(const void *of, spl_field field), const void *of)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->len; i++) {
        spl_field field = list->data[i];

        if (!gone(of, field))
            list->data[kept++] = field;
        else if (list->bits)
            list->bits[field / 64] &= ~((uint64_t)1 << field % 64);
    }
    list->len = kept;
}

static bool matches_pattern(const spl_fieldset *set, spl_field field)
{
    for (size_t i = 0; i < set->patterns.len; i++)
        if (spl_wildcard_match(set->patterns.data[i], spl_field_name(set->fields, field), false)) return true;
    return false;
}

void spl_fieldset_add(spl_fieldset *set, spl_field field)
{
    take_out(&set->except, field);
    if (spl_is_default_field(field)) set->defaults |= 1u << (field - SPL_F_LINECOUNT);
    if (!set->all && !listed(&set->names, field)) append(&set->names, set->arena, field);
}

typedef struct named_like {
    const spl_fields *fields;
    spl_str pattern;
} named_like;

static bool is_like(const void *of, spl_field field)
{
    const named_like *like = of;

    return spl_wildcard_match(like->pattern, spl_field_name(like->fields, field), false);
}

static bool is_in(const void *of, spl_field field)
{
    return spl_fieldset_has(of, field);
}

void spl_fieldset_add_name(spl_fieldset *set, spl_str name)
{
    if (!spl_wildcard_has(name)) {
        spl_fieldset_add(set, spl_field_of(set->fields, name));
        return;
    }
    if (spl_str_is(name, "*")) {
        spl_fieldset_add_all(set);
        return;
    }
    weed(&set->except, is_like, &(named_like){set->fields, name});
    for (spl_field field = SPL_F_LINECOUNT; field < SPL_F_DEFAULTS_END; field++)
        if (spl_wildcard_match(name, spl_field_name(set->fields, field), false))
            set->defaults |= 1u << (field - SPL_F_LINECOUNT);
    if (set->all) return;
    for (size_t i = 0; i < set->patterns.len; i++)
        if (spl_str_eq(set->patterns.data[i], name)) return;
    SPL_PUSH(set->arena, &set->patterns, spl_str_copy(set->arena, name));
}

void spl_fieldset_add_all(spl_fieldset *set)
{
    set->all = true;
    set->patterns.len = 0;
    forget(&set->names);
    forget(&set->except);
}

void spl_fieldset_add_set(spl_fieldset *set, const spl_fieldset *other)
{
    /* A field is left out of the union only if neither has it. */
    weed(&set->except, is_in, other);
    set->defaults |= other->defaults;
    if (set->all) return;
    if (other->all) {
        spl_fieldset merged;
        spl_fieldset_init(&merged, set->arena, set->fields);
        merged.all = true;
        merged.defaults = set->defaults;
        for (size_t i = 0; i < other->except.len; i++)
            if (!spl_fieldset_has(set, other->except.data[i]))
                append(&merged.except, set->arena, other->except.data[i]);
        *set = merged;
        return;
    }
    for (size_t i = 0; i < other->except.len; i++)
        if (!spl_fieldset_has(set, other->except.data[i]) && !listed(&set->except, other->except.data[i]))
            append(&set->except, set->arena, other->except.data[i]);
    for (size_t i = 0; i < other->names.len; i++)
        if (!listed(&set->names, other->names.data[i])) append(&set->names, set->arena, other->names.data[i]);
    for (size_t i = 0; i < other->patterns.len; i++) {
        size_t at = 0;
        while (at < set->patterns.len && !spl_str_eq(set->patterns.data[at], other->patterns.data[i])) at++;
        if (at == set->patterns.len)
            SPL_PUSH(set->arena, &set->patterns, spl_str_copy(set->arena, other->patterns.data[i]));
    }
}

void spl_fieldset_remove(spl_fieldset *set, spl_field field)
{
    if (spl_is_default_field(field)) set->defaults &= ~(1u << (field - SPL_F_LINECOUNT));
    take_out(&set->names, field);
    if (!set->all && !matches_pattern(set, field)) return;
    if (!listed(&set->except, field)) append(&set->except, set->arena, field);
}

bool spl_fieldset_names(const spl_fieldset *set, spl_field field)
{
    return listed(&set->names, field);
}

bool spl_fieldset_has(const spl_fieldset *set, spl_field field)
{
    if (listed(&set->names, field)) return true;
    if ((!set->all && !set->patterns.len) || listed(&set->except, field)) return false;
    return set->all || matches_pattern(set, field);
}

spl_field spl_fieldset_find(const spl_fieldset *set, spl_str name)
{
    spl_field field;

    if (!spl_fieldset_finite(set))
        field = spl_field_of(set->fields, name);
    else if (!spl_field_known(set->fields, name, &field))
        return SPL_NO_FIELD;
    return spl_fieldset_has(set, field) ? field : SPL_NO_FIELD;
}

bool spl_fieldset_finite(const spl_fieldset *set)
{
    return !set->all && !set->patterns.len;
}
