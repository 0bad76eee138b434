# spl explain: what it tells of the inputs, and of what the stages took and gave.
. "$ROOT/tests/cli/lib.sh"

# the program's own knowledge costs the Windows formats no second reading
for file in windows.json wmi-activity.json wmi-activity.log wmi-activity.xml sysmon.xml security.log; do
    expect 0 "$SPL" explain -e '* | stats count by EventCode' "$ROOT/fixtures/windows/$file"
    has out "input $ROOT/fixtures/windows/$file"
    grep -q 'at index time' out && fail "$file: read twice"
done
# an add-on that renames sourcetypes and sources does
expect 0 "$SPL" explain --app "$ROOT/fixtures/apps/addon_windows" -e '* | stats count' "$ROOT/fixtures/windows/windows.json"
has out 'apps change its events at index time'
# head ends the reading: the first units are small, and the workers run at first no further ahead than there are workers
seq 20000 | sed 's/.*/{"_time":"&","n":&}/' >twenty_thousand.json
for threads in 1 4; do
    for search in '* | head 5' '* | head 5 | table n'; do
        expect 0 "$SPL" explain --threads "$threads" -e "$search" twenty_thousand.json
        given=$(sed -n 's/^ *20,000 in, \([0-9,]*\) out.*/\1/p' out | tr -d ,)
        [ "${given:-20000}" -le 500 ] || fail "$search, $threads threads: the first stage gave ${given:-nothing} events"
    done
done
done_
