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
# [autoregress], [concurrency], [correlate] and [findkeywords]
mkdir -p bounds/default
printf '[concurrency]\nmax_count = 2\n[autoregress]\nmaxp = 20\nmaxrange = 3\n[correlate]\nmaxfields = 2\n[findkeywords]\nmaxevents = 3\n' >bounds/default/limits.conf
expect 0 "$SPL" run --app bounds -e '| makeresults | eval n=1 | autoregress n p=17-20'
for p in 21 1-5; do
    expect 1 "$SPL" run --app bounds -e "| makeresults | eval n=1 | autoregress n p=$p"
    has err 'maxp in limits.conf'
done
expect 0 "$SPL" run -e '| makeresults | eval n=1 | autoregress n p=10000 | table n'
expect 0 "$SPL" run --app bounds -f csv -e '| makeresults count=3 | eval d=1 | concurrency duration=d | stats max(concurrency) AS most'
has out 2
has err 'counts up to 2 events at a time (max_count)'
expect 0 "$SPL" run --app bounds -e '| makeresults | eval a=1, b=1, c=1 | fields a b c | correlate | stats count'
has err 'the first 2 fields only (maxfields)'
for limits in "" "--limits splunk"; do
    expect 0 "$SPL" run $limits --app bounds -f csv -e '| makeresults count=5 | eval g=1, _raw="a word" | findkeywords labelfield=g | table numInGroup'
    [ -z "$limits" ] && has out 5 || has out 3
done
has err 'findkeywords looked at the first 3 events'
# [rex]: an expression that takes more steps has no match; by an app's limits.conf too
cat >slow.spl <<'END'
| makeresults | eval m="aaaaaaaaaaaaaaaaaaaaaaaaab", k="k=1" | rex field=m "^(?<x>(a+)+)$" | rex field=k "k=(?<n>\d)" | table x n
END
expect 0 "$SPL" run --limits splunk slow.spl
has err 'rex took more steps than match_limit or depth_limit allow'
has err 'in [rex] of limits.conf'
has out '"x":null,"n":"1"'
# the bounds of commands that look at values
mkdir -p values/default
printf '[rex]\nmatch_limit = 3\n[ctable]\nmaxvalues = 2\n[associate]\nmaxvalues = 2\nmaxvaluesize = 3\n[anomalousvalue]\nmaxvalues = 2\nmaxvaluesize = 3\n[discretize]\nmaxbins = 4\n[metadata]\nmaxcount = 1\n[typeahead]\nmaxcount = 2\n[stats]\nmax_stream_window = 5\n' >values/default/limits.conf
both() { # SEARCH OUT-WITH OUT-WITHOUT WARNING
    expect 0 "$SPL" run --limits splunk --app values --no-builtin -f csv -e "$1" late.log slow.log
    sed 1d out | grep -qxF -- "$2" || fail "not $2 with limits: $1"
    has err "$4"
    expect 0 "$SPL" run --app values --no-builtin -f csv -e "$1" late.log slow.log
    sed 1d out | grep -qxF -- "$3" || fail "not $3 without limits: $1"
    [ -s err ] && fail "told without --limits splunk: $(cat err)"
}
echo '2024-05-14T09:12:04Z y' >slow.log
ten='| makeresults count=10 | streamstats count AS n'
both '| makeresults | eval m="aaaab" | rex field=m "^(?<n>(a+)+b)$" | table n' '""' 'aaaab' 'match_limit'
both "$ten | eval b=1 | ctable maxrows=0 n b | stats count" '3' '11' '(limits.conf, maxvalues)'
both "$ten | eval b=n%5 | associate improv=0 supcnt=1 supfreq=0 n b | stats count" '4' '15' 'first 2 values of a field only (maxvalues)'
both "$ten | eval b=if(n<6,\"abcd\",\"x\"), c=if(n<6,\"y\",\"z\") | associate supcnt=1 supfreq=0 b c | stats count" '1' '4' 'more than 3 bytes (maxvaluesize)'
both "$ten | eval b=\"v\".n | anomalousvalue action=summary minsupcount=1 minsupfreq=0 b | table count" '2' '10' 'first 2 distinct values'
both "$ten | eval b=if(n<6,\"abcd\",\"abce\") | anomalousvalue action=summary minsupcount=1 minsupfreq=0 b | table distinct_count" '1' '2' 'first 3 bytes'
both "$ten | bin bins=10 n | stats dc(n) AS d" '2' '10' 'bins are 4 at most'
both "$ten | bin n | stats dc(n) AS d" '2' '10' 'bins are 4 at most'
both "$ten | chart bins=10 count BY n | stats count AS d" '2' '10' 'bins are 4 at most'
both '| makeresults | eval n="aaaab" | rex field=n mode=sed "s/^(a+)+b$/x/" | table n' 'aaaab' 'x' 'match_limit'
both '| metadata type=sources | stats count' '1' '2' 'metadata gave the first 1 results'
both '| typeahead prefix="0" count=10 | stats count' '2' '4' 'typeahead gave the first 2'
expect 1 "$SPL" run --limits splunk --app values -e "$ten | streamstats window=6 sum(n) AS s"
has err 'max_stream_window'
expect 0 "$SPL" run --app values -e "$ten | streamstats window=6 sum(n) AS s"
expect 1 "$SPL" run --limits splunk -e "$ten | streamstats window=10001 sum(n) AS s"
# depth_limit without match_limit; maxfields of [associate]
mkdir -p depth/default
printf '[rex]\nmatch_limit = 1000000\ndepth_limit = 3\n[associate]\nmaxfields = 1\n' >depth/default/limits.conf
for limits in "" "--limits splunk"; do
    expect 0 "$SPL" run $limits --app depth --no-builtin -f csv -e '| makeresults | eval m="aaaaab" | rex field=m "^(?<n>(a+?)+b)$" | table n'
    [ -z "$limits" ] && has out aaaaab || has err 'rex took more steps'
    expect 0 "$SPL" run $limits --app depth --no-builtin -f csv -e "$ten | eval b=n%2, c=n%3 | fields n b c | associate supcnt=1 supfreq=0 improv=0 | stats count"
    [ -z "$limits" ] && [ ! -s err ] || has err 'associate looks at the first 1 fields only (maxfields)'
