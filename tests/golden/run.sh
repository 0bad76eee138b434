# run.sh: whole runs (with UPDATE=1 the expected files are written anew). NAME.d/args holds the arguments of spl, one a line, with paths from the root of the
# checkout; expected.out is its standard output, expected.err (where it is there) its standard error, status (where it is
# there) its exit status, else 0.
cd "$ROOT" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0 runs=0
for folder in tests/golden/*.d; do
    [ -f "$folder/args" ] || continue
    runs=$((runs + 1))
    set --
    while IFS= read -r line; do set -- "$@" "$line"; done <"$folder/args"
    "$SPL" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    if [ -n "${UPDATE:-}" ]; then
        cp "$work/out" "$folder/expected.out"
        [ ! -f "$folder/expected.err" ] || cp "$work/err" "$folder/expected.err"
        continue
    fi
    want=0
    [ ! -f "$folder/status" ] || want=$(cat "$folder/status")
    bad=
    [ "$status" = "$want" ] || { bad=1; echo "$folder: expected status $want, got $status"; cat "$work/err"; }
    diff "$folder/expected.out" "$work/out" || bad=1
    [ ! -f "$folder/expected.err" ] || diff "$folder/expected.err" "$work/err" || bad=1
    [ -z "$bad" ] || { echo "FAILED: $folder"; failures=$((failures + 1)); }
done
echo "$((runs - failures)) of $runs runs as expected"
[ "$failures" = 0 ]
