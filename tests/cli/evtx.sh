# EVTX files: made by evtx.py, sound, damaged and cut short; real ones where they are there.
. "$ROOT/tests/cli/lib.sh"
if ! command -v python3 >/dev/null; then
    echo "skipped, no python3"
    exit 0
fi
python3 "$ROOT/tests/cli/evtx.py" log.evtx || fail "no file made"
expect 0 "$SPL" run --tz UTC -f raw -e 'index=* EventCode=4688 NewProcessName="*cmd.exe"' log.evtx
same out <<'X'
<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4688</EventID><Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2024-05-01T10:00:01.000000000Z'/><EventRecordID>1</EventRecordID><Channel>Security</Channel><Computer>pc1.example.org</Computer><Security/></System><EventData><Data Name='NewProcessName'>C:\Windows\System32\cmd.exe</Data><Data Name='CommandLine'>cmd /c "a &amp; b" &lt;it's&gt;</Data><Data Name='SubjectLogonId'>0x3e7</Data><Data Name='MandatoryLabel'></Data></EventData></Event>
X
expect 0 "$SPL" run --tz UTC -e 'index=* | table _time host source sourcetype EventCode CommandLine' log.evtx
has out '"host":"pc1.example.org","source":"XmlWinEventLog:Security","sourcetype":"XmlWinEventLog","EventCode":"1102"'
has out '"CommandLine":"two\r\nlines"'
has out '"CommandLine":"cmd /c \"a & b\" <it'"'"'s>"'
grep -q warning err && fail "a sound file draws a warning"

head -c 30000 log.evtx >cut.evtx
expect 0 "$SPL" run -e 'index=* | stats count' cut.evtx
has err 'damaged-event'
has err 'no record was found in it'
{ head -c 4096 log.evtx; printf X; tail -c +4098 log.evtx; } >marred.evtx
expect 0 "$SPL" run -e 'index=* | stats count' marred.evtx
has err 'damaged-event'
printf 'ElfFile\0' >stub.evtx
expect 3 "$SPL" run -e 'index=* | stats count' stub.evtx
has err 'stub.evtx'

real=$ROOT/../shared/events/evtx
if [ -d "$real" ]; then
    expect 0 "$SPL" run -e 'index=* | stats count' "$real"/*.evtx
    has out '{"count":198}'
else
    echo "skipped, no recordings"
fi
done_
