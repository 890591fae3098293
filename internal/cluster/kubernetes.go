package cluster

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/roofserve/roofserve/internal/fault"
)

// Pods are what a sweep's shards run in on Kubernetes.
type Pods struct {
	Image string // its entry point is the program
	Claim string // the PersistentVolumeClaim of a volume that all pods write to
	// Scenario is what the pods call the scenario, and Files are what it is read from; none where all is built
	// in.
	Scenario string
	Files    []Carried
}

// Carried is a file that a manifest brings into the pods.
type Carried struct {
	Path string // with slashes, seen from the scenario's folder
	Text []byte
}

// Where pods find what they are given. They start in the scenario's folder.
const (
	scenarioFolder = "/scenario"
	resultsFolder  = "/results"
)

// maxCarried is how much a ConfigMap holds (Kubernetes, "ConfigMaps": "cannot exceed 1 MiB").
const maxCarried = 1 << 20

// kubernetesManifest is a ConfigMap with the scenario, and two Jobs (batch/v1): the shards, each of which is
// tried again by itself, and the merge, which is suspended until somebody lets it go, since no Job waits for
// another.
//
//go:embed kubernetes.yaml
var kubernetesManifest string

var kubernetes = template.Must(template.New("kubernetes").Funcs(template.FuncMap{"quoted": inQuotes}).Parse(kubernetesManifest))

// manifest is what the template says.
type manifest struct {
	Call, Name, Out string
	Cases, Shards   int
	Files           []Carried
	Share, Merge    pod
}

// pod is what the pods of a Job are made from.
type pod struct {
	*Pods
	Map             string // the ConfigMap that holds the files; empty where there are none
	CPUs            int
	Args            []string
	Folder, Results string
}

// shardOfPod is the shard that a pod computes. Kubernetes puts the number in, counted from zero, so that the
// image needs no shell.
const shardOfPod = "$(JOB_COMPLETION_INDEX)+1/"

// Kubernetes is a manifest of the sweep.
func Kubernetes(s *Shares, p *Pods) (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	held := 0
	for i := range p.Files {
		held += len(p.Files[i].Text)
	}
	if held > maxCarried {
		return "", &fault.Error{File: s.Scenario, Wrong: fmt.Sprintf("is, with the files that it names, %d bytes, of which a ConfigMap holds %d", held, maxCarried),
			Right: elsewhere}
	}
	folder, files := "", ""
	if len(p.Files) > 0 {
		folder, files = scenarioFolder, s.name()
	}
	m := manifest{Call: line(s.Command), Name: s.name(), Out: OnVolume(s.Out), Cases: s.Cases, Shards: s.Shards,
		Files: p.Files}
	share := s.share(p.Scenario, m.Out, shardOfPod+strconv.Itoa(s.Shards), strconv.Itoa(s.CPUs))
	m.Share = pod{Pods: p, Map: files, CPUs: s.CPUs, Args: share, Folder: folder, Results: resultsFolder}
	m.Merge = pod{Pods: p, CPUs: 1, Args: s.merge(m.Out), Results: resultsFolder}
	var b strings.Builder
	err := kubernetes.Execute(&b, &m)
	return b.String(), err
}

// OnVolume is where the pods write what the user calls by a name.
func OnVolume(name string) string { return path.Join(resultsFolder, path.Join("/", name)) }

// Words are the arguments as a manifest writes them: in quotes, and without variables but for the shard's.
func (p *pod) Words() []string {
	list := make([]string, len(p.Args))
	for i, arg := range p.Args {
		if !strings.HasPrefix(arg, shardOfPod) {
			arg = strings.ReplaceAll(arg, "$(", "$$(")
		}
		list[i] = inQuotes(arg)
	}
	return list
}

// inQuotes is a text as both JSON and YAML read it.
func inQuotes(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text has no value that JSON lacks
	}
	return string(quoted)
}

// IsBinary tells whether a ConfigMap takes the file only in base64.
func (c Carried) IsBinary() bool { return !utf8.Valid(c.Text) }

// Base64 is the file for a ConfigMap's binaryData.
func (c Carried) Base64() string { return base64.StdEncoding.EncodeToString(c.Text) }

// plainText is what people can read, and YAML gives back to the byte, where every line is indented.
var plainText = regexp.MustCompile(`^[!-~][\t\n -~]*[^\n]\n$`)

// Block is the file for a ConfigMap's data.
func (c Carried) Block() string {
	if !plainText.Match(c.Text) {
		return inQuotes(string(c.Text))
	}
	const indent = "\n    "
	return "|" + indent + strings.ReplaceAll(strings.TrimSuffix(string(c.Text), "\n"), "\n", indent)
}
