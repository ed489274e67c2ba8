#!/bin/sh
# usage: parallel.sh OUT N ANALYZE-ARGUMENTS...
# N shards of one run with GNU parallel, two at a time (JOBS), then the report. Run again, it goes on where it ended.
set -eu
out=$1 shards=$2
shift 2
seq 0 $((shards - 1)) |
  parallel --jobs "${JOBS:-2}" --halt soon,fail=1 -- memgpu analyze "$@" --out "$out" --quiet --shard "{}/$shards"
memgpu merge "$out"
