# spl explain --field: which settings of apps make a field, with file and line.
. "$ROOT/tests/cli/lib.sh"
printf '{"_raw":"<E1> x","sourcetype":"lab:app","login":"amy"}\n' >events.ndjson
app=$ROOT/fixtures/apps/lab
expect 0 "$SPL" explain --app "$app" --records --field code -e '* | stats count' events.ndjson
has out 'field code'
has out 'code by EXTRACT-main'
has out 'props.conf:4'
has out 'code by EVAL-code,'
expect 0 "$SPL" explain --app "$app" --records --field zone -e '* | stats count' events.ndjson
has out 'zone by FIELDALIAS-zone'
has out 'zone by LOOKUP-zone'
expect 0 "$SPL" explain --no-builtin --app "$app" --records --field nix_there -e '* | stats count' events.ndjson
done_
