/* kvform.c -- extracts with form templates of apps, which are not read. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(
    kvform, .summary = "Extracts fields by form templates.", .syntax = "kvform [form=<name>] [field=<field>]",
    .refusal =
        "Form templates (.form files) are not read. rex extracts with a regular expression, extract with delimiters.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
