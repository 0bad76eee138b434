# spl hunt finds what spl run finds for each search, whatever way its events are read and however many threads there are.
. "$ROOT/tests/cli/lib.sh"
mkdir found
n=0
add() {
    n=$((n + 1))
    printf '%s\n' "$1" >"found/$(printf %02d $n).spl"
}
cp "$ROOT"/queries/*.spl found/
add 'EventCode=4688 | stats count by Computer, NewProcessName'
add '* | stats count by sourcetype'
add 'powershell | stats count values(EventID) first(_time) list(EventID)'
add 'EventID=1 | sort 0 - _time | fields EventID, Image | fields - _raw'
add '* | sort 0 EventID | table EventID _time host'
add '* | eventstats count by EventID | table EventID count | dedup EventID'
add 'EventID=* | head 3 | table _time EventID'
add 'powershell | table _time EventID host'
add '* | dedup EventID | table EventID'
add 'EventID=11 | append [search EventID=1 | stats count by Image] | stats count'
add '* [search EventID=1 | head 1 | fields EventID] | stats count by EventID'
add 'nowhere_to_be_found [search EventID=1 | return EventID] | stats count'
add 'nowhere_to_be_found | stats count'
add 'nowhere_to_be_found | table a'
add 'nowhere_to_be_found | append [| makeresults | eval a=1 | fields a] | table a'
add '| makeresults count=2 | eval a=1 | stats sum(a)'
add '| tstats count where index=* by sourcetype'
add '* | transaction EventID | stats count'
add '* | timechart span=1d count by EventID'
add 'NOT EventID=1 | streamstats count | where count<3 | table count EventID'
add '* | top limit=3 EventID'
add '* | chart count by EventID | where count>2'
add 'EventID=1 | rex "(?<first>[A-Z]\w+)" | stats dc(first)'
add 'earliest=0 latest=1 * | stats count'
data="$ROOT/fixtures/windows"
for one in found/*.spl; do
    "$SPL" run -f ndjson "$one" "$data" >"$one.want" 2>/dev/null </dev/null || fail "$one does not run"
done
same_as_run() { # of the rows in out
    for one in found/*.spl; do
        grep -F "{\"search_name\":\"$one\"" out | sed -e 's/^{"search_name":"[^"]*",*/{/' >"$one.got"
        cmp -s "$one.want" "$one.got" || { fail "$one: $(cat "$one"): hunt $* differs from run"; diff "$one.want" "$one.got" | head -6; }
    done
}
for threads in 1 2 7; do
    expect 0 "$SPL" hunt -j $threads -f ndjson found -- "$data"
    same_as_run -j $threads
