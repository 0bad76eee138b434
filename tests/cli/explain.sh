# spl explain: what it tells of the inputs.
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
done_
