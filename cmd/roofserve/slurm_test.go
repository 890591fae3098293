//go:build linux

package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// slurmConf is the smallest cluster that runs job arrays: this machine, said to have two processors whatever
// it has, with processes that are found by their parents, so that no control groups are needed.
const slurmConf = `ClusterName=one
SlurmctldHost=%[1]s(127.0.0.1)
SlurmctldPort=%[4]d
SlurmdPort=%[5]d
SlurmUser=%[2]s
SlurmdUser=%[2]s
AuthType=auth/munge
AuthInfo=socket=%[3]s/munge.socket
CryptoType=crypto/munge
StateSaveLocation=%[3]s/state
SlurmdSpoolDir=%[3]s/spool
SlurmctldPidFile=%[3]s/slurmctld.pid
SlurmdPidFile=%[3]s/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
NodeName=%[1]s NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`

// slurmed is a cluster of one node that a test started.
type slurmed struct {
	t   *testing.T
	dir string
	env []string
}

// slurm starts munged, slurmctld and slurmd. Where they do not start, which is the machine's fault, the test
// is skipped with what they said.
func slurm(t *testing.T) *slurmed {
	if os.Getenv("ROOFSERVE_SLURM") == "" {
		t.Skip("ROOFSERVE_SLURM is not set: the gate tries a cluster")
	}
	s := &slurmed{t: t, dir: t.TempDir()}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	key := make([]byte, 1024)
	rand.Read(key)
	for _, folder := range []string{"state", "spool"} {
		if err := os.Mkdir(s.in(folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"munge.key": string(key),
		"slurm.conf": fmt.Sprintf(slurmConf, host, me.Username, s.dir, freePort(t), freePort(t))} {
		if err := os.WriteFile(s.in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(os.Environ(), "SLURM_CONF="+s.in("slurm.conf"), "ROOFSERVE="+os.Args[0], asProgram+"=1")
	s.daemon("munged", "--foreground", "--force", "--key-file="+s.in("munge.key"), "--socket="+s.in("munge.socket"),
		"--pid-file="+s.in("munged.pid"), "--log-file="+s.in("munged.log"), "--seed-file="+s.in("munge.seed"))
	s.daemon("slurmctld", "-D", "-f", s.in("slurm.conf"))
	s.daemon("slurmd", "-D", "-f", s.in("slurm.conf"))
	for begun := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		nodes, err := s.call("sinfo", "--noheader", "--format=%T")
		if err == nil && strings.TrimSpace(nodes) == "idle" {
			return s
		}
		if time.Since(begun) > 20*time.Second {
			t.Skipf("Slurm does not start here: %s%v\n%s", nodes, err, s.said())
		}
	}
}

// in is a file of the cluster's.
func (s *slurmed) in(name string) string { return filepath.Join(s.dir, name) }

// freePort is one that nobody listens on.
func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// daemon starts a process that ends with the test. Debian has daemons where not everybody looks.
func (s *slurmed) daemon(name string, args ...string) {
	path := name
	if _, err := exec.LookPath(name); err != nil {
		path = "/usr/sbin/" + name
	}
	log, err := os.Create(s.in(name + ".said"))
	if err != nil {
		s.t.Fatal(err)
	}
	p := exec.Command(path, args...)
	p.Env, p.Stdout, p.Stderr = s.env, log, log
	if err := p.Start(); err != nil {
		s.t.Skipf("%s does not start here: %v", name, err)
	}
	s.t.Cleanup(func() {
		p.Process.Signal(os.Interrupt)
		timer := time.AfterFunc(5*time.Second, func() { p.Process.Kill() })
		p.Wait()
		timer.Stop()
		log.Close()
	})
}

// said is the end of what the daemons wrote.
func (s *slurmed) said() string {
	var b strings.Builder
	files, _ := filepath.Glob(s.in("*.said"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		fmt.Fprintf(&b, "%s:\n%s\n", filepath.Base(file), text[max(0, len(text)-2000):])
	}
	return b.String()
}

// call is what a command of Slurm's says.
func (s *slurmed) call(name string, args ...string) (string, error) {
	p := exec.Command(name, args...)
	p.Env = s.env
	out, err := p.CombinedOutput()
	return string(out), err
}

// submitted matches what the script says that it submitted.
var submitted = regexp.MustCompile(`^shards: job (\d+); merge: job (\d+);`)

// submit calls the script, and gives the numbers of its jobs.
func (s *slurmed) submit(dir string) (shards, merge string) {
	s.t.Helper()
	p := exec.Command("sh", "sweep.sh", "--time=5")
	p.Dir, p.Env = dir, s.env
	var errs bytes.Buffer
	p.Stderr = &errs
	out, err := p.Output()
	jobs := submitted.FindStringSubmatch(string(out))
	if err != nil || jobs == nil {
		s.t.Fatalf("the script says %q: %v: %s", out, err, &errs)
	}
	return jobs[1], jobs[2]
}

// until waits for something.
func (s *slurmed) until(what string, is func() bool) {
	s.t.Helper()
	for begun := time.Now(); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > hangs {
			queue, _ := s.call("squeue")
			s.t.Fatalf("it takes too long until %s:\n%s%s", what, queue, s.said())
		}
	}
}

// drained waits until no job is left.
func (s *slurmed) drained() {
	s.until("the queue is empty", func() bool {
		queue, err := s.call("squeue", "--noheader")
		return err == nil && queue == ""
	})
}

// A sweep that Slurm runs ends with the bytes of one process, though a shard is killed on the way: its merge
// is then called off, and calling the script again computes what is missing and nothing else.
func TestSlurm(t *testing.T) {
	s := slurm(t)
	long := strings.Replace(killedSweep, "requests = 4000", "requests = 200_000", 1) // so that a shard takes a second
	dir := folderOf(t, map[string]string{"s.toml": fmt.Sprintf(long, "[1, 2, 3, 4]")})
	p := ended(t, dir, "sweep", "s.toml", "--out", "out", "--emit", "slurm", "--shards", "3")
	if status := p.ProcessState.ExitCode(); status != statusFine {
		t.Fatal(&p.stderr)
	}
	writeFile(t, filepath.Join(dir, "sweep.sh"), p.stdout.String())
	finished := func(shard int) int {
		n := 0
		for i := shard - 1; i < 16; i += 3 {
			if _, err := os.Stat(filepath.Join(dir, "out", fmt.Sprintf("case-%05d.json", i))); err == nil {
				n++
			}
		}
		return n
	}

	shards, merge := s.submit(dir)
	s.until("a case is there", func() bool { return finished(1) > 0 })
	if said, err := s.call("scancel", "--signal=KILL", shards+"_1"); err != nil {
		t.Fatal(said)
	}
	s.drained()
	job, err := s.call("scontrol", "show", "job", merge)
	if err != nil || !strings.Contains(job, "DependencyNeverSatisfied") {
		t.Errorf("the merge after a shard that was killed: %v\n%s", err, job)
	}
	before := contents(t, filepath.Join(dir, "out"))
	if n := finished(1); n == 6 || n == 0 || finished(2) != 5 || finished(3) != 5 {
		t.Fatalf("%d cases of the shard that was killed are there, and %d and %d of the others", n, finished(2), finished(3))
	}
	if _, merged := before["sweep.csv"]; merged {
		t.Error("cases were merged though some are missing")
	}
	mark(t, filepath.Join(dir, "out", "case-00000.json"))

	s.submit(dir)
	s.drained()
	if p := ended(t, dir, "sweep", "s.toml", "--out", "whole", "--quiet"); p.ProcessState.ExitCode() != statusFine {
		t.Fatal(&p.stderr)
	}
	first := filepath.Join(dir, "out", "case-00000.json")
	if !isMarked(t, first) {
		t.Error("a case that was finished is computed again")
	}
	if err := os.WriteFile(first, []byte(before["case-00000.json"]), 0o666); err != nil {
		t.Fatal(err)
	}
	got, want := contents(t, filepath.Join(dir, "out")), contents(t, filepath.Join(dir, "whole"))
	if !maps.Equal(got, want) || len(want) < 17 {
		t.Errorf("the folder is not that of one process: %v, want %v; the jobs say %v", slices.Sorted(maps.Keys(got)),
			slices.Sorted(maps.Keys(want)), contents(t, filepath.Join(dir, "out-log")))
	}
	t.Logf("16 cases in 3 shards, %d bytes, are those of one process", len(fmt.Sprint(want)))
}
