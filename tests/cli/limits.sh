# --limits splunk cuts lines at 10,000 bytes and divides events after 256 lines, and says so; without it nothing is cut.
. "$ROOT/tests/cli/lib.sh"
awk 'BEGIN { printf "2024-05-14T09:12:03Z long="; for (i = 0; i < 12000; i++) printf "x"; printf "\n" }' >long.log
awk 'BEGIN { print "2024-05-14T09:12:03Z first"; for (i = 0; i < 300; i++) print " line " i }' >many.log
expect 0 "$SPL" run -f csv -e '* | eval l=len(_raw) | stats max(l) AS l count' long.log
has out '12026,1'
expect 0 "$SPL" run --limits splunk -f csv -e '* | eval l=len(_raw) | stats max(l) AS l count' long.log
has out '10000,1'
has err 'TRUNCATE'
expect 0 "$SPL" run -e '* | stats count' many.log
has out '"count":1}'
expect 0 "$SPL" run --limits splunk -e '* | stats count' many.log
has out '"count":2}'
has err 'MAX_EVENTS'
# limits.conf, [kv] and [spath]: the documented defaults, or what an app sets; nothing without --limits splunk
awk 'BEGIN { printf "2024-05-14T09:12:03Z"; for (i = 0; i < 120; i++) printf " f%d=%d", i, i; printf "\n" }' >pairs.log
expect 0 "$SPL" run --no-builtin -f ndjson -e '* | table f99 f100' pairs.log
has out '"f99":"99","f100":"100"'
expect 0 "$SPL" run --limits splunk -f ndjson -e '* | fields f* | table f99 f100' pairs.log
has out '"f99":"99","f100":"100"'
expect 0 "$SPL" run --limits splunk -f ndjson -e '* | fieldsummary | stats count' pairs.log
has err 'automatic extraction left fields out'
awk 'BEGIN { print "2024-05-14T09:12:03Z x"; for (i = 0; i < 110; i++) print " 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"; print " late=1" }' >late.log
expect 0 "$SPL" run --limits splunk -f ndjson -e '* | table late' late.log
has out '"late":null'
has err 'first 10240 bytes'
expect 0 "$SPL" run --limits splunk --app "$ROOT/fixtures/apps/lab_limits" -f ndjson -e '* | fields f* | fieldsummary | stats count' pairs.log
has out '"count":2}'
expect 0 "$SPL" run --app "$ROOT/fixtures/apps/lab_limits" -f ndjson -e '* | table f99' pairs.log
has out '"f99":"99"'
expect 0 "$SPL" run --app "$ROOT/fixtures/apps/lab_limits" -f ndjson -e '| makeresults count=3 | streamstats count as n | stats list(n) as n' 
has out '"n":[1,2]'
expect 0 "$SPL" run --limits splunk --app "$ROOT/fixtures/apps/lab_limits" -f ndjson -e '| makeresults | eval _raw="{\"a\":1,\"bcd\":2}" | spath | table a bcd'
has err 'first 12 bytes'
expect 0 "$SPL" run --limits splunk --app "$ROOT/fixtures/apps/lab_limits" -f ndjson -e '| makeresults count=3 | streamstats count as n | top limit=0 n | stats count'
has out '"count":2}'
has err 'top gave the first 2 results'
expect 0 "$SPL" run --app "$ROOT/fixtures/apps/lab_limits" -f ndjson -e '| makeresults count=3 | streamstats count as n | top limit=0 n | stats count'
has out '"count":3}'
expect 0 "$SPL" run --app "$ROOT/fixtures/apps/lab_limits" -f ndjson -e '| set union [| makeresults count=2 | streamstats count as n | fields n] [| makeresults | eval n=9 | fields n] | stats count'
has out '"count":2}'
expect 0 "$SPL" run --limits splunk --app "$ROOT/fixtures/apps/lab_limits" -f ndjson -e '| makeresults count=5 | streamstats count as n | kmeans n | stats count'
has out '"count":3}'
has err 'kmeans used the first 3 results'
expect 1 "$SPL" run --app "$ROOT/fixtures/apps/lab_limits" -e '| makeresults count=5 | streamstats count as n | kmeans k=5 n'
has err 'from 2 to 4'
awk 'BEGIN { printf "2024-05-14T09:12:03Z long="; for (i = 0; i < 9000; i++) printf "x"; printf "\n" }' >nearly.log
expect 0 "$SPL" run --limits splunk --app "$ROOT/fixtures/apps/lab_limits" --no-builtin -e '* | fields _raw | eval m=mvrange(0,200) | mvexpand m | eval l=len(_raw) | stats count first(l) as l' nearly.log
has out '{"count":116,"l":9026}'
has err 'mvexpand left results out'
expect 0 "$SPL" run --app "$ROOT/fixtures/apps/lab_limits" -e '* | fields _raw | eval m=mvrange(0,200) | mvexpand m | eval l=len(_raw) | stats count first(l) as l' nearly.log
has out '{"count":200,"l":9026}'
# [autoregress], [correlate] and [findkeywords]
mkdir -p bounds/default
printf '[autoregress]\nmaxp = 20\nmaxrange = 3\n[correlate]\nmaxfields = 2\n[findkeywords]\nmaxevents = 3\n' >bounds/default/limits.conf
expect 0 "$SPL" run --app bounds -e '| makeresults | eval n=1 | autoregress n p=17-20'
for p in 21 1-5; do
    expect 1 "$SPL" run --app bounds -e "| makeresults | eval n=1 | autoregress n p=$p"
    has err 'maxp in limits.conf'
done
expect 0 "$SPL" run -e '| makeresults | eval n=1 | autoregress n p=10000 | table n'
expect 0 "$SPL" run --app bounds -e '| makeresults | eval a=1, b=1, c=1 | fields a b c | correlate | stats count'
has err 'the first 2 fields only (maxfields)'
for limits in "" "--limits splunk"; do
    expect 0 "$SPL" run $limits --app bounds -f csv -e '| makeresults count=5 | eval g=1, _raw="a word" | findkeywords labelfield=g | table numInGroup'
    [ -z "$limits" ] && has out 5 || has out 3
done
has err 'findkeywords looked at the first 3 events'
done_
