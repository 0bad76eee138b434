/* found.c -- see found.h. */
#include "exec/found.h"

#include "base/map.h"

typedef struct slot {
    spl_field field; /* SPL_NO_FIELD: not needed */
    bool used;
    SPL_VEC(spl_value) values; /* in the batch's arena */
} slot;

struct spl_found {
    spl_op *op;
    spl_map names; /* -> slot */
    bool finite;
    SPL_VEC(slot *) used; /* in the state's arena */
    slot unwanted;
};

spl_found *spl_found_new(spl_op *op)
{
    spl_found *found = SPL_NEW(op->state, spl_found);

    found->op = op;
    found->names = spl_map_in(op->state);
    found->finite = spl_fieldset_finite(&op->needed);
    found->unwanted.field = SPL_NO_FIELD;
    for (size_t i = 0; found->finite && i < op->needed.names.len; i++) {
        slot *s = SPL_NEW(op->state, slot);
        s->field = op->needed.names.data[i];
        spl_map_set(&found->names, spl_field_name(op->query->fields, s->field), s);
    }
    return found;
}

static slot *slot_of(spl_found *found, spl_str name)
{
    slot *s = spl_map_get(&found->names, name);

    if (s) return s;
    if (found->finite || !name.len) return &found->unwanted;
    s = SPL_NEW(found->op->state, slot);
    s->field = spl_field_of(found->op->query->fields, name);
    if (!spl_fieldset_has(&found->op->needed, s->field)) s->field = SPL_NO_FIELD;
    spl_map_set(&found->names, name, s);
    return s;
}

bool spl_found_wants(spl_found *found, spl_str name)
{
    return slot_of(found, name)->field != SPL_NO_FIELD;
}

void spl_found_add(spl_found *found, spl_arena *arena, spl_str name, spl_value value, bool join)
{
    slot *s = slot_of(found, name);

    if (s->field == SPL_NO_FIELD || spl_is_null(value)) return;
    if (!s->used) {
        s->used = true;
        s->values.data = NULL;
        s->values.len = s->values.cap = 0;
        SPL_PUSH(found->op->state, &found->used, s);
    } else if (!join) {
        return;
    }
    for (uint32_t i = 0; i < spl_value_count(value); i++) SPL_PUSH(arena, &s->values, spl_value_at(value, i));
}

void spl_found_put(spl_found *found, spl_batch *batch, uint32_t row, bool keep)
{
    for (size_t i = 0; i < found->used.len; i++) {
        slot *s = found->used.data[i];
        s->used = false;
        if (s->field == SPL_F_RAW || s->field == SPL_F_TIME) continue;
        if (keep && !spl_is_null(spl_batch_get(batch, row, s->field))) continue;
        spl_batch_set(batch, row, s->field, spl_multi_of(batch->arena, s->values.data, s->values.len));
    }
    found->used.len = 0;
}
