#!/bin/bash
# usage: bench/run.sh [-s] [DIR]   Measures build/spl against other programs on the same data and prints a table of ratios.
#
# DIR (default /tmp/bench) holds the data, which bench/gen.py makes where it is missing: 1 GB of each form and 2 GB for the
# measurement of memory (6 GB in all with -s left out). -s: speed only. Needs hyperfine and ripgrep (Debian), python3, and
# for one row DuckDB, which npm installs in DIR (skipped where there is no npm or no network).
#
# Two threads; the page cache is warm; each pair of commands is run side by side in one hyperfine call.
set -e
speed_only=
if [ "$1" = -s ]; then speed_only=1; shift; fi
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
dir=${1:-/tmp/bench}
spl=${SPL:-$top/build/spl}
runs=${RUNS:-5}
mkdir -p "$dir"
for tool in hyperfine rg python3; do
    command -v $tool >/dev/null || { echo "bench: $tool is not installed" >&2; exit 2; }
done
[ -x "$spl" ] || { echo "bench: $spl is not built: cmake --preset release && cmake --build build" >&2; exit 2; }

for form in text json xml; do
    [ -f "$dir/$form.1g" ] || { python3 "$here/gen.py" $form 1e9 >"$dir/$form.part" && mv "$dir/$form.part" "$dir/$form.1g"; }
    [ -n "$speed_only" ] || [ -f "$dir/$form.2g" ] || cat "$dir/$form.1g" "$dir/$form.1g" >"$dir/$form.2g"
    cat "$dir/$form.1g" >/dev/null
done

