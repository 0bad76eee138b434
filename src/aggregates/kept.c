/* kept.c -- see kept.h: without the room of its own, a first() over a file that is read from its oldest end would copy
 * every event's value into an arena that forgets nothing. */
#include "aggregates/kept.h"

#include "exec/spool.h"

void spl_kept_set(spl_kept *kept, spl_arena *arena, spl_value value)
{
    if (value.kind == SPL_KIND_TEXT) {
        if (value.len > kept->cap) {
            kept->cap = value.len < 16 ? 32 : value.len * 2 > value.len ? value.len * 2 : value.len;
            kept->room = spl_alloc(arena, kept->cap);
        }
        if (value.len) memcpy(kept->room, value.as.text, value.len);
        value.as.text = value.len ? kept->room : "";
    }
    kept->value = value;
}

void spl_kept_save(const spl_kept *kept, spl_buf *out)
{
    spl_save_value(out, kept->value);
}

bool spl_kept_load(spl_kept *kept, spl_arena *arena, spl_str *in)
{
    if (!spl_load_value(arena, in, &kept->value)) return false;
    kept->room = NULL;
    kept->cap = 0;
    return true;
}
