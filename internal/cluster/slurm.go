package cluster

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"
)

// slurmScript submits the shards as a job array, and the merge for when all of them have succeeded.
//
//go:embed slurm.sh
var slurmScript string

var slurm = template.Must(template.New("slurm").Parse(slurmScript))

// task stands for a shard's number among the words of a command line. No word of a user's holds it (check).
const task = "\x00"

// Slurm is a shell script that submits the sweep.
func Slurm(s *Shares) (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	share := line(s.share(s.Scenario, s.Out, task, strconv.Itoa(s.CPUs)))
	logs := strings.TrimRight(s.Out, "/") + "-log"
	var b strings.Builder
	err := slurm.Execute(&b, map[string]any{
		"Call": line(s.Command), "Cases": s.Cases, "Shards": s.Shards, "CPUs": s.CPUs, "Name": s.name(),
		"Logs": quoted(logs), "Log": quoted(strings.ReplaceAll(logs, "%", "%%")), // sbatch reads % as the start of a pattern
		"Share": strings.Replace(share, quoted(task), fmt.Sprintf(`"$SLURM_ARRAY_TASK_ID/%d"`, s.Shards), 1), "Merge": line(s.merge(s.Out)),
	})
	return b.String(), err
}