done
# [stats]: how many points a sparkline has, and among which spans it chooses; both act always
mkdir -p spark/default
printf '[stats]\nsparkline_maxsize = 5\nsparkline_time_steps = 2s,10s,1m\n' >spark/default/limits.conf
times="$ten | eval _time=n*2"
expect 0 "$SPL" run --tz UTC -f csv -e "$times | stats sparkline AS s | eval points=mvcount(s)-1 | table points"
has out 19
expect 0 "$SPL" run --tz UTC --app spark -f csv -e "$times | stats sparkline AS s | eval points=mvcount(s)-1 | table points"
has out 3
expect 0 "$SPL" run --tz UTC --app spark -f csv -e "$times | stats sparkline(count, 2s) AS s | eval points=mvcount(s)-1 | table points"
has out 10
printf '[stats]\nlist_maxsize = 4\n' >spark/default/limits.conf
expect 0 "$SPL" run --tz UTC --app spark -f csv -e "$times | stats sparkline AS s | eval points=mvcount(s)-1 | table points"
has out 5
printf '[stats]\nsparkline_time_steps = 7s,1m\n' >spark/default/limits.conf
expect 0 "$SPL" run --tz UTC --app spark -f csv -e "$times | stats sparkline AS s | eval points=mvcount(s)-1 | table points"
has out 19
has err 'sparkline_time_steps is passed over: "1m"'
# [tscollect]: what options are where the search does not say
mkdir -p kept/default
printf '[tscollect]\nkeepresults = true\n' >kept/default/limits.conf
for of in "kept ''" 'kept keepresults=false'; do
    set -- $of
    expect 0 "$SPL" run --app "$1" -f csv -e "| makeresults count=3 | eval n=1 | fields n | tscollect namespace=kept $([ "$2" = "''" ] || echo "$2") | stats count"
    if [ "$2" = "''" ]; then sed 1d out | grep -qx 3 || fail "keepresults is not taken"; else sed 1d out | grep -qx 1 || fail "keepresults=false is not taken"; fi
done
printf '[tscollect]\nsquashcase = true\n' >kept/default/limits.conf
expect 0 "$SPL" run --app kept -f csv -e '| makeresults | eval n="MiXed" | fields n | tscollect namespace=squashed'
expect 0 "$SPL" run --app kept -f csv -e '| tstats values(n) AS n FROM squashed'
has out mixed
expect 0 "$SPL" run --app kept -f csv -e '| makeresults | eval n="MiXed" | fields n | tscollect squashcase=false namespace=unsquashed'
expect 0 "$SPL" run --app kept -f csv -e '| tstats values(n) AS n FROM unsquashed'
has out MiXed
done_
