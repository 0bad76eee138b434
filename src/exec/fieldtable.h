/* fieldtable.h -- something for each field met in the data: counts, values, maps. In an arena, items in the order in
 * which their fields were first met. */
#ifndef SPL_EXEC_FIELDTABLE_H
#define SPL_EXEC_FIELDTABLE_H

#include "exec/bind.h"

typedef struct spl_fieldtable {
    spl_arena *arena;
    size_t item; /* bytes of one */
    SPL_VEC(spl_field) fields;
    SPL_VEC(void *) items;
    uint32_t *by_field; /* index + 1 */
    size_t cap;
} spl_fieldtable;

static inline spl_fieldtable spl_fieldtable_in(spl_arena *arena, size_t item)
{
    return (spl_fieldtable){.arena = arena, .item = item};
}
static inline void *spl_fieldtable_get(const spl_fieldtable *table, spl_field field) /* NULL where absent */
{
    return field < table->cap && table->by_field[field] ? table->items.data[table->by_field[field] - 1] : NULL;
}
/* The item, zeroed when new. */
void *spl_fieldtable_put(spl_fieldtable *table, spl_field field);
/* The indices of the items in the order of their names. */
uint32_t *spl_fieldtable_sorted(const spl_fieldtable *table, const spl_fields *fields, spl_arena *arena);

/* --- what commands over all or some fields share ---------------------------------------------------------------- */

/* The names or patterns among the arguments; none stands for all but internal fields. */
typedef struct spl_fieldlist {
    spl_str *names;
    size_t count;
} spl_fieldlist;
bool spl_fieldlist_bind(spl_binder *binder, const spl_node *stage, spl_fieldlist *list);
bool spl_fieldlist_has(const spl_fieldlist *list, const spl_fields *fields, spl_field field);

/* --- numbers -------------------------------------------------------------------------------------------------------
 */

typedef SPL_VEC(double) spl_doubles;
void spl_doubles_sort(spl_doubles *values);
/* Between two ranks in proportion, as exactperc. SORTED and not empty. */
double spl_doubles_quantile(const spl_doubles *sorted, double share);
/* Rounded to PLACES decimals. */
double spl_round_to(double number, int places);

#endif
