# Events cut by settings of apps over files, pipes, stretches and threads; encodings; bounds; what explain tells.
. "$ROOT/tests/cli/lib.sh"
app=$ROOT/fixtures/apps/lab_breaks
run() { expect 0 "$SPL" run --no-builtin --app "$app" "$@"; }

# however the text comes, and in whatever stretches, the events are the same
awk 'BEGIN { for (i = 0; i < 40000; i++) { printf "{\"n\":%d,\n \"user\":\"u%d\"", i, i % 97;
    for (k = 0; k < i % 7; k++) printf ",\n \"k%d\":\"xxxxxxxxxx\"", k; printf "}\r\n" } }' >objects.log
for threads in 1 2; do
    for search in '* | eval l=len(_raw) | stats count sum(l) dc(n)' 'u42 | stats count sum(n)' 'user=u42 | table n'; do
        run --sourcetype brk:objects --threads $threads -f csv -e "$search" objects.log
        mv out file.csv
        "$SPL" run --no-builtin --app "$app" --sourcetype brk:objects --threads $threads -f csv -e "$search" - <objects.log >out
        cmp -s out file.csv || fail "\"$search\" differs over standard input"
        cat objects.log | "$SPL" run --no-builtin --app "$app" --sourcetype brk:objects --threads $threads -f csv -e "$search" - >out
        cmp -s out file.csv || fail "\"$search\" differs over a pipe"
        [ "$search" = 'user=u42 | table n' ] && [ "$(grep -c . file.csv)" = 413 ] || has file.csv ,
        head -1 file.csv | grep -q 'sum(l)' && has file.csv '40000,'
    done
done
run --sourcetype brk:line -f csv -e '* | stats count' objects.log
has out 40000 # an object over several lines is no plain text: settings that only repeat the default leave it whole

# an event larger than a block of a pipe
awk 'BEGIN { print "{\"a\":1,"; for (i = 0; i < 60000; i++) print "\"some text of a line\","; print "\"z\":2}"; print "{\"a\":2}" }' >large.log
cat large.log | "$SPL" run --no-builtin --app "$app" --sourcetype brk:objects -e '* | stats count max(a) AS m' - >out
has out '{"count":2,"m":2}'

# encodings, by --sourcetype and by [source::…], of a file and of a pipe
printf 'x=caf\351 y=2\n' >latin.log
run --sourcetype brk:latin -e '* | table x y' latin.log
has out '{"x":"café","y":"2"}'
cat latin.log | "$SPL" run --no-builtin --app "$app" --sourcetype brk:latin -e '* | table x y' - >out
has out '{"x":"café","y":"2"}'
run --sourcetype brk:auto -e '* | table x' latin.log
has out 'café'
run --sourcetype brk:utf8 -e '* | table x' latin.log
has out '{"x":"caf\\xE9"}'
run --sourcetype brk:utf8 -e 'x="caf\\xE9" | stats count' latin.log
has out '{"count":1}'
run --sourcetype brk:no_charset -e '* | table y' latin.log
has out '{"y":"2"}'
has err 'KLINGON-1'
printf 'x=1\n' | iconv -t UTF-16LE >wide.log
for sourcetype in brk:utf16 brk:auto; do
    run --sourcetype $sourcetype -e '* | table x' wide.log
    has out '{"x":"1"}'
done
printf '\223\372\226\173=1 \201\n' >sjis.log
run --sourcetype brk:sjis -e '* | table _raw' sjis.log
has out '日本=1 \\x81'
printf '{"a":1}\n' >wide.json
iconv -t UTF-16LE wide.json | "$SPL" run --no-builtin --app "$app" --sourcetype brk:utf16 -e '* | table a' - >out
has out '{"a":"1"}'
printf '{"a":1,\n"b":2}\n{"a":2}\n' >of.assigned.log
run -e '* | stats count by sourcetype' of.assigned.log
has out '{"sourcetype":"brk:objects","count":2}'

# an expression that runs away
awk 'BEGIN { printf "\n"; for (i = 0; i < 60; i++) printf "a"; printf "\n" }' >endless.log
expect 4 "$SPL" run --no-builtin --app "$app" --sourcetype brk:endless -e '* | stats count' endless.log
has err 'takes more steps than allowed'

# which settings count
expect 0 "$SPL" explain --no-builtin --app "$app" --sourcetype brk:format -e '* | stats count' latin.log
has out "BREAK_ONLY_BEFORE_DATE, $app/default/props.conf:"
has out "TIME_FORMAT, $app/default/props.conf:"

# --limits splunk: the documented defaults, unless an app sets others
awk 'BEGIN { printf "START"; for (i = 0; i < 12000; i++) printf "x"; printf "\n"; for (i = 0; i < 300; i++) print "line " i }' >long.log
run --sourcetype brk:before --limits splunk -e '* | rex "(?<line>[^\n]*)" | eval l=len(line) | stats count max(l) AS l' long.log
has out '{"count":2,"l":10000}'
has err TRUNCATE
run --sourcetype brk:before -e '* | rex "(?<line>[^\n]*)" | eval l=len(line) | stats count max(l) AS l' long.log
has out '{"count":1,"l":12005}'
run --sourcetype brk:whole --limits splunk -e '* | eval l=len(_raw) | stats count max(l) AS l' long.log
has out '{"count":301,"l":12005}'

# many searches at once: rules that rewrite text are heeded by tests on raw bytes
printf 'event {"user":"amy"}\nevent {"user":"bob"}\n' >two.log
mkdir searches
printf 'user=amy' >searches/a.spl
printf '"event"' >searches/b.spl
expect 0 "$SPL" hunt --no-builtin --app "$app" --sourcetype brk:prefixed searches -- two.log
cat out err >both
has both '1 fired, 1 silent'
# copies of events (CLONE_SOURCETYPE) come the same in any number of threads and out of a pipe
awk 'BEGIN { for (i = 0; i < 30000; i++) printf "2024-05-14T09:%02d:%02dZ u%d@lab password=secret key=%d\n", i / 600 % 60, i % 60, i, i }' >clone.log
for search in '* | table _time sourcetype _raw index later key' '* | stats count min(_time) max(_time) list(key) by sourcetype' \
    'later=yes key<50 | head 20 | table _time sourcetype key'; do
    for threads in 1 3; do
        expect 0 "$SPL" run -j $threads --tz UTC --app "$ROOT/fixtures/apps/lab_ingest" --sourcetype lab:clone -e "$search" clone.log
        [ $threads = 1 ] && cp out one
        cmp -s one out || fail "$search: $threads threads give other rows"
    done
    "$SPL" run --tz UTC --app "$ROOT/fixtures/apps/lab_ingest" --sourcetype lab:clone -e "$search" - <clone.log >out 2>err
    cmp -s one out || fail "$search: a pipe gives other rows"
done
[ "$(wc -l <one)" = 20 ] || fail 'later=yes finds nothing'

# a time of day alone is of the day when the file was changed last (Getting Data In, "How timestamp assignment works")
mkdir -p ofday/default
printf '[lab:ofday]\nSHOULD_LINEMERGE = false\nTIME_FORMAT = %%H:%%M:%%S\n' >ofday/default/props.conf
printf '17:00:00 x\n' >ofday.log
touch -d '2024-03-08 20:00:00 UTC' ofday.log
expect 0 "$SPL" run --tz UTC --app ofday --sourcetype lab:ofday -e '* | table _time' ofday.log
has out '{"_time":1709917200}'

done_
