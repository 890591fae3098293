#!/bin/sh
# A sweep of {{.Cases}} cases in {{.Shards}} shards on Slurm, and then their merge. This script was written by
#
#   {{.Call}}
#
# Call it where that was called, in a folder that all nodes share: sh SCRIPT [options of sbatch, such as --partition=cpu].
# ROOFSERVE names the program, if it is not in the nodes' PATH. Called again, it computes what is missing and nothing else.
set -eu
export ROOFSERVE="${ROOFSERVE:-roofserve}"
mkdir -p {{.Logs}}

shards=$(sbatch --parsable --job-name={{.Name}} --array=1-{{.Shards}} --cpus-per-task={{.CPUs}} --requeue \
  --output={{.Log}}/shard-%a.txt "$@" <<'END'
#!/bin/sh
exec "$ROOFSERVE" {{.Share}}
END
)
shards=${shards%%;*} # without the name of the cluster

merge=$(sbatch --parsable --job-name={{.Name}}-merge --dependency="afterok:$shards" --kill-on-invalid-dep=yes \
  --output={{.Log}}/merge.txt "$@" <<'END'
#!/bin/sh
exec "$ROOFSERVE" {{.Merge}}
END
)
echo "shards: job $shards; merge: job ${merge%%;*}; what they say:" {{.Logs}}
