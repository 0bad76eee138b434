# Input that is missing, cut, or no text; searches that cannot run; bounds; interrupts.
. "$ROOT/tests/cli/lib.sh"

# files and folders
expect 3 "$SPL" run -e '* | stats count' missing.log
has err 'could not read "missing.log": No such file or directory [io]'
ln -s nowhere dangling.log
expect 3 "$SPL" run -e '* | stats count' dangling.log
has err 'could not read "dangling.log"'
mkdir folder
ln -s ../nowhere folder/dangling.log
expect 3 "$SPL" run -e '* | stats count' folder
has err 'could not read "folder/dangling.log"'
if [ -e /proc/self/mem ]; then
    expect 3 "$SPL" run -e '* | stats count' /proc/self/mem
    has err 'could not read "/proc/self/mem"'
fi
mkdir empty
expect 3 "$SPL" run -e '* | stats count' empty
has err 'the folder "empty" holds no files'
mkdir no_events
printf '\n \n' >no_events/a.log
: >no_events/b.log
expect 0 "$SPL" run -e '* | stats count' no_events
printf '{"count":0}\n' | same out
printf 'x' | gzip -c | head -c 15 >cut.log.gz
expect 3 "$SPL" run -e '* | stats count' cut.log.gz
has err 'cut.log.gz'

# a truncated last line: the event is there, and said
printf '{"a":1}\n{"a":2' >cut.json
expect 0 "$SPL" run -e '* | table a _raw' cut.json
printf '%s\n' '{"a":"2","_raw":"{\"a\":2"}' '{"a":"1","_raw":"{\"a\":1}"}' | same out
has err 'an event of "cut.json" is not valid JSON: what could be read of it was kept [damaged-event]'
has err 'The first one seen begins at byte 8.'
printf 'a,b\n1,2\n3' >cut.csv
expect 0 "$SPL" run -e '* | table a b' cut.csv
printf '%s\n' '{"a":"3","b":null}' '{"a":"1","b":"2"}' | same out
has err 'an event of "cut.csv" has more or fewer cells than the header'
printf '{"a":"1"}\n{"a":"2"' >cut.ndjson
expect 0 "$SPL" run --records -e '* | table a' cut.ndjson
has err 'an event of "cut.ndjson" is no JSON object'
printf '2020-01-01 00:00:00 x=1\n2020-01-01 00:00:01 x=2' >cut.log
expect 0 "$SPL" run --tz UTC -e '* | table x' cut.log
printf '{"x":"2"}\n{"x":"1"}\n' | same out

# each is counted once, whether the first search reads its fields or not, in any number of threads
seq 500 | sed 's/.*/{"a":&}\n{"a":&,"b":/' >bad.json
for j in 1 4; do
    expect 0 "$SPL" run -j $j -e 'a<100 | stats count(_raw) dc(c)' bad.json
    has err '[damaged-event] (500 times)'
    expect 0 "$SPL" run -j $j -e '* | stats count(a)' bad.json
    has err '[damaged-event] (500 times)'
done

# the first event is longer than the head by which its file is recognised
{ printf '{"a":"'; head -c 200000 /dev/zero | tr '\0' x; printf '","b":1}\n{"b":2}\n'; } >long.json
expect 0 "$SPL" run -e '* | table b' long.json
printf '%s\n' '{"b":"2"}' '{"b":"1"}' | same out
[ ! -s err ] || fail 'a whole event is told as damaged'

# an XML event cut in half, at its end, at its begin and in the middle of the file
event() { printf '<Event><System><EventID>%s</EventID><Computer>h</Computer></System><EventData><Data Name="d">%s</Data></EventData></Event>\n' "$1" "$1"; }
{ event 1; event 2 | head -c 92; } >end.xml
expect 0 "$SPL" run -e '* | table EventCode d' end.xml
printf '%s\n' '{"EventCode":"2","d":null}' '{"EventCode":"1","d":"1"}' | same out
has err 'an event of "end.xml" is cut in half: what is left of it was kept'
{ event 1; event 2 | head -c 92; event 3; } >middle.xml
expect 0 "$SPL" run -e '* | table EventCode d' middle.xml
printf '%s\n' '{"EventCode":"3","d":"3"}' '{"EventCode":"2","d":null}' '{"EventCode":"1","d":"1"}' | same out
{ event 1; event 2; } | tail -c +40 >begin.xml
expect 0 "$SPL" run -e '* | stats count' begin.xml
printf '{"count":2}\n' | same out
has err 'an event of "begin.xml" is cut in half'

