#!/bin/sh
# usage: tools/layers.sh
# A source file includes only what lies in its own layer or below:
#   base < diag < data, lang, registry < expr < exec, readers, knowledge < functions, aggregates, commands, writers, run < cli
# exec/query.h and exec/bind.h are what a query hands down to whatever binds or evaluates: expr includes them too;
# and what needs all of the engine goes through spl.h, which only cli does.
cd "$(dirname "$0")/.." || exit 1
exec awk '
BEGIN {
    split("base 0 diag 1 data 2 lang 2 registry.h 2 expr 4 exec 5 readers 5 knowledge 5 spl.h 6 run 6 functions 6 aggregates 6 commands 6 writers 6 run 6 cli 7", t, " ")
    for (i = 1; i in t; i += 2) rank[t[i]] = t[i + 1]
}
FNR == 1 { split(FILENAME, part, "/"); own = part[2] ~ /\.c$/ ? "registry.h" : part[2] }
/^#include "/ {
    split($2, quoted, "\""); split(quoted[2], to, "/")
    if (quoted[2] == "exec/query.h" || quoted[2] == "exec/bind.h") to[1] = "expr"
    if (!(to[1] in rank)) {
        if (quoted[2] !~ /^spl_(parser|scanner)\.h$/) { print FILENAME ":" FNR ": include \"" quoted[2] "\" is not by path from src"; bad = 1 }
    } else if (own in rank && rank[to[1]] > rank[own]) {
        print FILENAME ":" FNR ": " own " includes \"" quoted[2] "\" of a layer above"; bad = 1
    }
}
END { exit bad }' $(find src -name '*.[ch]' | sort)
