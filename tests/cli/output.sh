# Formats, -o whole or not at all, options on both sides of operands.
. "$ROOT/tests/cli/lib.sh"
search='| makeresults | eval n=1+1, t="2", m=split("a,b",","), q="say \"x\", y" | table n t m q nothing'
expect 0 "$SPL" run -e "$search"
same out <<'X'
{"n":2,"t":"2","m":["a","b"],"q":"say \"x\", y","nothing":null}
X
expect 0 "$SPL" run -e "$search" --format=json
same out <<'X'
[
{"n":2,"t":"2","m":["a","b"],"q":"say \"x\", y","nothing":null}
]
X
expect 0 "$SPL" run -fcsv -e "$search"
same out <<'X'
n,t,m,q,nothing
2,2,"a
b","say ""x"", y",
X
expect 0 "$SPL" run -e "$search" -f tsv
printf 'n\tt\tm\tq\tnothing\n2\t2\ta\\nb\tsay "x", y\t\n' | same out
expect 0 "$SPL" run -e "$search" -f table
same out <<'X'
n  t  m  q           nothing
-  -  -  ----------  -------
2  2  a  say "x", y
      b
X
expect 0 "$SPL" run -e "$search" -f raw
same out <<'X'
n="2", t="2", m="a", m="b", q="say \"x\", y"
X
expect 0 "$SPL" run -e '| makeresults | where 1=2' -f json
same out <<'X'
[]
X
expect 0 "$SPL" run --tz UTC -e '| makeresults | eval _time=1599011030, x=1 | table _time x' -f table
same out <<'X'
_time                x
-------------------  -
2020-09-02 01:43:50  1
X
# a field that only a later result has is a column all the same
printf '{"a":"1"}\n{"a":"2","b":"3"}\n' >d.ndjson
expect 0 "$SPL" run -f csv --records -e '* | fields a b | fields - _*' d.ndjson
same out <<'X'
a,b
1,
2,3
X
# invalid UTF-8 and control characters
printf '{"a":"x\377\\u0001y"}\n' >bad.ndjson
expect 0 "$SPL" run --records -e '* | table a' bad.ndjson
printf '{"a":"x\357\277\275\\u0001y"}\n' | same out
# a file appears whole or not at all
expect 0 "$SPL" run -e "$search" -f csv -o r.csv
[ -s r.csv ] || fail 'no r.csv'
[ "$(ls -A | grep -c '^\.r\.csv')" = 0 ] || fail 'a temporary file is left'
echo old >keep.csv
expect 1 "$SPL" run -e '| makeresults | hed' -o keep.csv
same keep.csv <<'X'
old
X
expect 3 "$SPL" run -e "$search" -o no/such/folder/r.csv
expect 3 "$SPL" run -e "$search" -o .
ln -s keep.csv link.csv
expect 0 "$SPL" run -e '| makeresults | eval x=1 | table x' -f csv -o link.csv
[ -L link.csv ] || fail 'the link was replaced'
same keep.csv <<'X'
x
1
X
expect 3 "$SPL" run -e "$search" -o /dev/full
# nobody reads on: no message, no hang
"$SPL" run -e '| makeresults count=200000' -f ndjson 2>err | head -1 >out
[ -s err ] && fail "a closed pipe made: $(cat err)"
# a terminal is spared the control characters of the data, in every format; a pipe gets them as they are
printf '{"a":"\\u001b[31mred\\u0007\\u007f\\u009b5m\\r","b":"h\303\251\\tx"}\n' >control.json
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    for format in table ndjson json csv tsv raw; do
        script -qec "$SPL run -f $format -e '* | table a b' control.json" /dev/null </dev/null | tr -d '\r' >seen
        LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" seen && fail "$format gives a terminal control characters"
        LC_ALL=C grep -q "$(printf '\302\233')" seen && fail "$format gives a terminal U+009B"
        LC_ALL=C grep -q "$(printf 'h\303\251')" seen || fail "$format: $(cat seen)"
    done
    has seen 'a="\x1b[31mred\x07\x7f\x9b5m\x0d"'
    # texts are cut to the terminal's width, times and numbers are not
    wide='| makeresults | eval _time=1700000000.25, a="a text of many words", n=12345678901234, b=a | table _time a n b'
    script -qec "stty cols 70; $SPL run --tz UTC -e '$wide'" /dev/null </dev/null | tr -d '\r' >seen
    same seen <<'X'
_time                    a                           n  b
-----------------------  -------------  --------------  -------------
2023-11-14 22:13:20.250  a text of ma…  12345678901234  a text of ma…
X
    script -qec "stty cols 60; $SPL run --tz UTC -e '$wide'" /dev/null </dev/null | tr -d '\r' >seen
    has seen '_time  2023-11-14 22:13:20.250'
    has seen 'n      12345678901234'
else
    echo "skipped: what a terminal shows; no pseudo-terminal can be made here"
fi
expect 0 "$SPL" run -f raw -e '* | table a' control.json
has out "$(printf 'a="\033[31mred\007\177\302\2335m')"
# a search's own text, shown with a message
expect 1 "$SPL" run -e "* | nope $(printf '\302\233')31m" control.json
LC_ALL=C grep -q "$(printf '\302\233')" err && fail "a message holds U+009B"
# what stops the writing is told: a full disk, a bound on the size of files; neither leaves anything behind
if [ -e /dev/full ]; then
    "$SPL" run -e '| makeresults count=1000' >/dev/full 2>err </dev/null
    [ $? = 3 ] || fail "a full disk: status $?"
    has err 'could not write the results: No space left on device'
fi
mkdir bounded
(ulimit -f 8; expect 3 "$SPL" run -o bounded/big.json -e '| makeresults count=100000'; exit $failures) || fail 'a bound on files, -o'
has err 'could not write the results: File too large'
(ulimit -f 8; expect 3 "$SPL" run --state bounded/state -e '| makeresults count=100000 | outputlookup big.csv'; exit $failures) || fail 'a bound on files, state'
has err 'File too large'
[ "$(find bounded -type f ! -name .lock | wc -l)" = 0 ] || fail "a bound left $(find bounded -type f)"
# the system's refusal of memory is not told as --memory's
if (ulimit -v 100000; "$SPL" run -j 1 -e '| makeresults count=10') >out 2>err </dev/null; then
    (ulimit -v 150000; expect 4 "$SPL" run -j 1 --memory 10G -e '| makeresults count=3000000 | streamstats count as n | stats values(n)'; exit $failures) ||
        fail 'a bound on memory'
    has err 'the system gives no more memory'
fi
done_
