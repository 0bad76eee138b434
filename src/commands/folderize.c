/* folderize.c -- names groups of results by a common head. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(
    folderize, .summary = "Groups values under the heads that they share.",
    .syntax = "folderize attr=<field> [sep=<text>] [size=<field>] [minfolders=<int>] [maxfolders=<int>]",
    .refusal = "It serves a server's own menus. Use rex or split() to take the head of a value, then stats by it.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
