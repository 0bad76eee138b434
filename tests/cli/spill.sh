# Rows beyond the memory bound go to the spill folder and come back the same; nothing is left there.
. "$ROOT/tests/cli/lib.sh"
mkdir spill
search='| makeresults count=200000 | streamstats count AS n | eval k=md5(n) | table n k'
for end in 'sort 0 k | head 3' 'sort 0 - k | tail 3' 'stats sum(n) AS s BY k | sort 0 k | head 3 | table k s' \
    'eventstats count AS c | sort 0 k | head 2' 'reverse | head 2'; do
    expect 0 "$SPL" run -e "$search | $end"
    cp out whole
    expect 0 "$SPL" run --memory 48M --spill spill -e "$search | $end"
    cmp -s out whole || fail "differs when spilled: $end"
    [ -s out ] || fail "no rows: $end"
    [ "$(ls -A spill)" = '' ] || fail "left in the spill folder: $(ls -A spill)"
done
expect 3 "$SPL" run --memory 48M --spill no/such/folder -e "$search | sort 0 k | head 1"
has err 'no/such/folder'
# a pipe that is read again is spooled
seq 1000 | sed 's/.*/{"n":&}/' >d.json
"$SPL" run --spill spill -e 'n<3 | append [ search n=1000 ] | stats sum(n)' - <d.json >out 2>err || fail "$(cat err)"
printf '{"sum(n)":1003}\n' | same out
[ "$(ls -A spill)" = '' ] || fail "left in the spill folder: $(ls -A spill)"
for search in '* | stats count | append [search * | stats count] | stats sum(count) AS n' \
    '| union [search *] [search *] | stats count AS n' '| multisearch [search *] [search *] | stats count AS n' \
    '* [search n<3 | fields n] | append [search n<1999 | head 1998] | stats count AS n' \
    '* | head 2 | map search="search * | stats count" | stats sum(count) AS n'; do
    for as in '' --records; do
        head -1000 d.json | "$SPL" run $as -e "$search" - >out 2>err || fail "$(cat err)"
        case $search in '* [search'*) n=1002 ;; *) n=2000 ;; esac
        printf '{"n":%s}\n' $n | same out
    done
done
done_
