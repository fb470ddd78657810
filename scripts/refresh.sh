#!/usr/bin/env bash
# Refresh a release from cron or a systemd timer: one line a stage in a log, the exit code of `rocov2 refresh`.
#
#   scripts/refresh.sh [FOLDER] [options of rocov2 refresh ...]
#
# FOLDER (default: the present one) holds rocov2.toml with source, preset and thresholds, and gets work/, release/ and
# logs/. The environment may set ROCOV2 (the command, default `rocov2`), ROCOV2_SOURCE and ROCOV2_HEARTBEAT. A refresh
# that is still running is left alone: the second one says so and exits 5. Exit 5 (some objects are left) and 4 (the
# source is not there) are tried once more after ROCOV2_PAUSE seconds (default 900); 6 (nothing released) is for a person.
set -uo pipefail

folder=${1:-.}
[ $# -gt 0 ] && shift
cd "$folder" || exit 2
mkdir -p logs
log="logs/$(date -u +%Y-%m-%d).log"

run() {
  echo "== $(date -u +%Y-%m-%dT%H:%M:%SZ) rocov2 refresh $*" >>"$log"
  ${ROCOV2:-rocov2} refresh "$@" >>"$log" 2>&1
  code=$?
  echo "== $(date -u +%Y-%m-%dT%H:%M:%SZ) exit $code" >>"$log"
}

run "$@"
if [ "$code" -eq 4 ] || [ "$code" -eq 5 ]; then
  sleep "${ROCOV2_PAUSE:-900}"
  run "$@"
fi
if [ "$code" -ne 0 ]; then
  echo "rocov2 refresh in $PWD ended with exit code $code; the end of $log:" >&2
  tail -n 12 "$log" >&2
fi
exit "$code"
