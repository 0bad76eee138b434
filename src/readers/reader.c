/* reader.c -- finding a reader by name. */
#include "readers/reader.h"

const spl_reader *spl_reader_find(spl_str name)
{
    for (const spl_reader *const *at = spl_readers; *at; at++)
        if (spl_str_iis(name, (*at)->name)) return *at;
    return NULL;
}
