# --limits splunk cuts lines at 10,000 bytes and divides events after 256 lines, and says so; without it nothing is cut.
. "$ROOT/tests/cli/lib.sh"
awk 'BEGIN { printf "2024-05-14T09:12:03Z long="; for (i = 0; i < 12000; i++) printf "x"; printf "\n" }' >long.log
awk 'BEGIN { print "2024-05-14T09:12:03Z first"; for (i = 0; i < 300; i++) print " line " i }' >many.log
expect 0 "$SPL" run -f csv -e '* | eval l=len(_raw) | stats max(l) AS l count' long.log
has out '12026,1'
expect 0 "$SPL" run --limits splunk -f csv -e '* | eval l=len(_raw) | stats max(l) AS l count' long.log
has out '10000,1'
has err 'TRUNCATE'
expect 0 "$SPL" run -e '* | stats count' many.log
has out '"count":1}'
expect 0 "$SPL" run --limits splunk -e '* | stats count' many.log
has out '"count":2}'
has err 'MAX_EVENTS'
done_
