# An interrupted run leaves no half-written file, and dies of the signal; a bound ends it with status 4.
. "$ROOT/tests/cli/lib.sh"
"$SPL" run -e '| makeresults count=2000000000 | eval x=1' -f csv -o r.csv >out 2>err &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
[ $? = 143 ] || fail "status $?"
[ -z "$(ls -A | grep r.csv)" ] || fail "left behind: $(ls -A)"
echo old >r.csv
expect 4 "$SPL" run --timeout 0.3 -e '| makeresults count=2000000000 | eval x=1' -f csv -o r.csv
same r.csv <<'X'
old
X
[ "$(ls -A | grep -c r.csv)" = 1 ] || fail "left behind: $(ls -A)"
done_
