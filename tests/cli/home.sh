# The program finds its own macros and apps: by the folder it lies in, through links, installed, and without /proc.
. "$ROOT/tests/cli/lib.sh"
own() { # the program $1 knows its own macros
    expect 0 "$@" list macros
    has out security_content_ctime
}
own "$SPL"
ln -s "$SPL" link
own ./link
(cd "$(dirname "$SPL")" && PATH=. && spl list macros) >out 2>err || fail "by PATH: $(cat err)"
has out security_content_ctime

mkdir -p prefix/bin prefix/share/spl
cp "$SPL" prefix/bin/spl
cp -r "$ROOT/macros" "$ROOT/apps" prefix/share/spl
own prefix/bin/spl
mkdir alone
cp "$SPL" alone/spl
[ -e /usr/local/share/spl ] || {
    expect 0 alone/spl list macros
    [ ! -s out ] || fail 'macros of nowhere'
}

# another file system in the place of /proc
if unshare -rm sh -c 'mount -t tmpfs none /proc' 2>unshare.err; then
    hidden() { # a sanitizer that looks for leaks wants /proc, and its options from there
        unshare -rm sh -c 'mount -t tmpfs none /proc && exec "$@"' hidden "$@" >out 2>err ||
            grep -q '^==.*LeakSanitizer has encountered a fatal error' err || fail "without /proc: $*: $(cat err)"
    }
    for one in "$SPL" prefix/bin/spl; do
        hidden "$one" list macros
        has out security_content_ctime
    done
    if command -v python3 >/dev/null; then
        python3 "$ROOT/tests/cli/evtx.py" made.evtx
        hidden "$SPL" run -e '* | stats count' made.evtx
        grep -q '"count":[1-9]' out || fail "EVTX without /proc: $(cat out err)"
    fi
else
    echo 'skipped: /proc cannot be hidden here'
fi
done_
