/* noop.c -- an argument for Splunk's optimiser; the results stay as they are. */
#include "exec/bind.h"

SPL_COMMAND(noop, .summary = "Sets switches of Splunk's optimiser; changes nothing.",
            .syntax = "noop [<name>=<value>] …",
            .example = "| makeresults | noop search_optimization=false | eval a=1 | table a", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS | SPL_OWN_OPTIONS,
            .options = (const spl_option[]){{.name = "*", .takes = "switches"}, {0}}, .op_size = sizeof(spl_op),
            .map = spl_op_pass);