# JSON with keys named twice: a multivalue
printf '{"a":1,"b":{"c":"x","c":"y"},"a":"2"}\n' >twice.json
expect 0 "$SPL" run -e '* | table a b.c' twice.json
printf '{"a":["1","2"],"b.c":["x","y"]}\n' | same out
expect 0 "$SPL" run -e 'a=2 b.c=x | stats count' twice.json
printf '{"count":1}\n' | same out

# bytes that are no text: kept as they are in files, shown as U+FFFD in JSON
printf '2020-01-01 00:00:00 x=a\377b\n2020-01-01 00:00:01 x=\303(\n' >invalid.log
expect 0 "$SPL" run --tz UTC -e 'x=a* | eval n=len(x), u=upper(x) | table x n u' invalid.log
printf '{"x":"a\357\277\275b","n":3,"u":"A\357\277\275B"}\n' | same out
expect 0 "$SPL" run --tz UTC -e '* | rex "x=(?<y>\w+.*)" | stats count(y) dc(x)' invalid.log
printf '{"count(y)":1,"dc(x)":2}\n' | same out
printf '{"a":"x\377","\376":"y"}\n' >invalid.json
expect 0 "$SPL" run -f csv -e 'a=x* | table a' invalid.json
printf 'a\nx\377\n' | same out
# NUL bytes
printf '2020-01-01 00:00:00 x=a\000b y=1\n2020-01-01 00:00:01 x=c y=2\n' >nul.log
expect 0 "$SPL" run --tz UTC -e '* | eval n=len(x) | table x n y' nul.log
printf '%s\n' '{"x":"c","n":1,"y":"2"}' '{"x":"a\u0000b","n":3,"y":"1"}' | same out
expect 0 "$SPL" run --tz UTC -e 'x="a*b" | rex field=x "^a(?<z>.)b$" | stats count by x z' nul.log
printf '%s\n' '{"x":"a\u0000b","z":"\u0000","count":1}' | same out
dd if=/dev/zero of=zeros.log bs=1000 count=100 2>/dev/null
expect 0 "$SPL" run -e '* | stats count' zeros.log

# one line of 100 MB, as text, as JSON and from a pipe
head -c 100000000 /dev/zero | tr '\000' x >long.log
echo >>long.log
printf '2020-01-01 00:00:00 y=1\n' >>long.log
expect 0 "$SPL" run -e '* | eval n=len(_raw) | stats count max(n)' long.log
printf '{"count":2,"max(n)":100000000}\n' | same out
expect 0 "$SPL" run -e 'y=1 | stats count' long.log
printf '{"count":1}\n' | same out
"$SPL" run -e '* | eval n=len(_raw) | stats max(n)' - <long.log >out 2>err || fail "long line from a pipe: $(cat err)"
printf '{"max(n)":100000000}\n' | same out
{ printf '{"a":"'; head -c 100000000 /dev/zero | tr '\000' y; printf '","b":2}\n{"a":"z"}\n'; } >long.json
rm long.log
expect 0 "$SPL" run -e 'b=2 | eval n=len(a) | table n b' long.json
printf '{"n":100000000,"b":"2"}\n' | same out
rm long.json

# brackets without an end: of a target, of a regular expression without quotes; a file of many macros
{ printf '| makeresults | eval '; head -c 1000000 /dev/zero | tr '\000' '{'; printf '=1'; } >braces.spl
expect 1 timeout 20 "$SPL" check braces.spl
{ printf '| makeresults | rex '; head -c 1000000 /dev/zero | tr '\000' '('; } >rex.spl
expect 1 timeout 20 "$SPL" check rex.spl
mkdir -p many/default
seq 50000 | sed 's/.*/[m&]\ndefinition = a&=1/' >many/default/macros.conf
expect 0 timeout 20 "$SPL" check --app many -e 'x `m50000`'
# a long list of arguments of a command that stands for others
{ printf '| tstats count by'; seq -f ' x%.0f' 20000; } | tr -d '\n' >tstats.spl
expect 0 timeout 20 "$SPL" run --memory 200M tstats.spl /dev/null

# a NUL byte among the arguments of a command that takes a regular expression
printf '| makeresults | makemv a\000b(c) d' >nul.spl
expect 1 timeout 20 "$SPL" check nul.spl
has err 'unexpected argument "d"'

# deep nesting is no recursion
{ head -c 200000 /dev/zero | tr '\000' '['; head -c 200000 /dev/zero | tr '\000' ']'; echo; } >deep.json
sed -i 's/^/{"a":/;s/$/}/' deep.json
expect 0 "$SPL" run -e '* | stats count' deep.json
printf '{"count":1}\n' | same out
{ printf '| makeresults | eval x='; head -c 100000 /dev/zero | tr '\000' '('; } >deep.spl
expect 1 "$SPL" run deep.spl
{ printf '| makeresults | where '; yes NOT | head -20000 | tr '\n' ' '; printf 'x=1'; } >deep2.spl
"$SPL" check deep2.spl >out 2>err </dev/null
[ $? -le 1 ] || fail "20,000 times NOT: $(cat err)"

