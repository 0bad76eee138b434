/* registry.c -- finding descriptors by name. The tables are short and searched at bind only, so the search is plain. */
#include "registry.h"
#include "base/num.h"

static bool is_called(spl_str name, const char *own, const char *const *aliases)
{
    if (spl_str_iis(name, own)) return true;
    for (; aliases && *aliases; aliases++)
        if (spl_str_iis(name, *aliases)) return true;
    return false;
}

const spl_command *spl_command_find(spl_str name)
{
    for (const spl_command *const *at = spl_commands; *at; at++)
        if (is_called(name, (*at)->name, (*at)->aliases)) return *at;
    return NULL;
}

const spl_function *spl_function_find(spl_str name)
{
    for (const spl_function *const *at = spl_functions; *at; at++)
        if (is_called(name, (*at)->name, (*at)->aliases)) return *at;
    return NULL;
}

const spl_aggregate *spl_aggregate_find(spl_str name, double *parameter)
{
    size_t letters = name.len;
    spl_str number;
    double value;

    if (parameter) *parameter = 0;
    for (const spl_aggregate *const *at = spl_aggregates; *at; at++)
        if (!(*at)->numbered && is_called(name, (*at)->name, (*at)->aliases)) return *at;
    while (letters && (spl_is_digit(name.data[letters - 1]) || name.data[letters - 1] == '.')) letters--;
    number = spl_str_sub(name, letters, name.len);
    if (!number.len || !spl_is_digit(number.data[0]) || !spl_num_parse(number, &value)) return NULL;
    for (const spl_aggregate *const *at = spl_aggregates; *at; at++) {
        if ((*at)->numbered && is_called(spl_str_sub(name, 0, letters), (*at)->name, (*at)->aliases)) {
            if (parameter) *parameter = value;
            return *at;
        }
    }
    return NULL;
}
