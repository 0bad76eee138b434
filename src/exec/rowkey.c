/* rowkey.c -- rows' values as bytes that are equal when the values are. */
#include "exec/rowkey.h"

#include "base/num.h"

/* Length before text, so that no two lists of values give the same bytes. */
static void add_single(spl_buf *key, spl_value value)
{
    char number[SPL_NUM_MAX];
    spl_str text = value.kind == SPL_KIND_NUMBER
                       ? spl_str_cut(number, spl_num_write(number, value.as.number, value.digits))
                       : spl_value_str(value);
    uint32_t len = (uint32_t)text.len;
    spl_buf_add(key, spl_str_cut((const char *)&len, sizeof len));
    spl_buf_add(key, text);
}

void spl_rowkey_add(spl_buf *key, spl_value value)
{
    uint32_t count = spl_value_count(value);
    if (count != 1) {
        uint32_t mark = UINT32_MAX;
        spl_buf_add(key, spl_str_cut((const char *)&mark, sizeof mark));
        spl_buf_add(key, spl_str_cut((const char *)&count, sizeof count));
    }
    for (uint32_t i = 0; i < count; i++) add_single(key, spl_value_at(value, i));
}

bool spl_rowkey_of(spl_buf *key, const spl_batch *batch, uint32_t row, const spl_field *fields, size_t count)
{
    spl_buf_clear(key);
    for (size_t f = 0; f < count; f++) {
        spl_value value = spl_batch_get(batch, row, fields[f]);
        if (spl_is_null(value)) return false;
        spl_rowkey_add(key, value);
    }
    return true;
}