# macros
expect 1 "$SPL" run -e '* | `nope`' cut.json
has err 'search:1:5: error: '
has err '[missing-macro]'
has err '--macro'
expect 1 "$SPL" run --macro 'a=`b`' --macro 'b=`a`' -e '* | `a`' cut.json
has err '`a` -> `b` -> `a` [macro-cycle]'
has err 'search:1:5: in macro `a`, used here'

# regular expressions
expect 1 "$SPL" run -e '* | rex "(?<x>[a-"' cut.json
has err 'search:1:9: error: the regular expression is not valid: '
has err '[bad-regex]'
expect 1 "$SPL" run -e '* | regex _raw="(a"' cut.json
has err '[bad-regex]'
expect 1 "$SPL" run -e '* | where match(a,"*")' cut.json
has err '[bad-regex]'

# types
expect 1 "$SPL" run -e '* | eval x=1+"a"' cut.json
has err '[type]'
expect 1 "$SPL" run -e '* | eval x=(a=1)' cut.json
has err '[type]'
has err 'if(condition,"yes","no")'

# bounds: exit status 4, what was reached, and nothing half-written
expect 4 "$SPL" run -e '| makeresults | eval s="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab" | rex field=s "^(?<x>(a+)+)$"'
has err 'the regular expression "^(?<x>(a+)+)$" on a text of 46 bytes takes more steps than allowed'
expect 4 "$SPL" run --memory 20M -o bound.json -e '| makeresults count=3000000 | streamstats count as n | stats values(n)'
has err 'the memory bound of 20 MiB was reached'
has err '--memory'
for size in 600K 700K 800K 900K 1M 2M; do # wherever it is reached, there is room for the words
    expect 4 "$SPL" run --memory $size -e '| makeresults count=300000 | streamstats count as n | stats values(n)'
    has err 'memory'
done
expect 4 timeout 20 "$SPL" run --timeout 0.3 -e '| makeresults | eval s=printf("%099999999d",1), s=replace(s,"(.)","\1\1"), s=replace(s,"(.)","\1")'
has err 'the time bound was reached'
expect 4 timeout 20 "$SPL" run --memory 100M -e '| makeresults | eval s=printf("%.999999999f",1)'
has err 'the memory bound of 100 MiB was reached'
expect 4 "$SPL" run --timeout 0.3 -o bound.json -e '| makeresults count=2000000000 | streamstats count as n | stats dc(n)'
has err 'the time bound was reached'
[ "$(ls -A | grep -c bound)" = 0 ] || fail "a bound left $(ls -A | grep bound)"

# an interrupt leaves the old file as it was, and no other
for signal in INT TERM; do
    echo old >kept.json
    timeout --preserve-status -k 30 -s $signal 0.5 "$SPL" run -f json -o kept.json \
        -e '| makeresults count=2000000000 | eval x=random() | where x>=0' >out 2>err </dev/null
    got=$?
    [ $got -gt 4 ] || fail "$signal: status $got"
    printf 'old\n' | same kept.json
    [ "$(ls -A | grep -c kept)" = 1 ] || fail "$signal left $(ls -A | grep kept)"
done
# what is wrong with a search that map makes is shown at its place in that, and of many rows once
expect 1 "$SPL" run -e '| makeresults | map search="| hed 5"'
has err 'subsearch:1:3: error: unrecognized command "hed"'
has err 'search:1:17: in subsearch, used here'
expect 0 "$SPL" run -e '| makeresults count=3 | map search="| inputlookup strict=f gone.csv"'
has err 'it gives no rows [missing-lookup] (3 times)'
[ "$(grep -c missing-lookup err)" = 1 ] || fail 'the missing lookup is told more than once'

# many keys of a REPORT in one event: all of them, in time that grows with their number
mkdir -p keyed/default
printf '[keyed]\nKV_MODE = none\nREPORT-k = keys\n' >keyed/default/props.conf
printf '[keys]\nREGEX = (\\w+)=(\\d+)\nFORMAT = $1::$2\n' >keyed/default/transforms.conf
seq 0 119999 | sed 's/.*/k&=1/' | tr '\n' ' ' >line
for i in 1 2 3 4 5 6 7 8; do cat line && echo; done >keyed.log
expect 0 timeout 15 "$SPL" run --sourcetype keyed --app keyed -f ndjson -e '* | fields k* | fields k119999' keyed.log
has out '"k119999":"1"'
done_