done
expect 0 "$SPL" hunt --no-raw-tests -f ndjson found -- "$data"
same_as_run --no-raw-tests
# what apps say of events, at index time and after it; time ranges; --limits splunk
rm -rf found && mkdir found
add 'tag=process | stats count values(process_name) by user'
add 'tag=process tag=report | stats dc(process) first(_time) by parent_process_name'
add '| tstats count min(_time) from datamodel=Endpoint.Processes by Processes.process_name Processes.dest'
add '| tstats count from datamodel=Endpoint.Processes where Processes.process_name="*e.exe" by Processes.user, _time span=1h'
add 'eventtype=* | stats count by eventtype'
add 'source=* sourcetype=* | stats count by sourcetype, source, host, index'
add 'NOT user=* | stats count by EventCode'
add 'EventCode=* date_hour=* | stats count by date_hour, punct | sort 5 - count'
add 'dest=* | stats count list(EventCode) by dest'
add 'earliest=1 latest=1600000000 EventCode=* | stats count min(_time)'
add 'EventCode=* | fields EventCode, user | head 3'
add 'process_name=* | sort 0 - _time | head 4 | table process_name'
for app in addon_windows lab_index lab_ingest; do
    for limits in "" "--limits splunk"; do
        for one in found/*.spl; do
            "$SPL" run -f ndjson $limits --app "$ROOT/fixtures/apps/$app" "$one" "$data" >"$one.want" 2>/dev/null \
                || fail "$one does not run with $app"
        done
        expect 0 "$SPL" hunt -j 2 -f ndjson $limits --app "$ROOT/fixtures/apps/$app" found -- "$data"
        same_as_run --app $app $limits
    done
done
# a pipe is read once, and again by those that run alone
sh -c '"$1" hunt -f ndjson found -- - <"$2/sysmon.xml"' sh "$SPL" "$data" >out 2>err || fail "hunt over a pipe"
for one in found/*.spl; do
    "$SPL" run -f ndjson "$one" - <"$data/sysmon.xml" >"$one.want" 2>/dev/null
done
same_as_run over a pipe
# records keep their order
printf '%s\n' '{"n":3}' '{"n":1}' '{"n":2}' >records.json
rm -rf found && mkdir found
add 'n>1 | table n'
add '* | stats list(n) AS n'
add '* | sort n | head 1'
for one in found/*.spl; do
    "$SPL" run --records -f ndjson "$one" records.json >"$one.want" 2>/dev/null
done
expect 0 "$SPL" hunt --records -f ndjson found -- records.json
same_as_run --records
# many searches that read one extraction: each has its own range of time, and may want what no other wants
rm -rf found && mkdir found
for i in 1 2 3 4 5 6 7 8; do add "n>$i earliest=1000 latest=1500 | stats count by b"; done
add 'latest=1010 | fields b, a | sort 0 a, b'
seq 0 2999 | sed 's/.*/{"_time":&,"n":"&","a":"a&","b":"&x"}/; s/"b":".*\(.\)x"/"b":"\1"/' >timed.json
for one in found/*.spl; do
    "$SPL" run --records -f ndjson "$one" timed.json >"$one.want" 2>/dev/null
    [ -s "$one.want" ] || fail "$one finds nothing"
done
expect 0 "$SPL" hunt -j 2 --records -f ndjson found -- timed.json
same_as_run --records with times
# one wants a field that cannot be taken from an event: the others take the rest of the stretch by themselves
mkdir -p app/default
printf '[slow]\nEXTRACT-slow = ^(?<slow>(a+|aa)+)+$\n' >app/default/props.conf
rm -rf found && mkdir found
for i in 1 2 3 4 5 6 7 8; do add "n>$i | stats count sum(n) by b"; done
{
    seq 0 2999 | sed 's/.*\(.\)$/2024-01-01 00:00:00 n=& b=\1/'
    printf '%060d!\n' 0 | tr 0 a
    seq 3000 5999 | sed 's/.*\(.\)$/2024-01-01 00:00:00 n=& b=\1/'
} >slow.log
for one in found/*.spl; do
    "$SPL" run --sourcetype slow --app app -f ndjson "$one" slow.log >"$one.want" 2>/dev/null
    [ -s "$one.want" ] || fail "$one finds nothing"
done
expect 4 "$SPL" hunt -j 2 --sourcetype slow --app app -f ndjson found -e '* | stats count(slow)' -- slow.log
same_as_run where one fails
has err 'takes more steps than allowed'
has err '9 searches: 8 fired, 0 silent, 1 refused'
# what a bound left out is told of for each search
printf '[kv]\nmaxchars = 28\n' >app/default/limits.conf
expect 0 "$SPL" hunt --limits splunk --sourcetype slow --app app found -- slow.log
[ "$(grep -c 'automatic extraction left fields out' err)" = 8 ] || fail "not each search tells what was left out: $(cat err)"
# the lines, and searches that are refused
cat >saved.conf <<'E2'
[one]
search = n=1
[none]
search = n=9
[wrong]
search = n=1 | nonsense x
[lost]
search = `lost_macro` | stats count
E2
cp saved.conf savedsearches.conf
expect 1 "$SPL" hunt --records savedsearches.conf -e 'n>1' -- records.json
same out <<'E2'
2 results  search
1 result  savedsearches.conf#one
5 searches: 2 fired, 1 silent, 2 refused
E2
has err 'unknown-command'
has err 'missing-macro'
expect 0 "$SPL" hunt --records -f csv -o rows.csv -e 'n>1 | table n' -- records.json
same rows.csv <<'E2'
search_name,n
search,3
search,2
E2
same out <<'E2'
1 searches: 1 fired, 0 silent, 0 refused
E2
expect 2 "$SPL" hunt -e 'n=1' records.json
has err 'divided by a lone --'
expect 2 "$SPL" hunt -- records.json
expect 3 "$SPL" hunt -e 'n=1' -- nothing.json
# no data: one message, not one a search
expect 2 "$SPL" hunt -e '* | stats count' -e '* | head 1' --
has err 'no data are named behind --'
done_
