/* fieldtable.c -- see fieldtable.h. */
#include "exec/fieldtable.h"

#include <math.h>
#include <stdlib.h>

void *spl_fieldtable_put(spl_fieldtable *table, spl_field field)
{
    void *item = spl_fieldtable_get(table, field);

    if (item) return item;
    if (field >= table->cap) {
        size_t cap = table->cap ? table->cap : 64;
        uint32_t *grown;

        while (cap <= field) cap *= 2;
        grown = SPL_NEW_ARRAY(table->arena, cap, uint32_t);
        if (table->cap) memcpy(grown, table->by_field, table->cap * sizeof *grown);
        table->by_field = grown;
        table->cap = cap;
    }
    item = spl_calloc(table->arena, 1, table->item);
    SPL_PUSH(table->arena, &table->items, item);
    SPL_PUSH(table->arena, &table->fields, field);
    table->by_field[field] = (uint32_t)table->items.len;
    return item;
}

typedef struct named {
    spl_str name;
    uint32_t index;
} named;

static int by_name(const void *a, const void *b)
{
    return spl_str_cmp(((const named *)a)->name, ((const named *)b)->name);
}

uint32_t *spl_fieldtable_sorted(const spl_fieldtable *table, const spl_fields *fields, spl_arena *arena)
{
    size_t n = table->fields.len;
    named *list = SPL_NEW_ARRAY(arena, n + 1, named);
    uint32_t *order = SPL_NEW_ARRAY(arena, n + 1, uint32_t);

    for (size_t i = 0; i < n; i++) list[i] = (named){spl_field_name(fields, table->fields.data[i]), (uint32_t)i};
    if (n) qsort(list, n, sizeof *list, by_name);
    for (size_t i = 0; i < n; i++) order[i] = list[i].index;
    return order;
}

bool spl_fieldlist_bind(spl_binder *binder, const spl_node *stage, spl_fieldlist *list)
{
    spl_node_vec nodes = {0};

    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &nodes)) return false;
    list->names = SPL_NEW_ARRAY(binder->arena, nodes.len + 1, spl_str);
    list->count = nodes.len;
    for (size_t i = 0; i < nodes.len; i++) {
        list->names[i] = nodes.data[i]->text;
        spl_bind_reads_name(binder, nodes.data[i]->text);
    }
    if (!nodes.len) spl_bind_reads_all(binder);
    return true;
}

bool spl_fieldlist_has(const spl_fieldlist *list, const spl_fields *fields, spl_field field)
{
    if (!list->count) return !spl_field_internal(fields, field);
    return spl_pattern_any(list->names, list->count, spl_field_name(fields, field));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void spl_doubles_sort(spl_doubles *values)
{
    if (values->len) qsort(values->data, values->len, sizeof *values->data, ascending);
}

double spl_doubles_quantile(const spl_doubles *sorted, double share)
{
    double at = share * (double)(sorted->len - 1);
    size_t low = (size_t)at;
    double part = at - (double)low;

    if (low + 1 >= sorted->len) return sorted->data[sorted->len - 1];
    if (part == 0) return sorted->data[low];
    return sorted->data[low] * (1 - part) + sorted->data[low + 1] * part;
}

double spl_round_to(double number, int places)
{
    double scale = pow(10, places);
    return round(number * scale) / scale;
}
