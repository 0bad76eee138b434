# lib.sh -- what the command-line tests share. $SPL is the program, $ROOT the checkout; each test runs in a folder of its
# own and ends with "done_".
set -u
failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# expect STATUS COMMAND...: runs it with its output in ./out and ./err
expect() {
    want=$1
    shift
    "$@" >out 2>err </dev/null
    got=$?
    [ "$got" = "$want" ] && return
    echo "expected status $want, got $got: $*"
    cat err
    failures=$((failures + 1))
}
# same FILE: its text is what stands on standard input
same() {
    cat >wanted
    cmp -s wanted "$1" && return
    echo "$1 differs:"
    diff wanted "$1"
    failures=$((failures + 1))
}
# has FILE TEXT: a line contains TEXT
has() {
    grep -qF -- "$2" "$1" && return
    echo "$1 lacks: $2"
    cat "$1"
    failures=$((failures + 1))
}
fail() {
    echo "$*"
    failures=$((failures + 1))
}
done_() {
    [ "$failures" = 0 ] || exit 1
    exit 0
}
