/* writer.c -- finding a writer by name. */
#include "writers/writer.h"

const spl_writer *spl_writer_find(spl_str name)
{
    for (const spl_writer *const *at = spl_writers; *at; at++)
        if (spl_str_iis(name, (*at)->name)) return *at;
    return NULL;
}
