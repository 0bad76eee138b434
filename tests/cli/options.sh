# Mistakes on the command line: status 2, a message that says what would work.
. "$ROOT/tests/cli/lib.sh"
expect 2 "$SPL"
has err 'usage: spl COMMAND'
expect 0 "$SPL" --help
has out 'explain'
expect 0 "$SPL" help
has out 'explain'
expect 2 "$SPL" rnu
has err 'did you mean "run"'
expect 2 "$SPL" run --formt csv -e '| makeresults'
has err 'did you mean "--format"'
expect 2 "$SPL" run -f xml -e '| makeresults'
has err 'takes table|ndjson|json|csv|tsv|raw'
expect 2 "$SPL" run -e
has err 'needs a value'
expect 2 "$SPL" run
has err 'no search is given'
expect 2 "$SPL" run -j 0 -e '| makeresults'
expect 2 "$SPL" run --memory lots -e '| makeresults'
expect 2 "$SPL" run --timeout=-1 -e '| makeresults'
expect 2 "$SPL" run --earliest bogus -e '| makeresults'
has err 'takes a time such as'
expect 2 "$SPL" run --tz Nowhere/City -e '| makeresults'
has err 'takes a zone'
expect 4 "$SPL" run --memory 1 -e '| makeresults'
has err 'too small to begin'
expect 1 "$SPL" run -e 'foo'
expect 3 "$SPL" run -e 'foo' missing.log
expect 2 "$SPL" run --dry-run=yes -e '| makeresults'
expect 2 "$SPL" check --format csv -e '| makeresults'
has err 'has no option --format'
expect 2 "$SPL" list macaroni
has err '|lookups|'
expect 2 "$SPL" -e '| makeresults'
has err "spl run -e 'TEXT'"
expect 2 "$SPL" run --macro 'a' -e '| makeresults'
has err '--macro takes NAME=DEFINITION'
expect 0 "$SPL" run --macro 'a(x)=eval y="$x$"' -e '| makeresults | `a(1=2)` | table y'
expect 3 "$SPL" run --app missing_app -e '| makeresults'
has err 'could not open the app "missing_app"'
expect 1 "$SPL" run --app missing_app -e '| makeresults | nonsense'
expect 2 "$SPL" help no_such_thing
expect 2 "$SPL" stats
has err '"spl help stats" tells of SPL'
# a name that is SPL's and a sub-command's
expect 0 "$SPL" help run list
has out 'spl run --help'
has out 'spl list --help'
expect 0 "$SPL" help check
has out 'usage: spl check'
expect 2 "$SPL" run 'index=main | head'
has err 'given with -e'
expect 3 "$SPL" run missing.spl
expect 2 "$SPL" run --diagnostics json --nope -e '| makeresults'
has err '{"severity":"error","code":"usage"'
expect 0 "$SPL" run --help
has out '--earliest'
done_
