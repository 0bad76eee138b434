# scrub: the same input gives the same output, however many threads read it; no private word is left in it.
. "$ROOT/tests/cli/lib.sh"
mkdir -p app/anonymizer app/default
printf 'amrit\nkeanu\nzoltan\n22222\n' >app/anonymizer/private-terms.txt
printf 'amrit zoltan login\n' >app/anonymizer/public-terms.txt
printf '[searchresults]\nmaxresultrows = 7\n' >app/default/limits.conf
awk 'BEGIN { srand(7); split("amrit keanu zoltan root alice", u, " ");
  for (i = 0; i < 8000; i++)
    printf "2024-05-14T09:%02d:%02dZ login user=%s%s src=10.%d.%d.%d port=22222 id=%d\n", i / 60 % 60, i % 60,
        rand() < .5 ? u[1 + int(rand() * 5)] : toupper(u[1 + int(rand() * 3)]), rand() < .1 ? "@zoltan.example" : "",
        rand() * 255, rand() * 255, rand() * 255, i }' >a.log
sed 's/user=/account=/' a.log >b.log
expect 0 "$SPL" run -j 1 --app app -f ndjson -e '* | scrub' a.log b.log
cp out one
grep -qiE 'amrit|keanu|zoltan|22222' out && fail "a private word is left"
[ "$(wc -l <out)" = 16000 ] || fail "rows are missing"
expect 0 "$SPL" run -j 4 --app app -f ndjson -e '* | scrub' a.log b.log
cmp -s out one || fail "four threads give something else"
# what differs stays different: as many users and addresses as before
expect 0 "$SPL" run --app app -f csv -e '* | stats dc(user) dc(src)' a.log
tail -1 out >before
expect 0 "$SPL" run --app app -f csv -e '* | scrub | stats dc(user) dc(src)' a.log
tail -1 out | cmp -s - before || fail "words became one: $(cat before), $(tail -1 out)"
# Search Reference, scrub, and limits.conf: maxresultrows of [searchresults]
expect 0 "$SPL" run --limits splunk --app app -f csv -e '* | scrub | stats count' a.log
has out '7'
has err 'scrub gives 7 results'
# nothing outside of the app is read
ln -s /etc/hostname app/anonymizer/link.txt
expect 3 "$SPL" run --app app -e '| makeresults | scrub dictionary=link.txt'
has err 'is a symbolic link, which is not followed'
done_
