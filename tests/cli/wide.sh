# Wide results: what is empty takes no room, and what is beyond the bound of memory is refused and says so.
. "$ROOT/tests/cli/lib.sh"
# 20,000 rows and 20,000 columns with a value in each, 9.6 GB of cells
expect 0 timeout 60 "$SPL" run --memory 600M -f csv -e '| makeresults count=20000 | streamstats count AS n | eval c="c".n | xyseries n c n | head 3 | stats count'
has out '3'
# 3,000 times 3,000 values, all different
expect 4 timeout 60 "$SPL" run --memory 100M -e '| makeresults count=9000000 | streamstats count AS n | eval r=floor(n/3000), c="c".(n%3000) | xyseries r c n'
has err 'the memory bound of 100 MiB was reached (--memory)'
# 20,000 figures: the room for them grows with their number, not with its square
awk 'BEGIN { printf "| makeresults | eval f1=1 | stats"; for (i = 0; i < 20000; i++) printf " max(f%d) as m%d", i, i; print "" }' >figures.spl
for format in csv table ndjson; do
    expect 0 "$SPL" run --memory 64M -f $format figures.spl
    has out 1
done
# without --memory the bound is half of what the machine has
half=$(awk '/^MemTotal:/ { printf "%d", $2 / 2048 }' /proc/meminfo)
expect 0 "$SPL" run --help
has out 'half of the machine'
near=$(sed -n 's/^ *here \([0-9]*\) MiB$/\1/p' out)
[ -n "$near" ] && [ "$near" -le $((half + half / 20 + 1)) ] && [ "$near" -ge $((half - half / 20 - 1)) ] ||
    fail "the bound is $near MiB of a machine with twice $half MiB"
done_