subscription=$(ls "$top"/queries/*wmi_permanent_event_subscription*.spl 2>/dev/null | head -1)
[ -n "$subscription" ] || subscription=$(grep -ls 'wmi_permanent_event_subscription_filter' "$top"/queries/* | head -1)
[ -n "$subscription" ] || { echo "bench: the permanent-subscription search is not in queries/" >&2; exit 2; }

duck=
if [ -z "$NO_DUCKDB" ] && command -v npm >/dev/null; then
    mkdir -p "$dir/duckdb"
    cp "$here/duckdb.mjs" "$dir/duckdb/run.mjs"
    if [ -d "$dir/duckdb/node_modules/@duckdb/node-api" ] ||
        (cd "$dir/duckdb" && npm install --silent --no-fund --no-audit @duckdb/node-api >/dev/null 2>&1); then duck=1; fi
fi

# Words quoted as hyperfine splits them.
q() { printf "'%s' " "${@//\'/\'\\\'\'}"; }

# The times of two commands, median seconds: "A B".
pair() {
    hyperfine -N --warmup 1 --runs "$runs" --export-json "$dir/out.json" "$1" "$2" >/dev/null 2>"$dir/err" ||
        { cat "$dir/err" >&2; echo "0 0"; return; }
    python3 -c 'import json,sys; print(*("%.4f" % r["median"] for r in json.load(open(sys.argv[1]))["results"]))' "$dir/out.json"
}
row() { # work, our time, other's time, other's name, to reach
    awk -v w="$1" -v a="$2" -v b="$3" -v o="$4" -v t="$5" 'BEGIN {
        if (a <= 0 || b <= 0) { printf "| %s | failed | | %s | | %s |\n", w, o, t; exit }
        printf "| %s | %.3f s | %.3f s | %s | **%.2f** | %s%s |\n", w, a, b, o, a / b, t, a / b <= t ? "" : " (not reached)" }'
}
run() { # work, file, search arguments …, --, other's command, to reach
    local work=$1 file=$2 args=() times
    shift 2
    while [ "$1" != -- ]; do args+=("$1"); shift; done
    times=$(pair "$(q "$spl" run -j 2 --tz UTC -o /dev/null "${args[@]}" "$file")" "$2")
    row "$work" ${times% *} ${times#* } "$2" "$3"
}

echo "| work, over 1 GB | spl | other | other's command | ratio | to reach |"
echo "| --- | --- | --- | --- | --- | --- |"
run "permanent-subscription search, text" "$dir/text.1g" "$subscription" -- "rg -c Binding $dir/text.1g" 1.5
run "permanent-subscription search, JSON" "$dir/json.1g" "$subscription" -- "rg -c Binding $dir/json.1g" 2
if [ -n "$duck" ]; then
    (cd "$dir/duckdb" && node run.mjs "$dir/json.1g" "$runs") >"$dir/duck.out" 2>"$dir/err" || cat "$dir/err" >&2
    times=$(pair "$(q "$spl" run -j 2 -o /dev/null -e '* | stats count by EventID, Channel' "$dir/json.1g")" "rg -c Binding $dir/json.1g")
    row "\`* \\| stats count by EventID, Channel\`, JSON" "${times% *}" "$(cat "$dir/duck.out")" "DuckDB read_json, 2 threads (the query alone)" 0.6
else
    echo "| \`* \\| stats count by EventID, Channel\`, JSON | | | DuckDB is not there: skipped | | 0.6 |"
fi
run "\`EventCode=1 \\| stats count by Computer, ParentImage\`, XML" "$dir/xml.1g" \
    -e 'EventCode=1 | stats count by Computer, ParentImage' -- "rg -c <EventID>1< $dir/xml.1g" 3
run "\`* \\| stats dc(ProcessGuid) values(User) avg(ProcessId) by Image\`, XML" "$dir/xml.1g" \
    -e '* | stats dc(ProcessGuid) values(User) avg(ProcessId) by Image' -- "rg -c <EventID>1< $dir/xml.1g" 6
run "\`* \\| head 5\`, newest first, JSON" "$dir/json.1g" -e '* | head 5' -- "rg -c Binding $dir/json.1g" 3
run "\`* \\| table _time Image\`, newest first, XML" "$dir/xml.1g" -e '* | table _time Image' -- "rg -c <EventID>1< $dir/xml.1g" 15
hyperfine -N --warmup 3 --runs 50 --export-json "$dir/out.json" "$(q "$spl" run -o /dev/null -e '| makeresults')" >/dev/null 2>&1
python3 -c 'import json,sys; m = json.load(open(sys.argv[1]))["results"][0]["median"] * 1000
print("| start-up: \x27| makeresults\x27 | %.1f ms | | | | 10 ms%s |" % (m, "" if m < 10 else " (not reached)"))' "$dir/out.json"

[ -z "$speed_only" ] || exit 0
echo
echo "| highest RssAnon, MB | mapped, 1 GB | mapped, 2 GB | stdin, 1 GB | stdin, 2 GB | to reach |"
echo "| --- | --- | --- | --- | --- | --- |"
memory() { # work, form, search arguments …
    local work=$1 form=$2 cells=
    shift 2
    for size in 1g 2g; do cells+=" $(python3 "$here/rss.py" "$dir/$form.$size" "$spl" run -j 2 --tz UTC -o /dev/null "$@") |"; done
    for size in 1g 2g; do cells+=" $(python3 "$here/rss.py" - "$dir/$form.$size" "$spl" run -j 2 --tz UTC -o /dev/null "$@") |"; done
    echo "| $work |$cells 100 |"
}
memory "permanent-subscription search, text" text "$subscription"
memory "permanent-subscription search, JSON" json "$subscription"
memory "\`* \\| stats count by EventID, Channel\`" json -e '* | stats count by EventID, Channel'
memory "\`EventCode=1 \\| stats …\`" xml -e 'EventCode=1 | stats count by Computer, ParentImage'
memory "\`* \\| stats dc(ProcessGuid) …\`" xml -e '* | stats dc(ProcessGuid) values(User) avg(ProcessId) by Image'
memory "\`* \\| head 5\`" json -e '* | head 5'
memory "\`* \\| table _time Image\`" xml -e '* | table _time Image'
