#!/bin/sh
# usage: sbatch --array=0-7 slurm.sh OUT ANALYZE-ARGUMENTS...
# Each task of the array is a shard. OUT lies where every node sees it. Add --gres=gpu:1 where nodes have GPUs.
#SBATCH --job-name=memgpu
#SBATCH --cpus-per-task=1
#SBATCH --requeue
set -eu
out=$1
shift
exec memgpu analyze "$@" --out "$out" --quiet --shard auto
