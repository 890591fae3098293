package exhibits

import (
	_ "embed" // the table of nodes

	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/internal/study/deployments"
)

//go:embed nodes.toml
var nodesFile []byte

// node is a system on one node of eight GPUs.
type node struct {
	Title   string `toml:"title"`
	Model   string `toml:"model"`
	Weights string `toml:"weights"`
	TP      int    `toml:"tp"`
	DP      int    `toml:"dp"`
	EP      int    `toml:"ep"`
}

func nodes() ([]node, error) {
	var file struct {
		Node []node `toml:"node"`
	}
	err := strict.Decode("nodes.toml", nodesFile, &file)
	return file.Node, err
}

const gpusPerNode = 8

func (n *node) on(device string) deployments.Deployment {
	return deployments.Deployment{Model: n.Model, Device: device, GPUs: gpusPerNode, TP: n.TP, DP: n.DP,
		EP: n.EP, Weights: n.Weights}
}

// machine is a kind of GPU with its name for people.
type machine struct{ device, title string }

var machines = [...]machine{{"a100-sxm-80gb", "8 × A100-80GB"}, {"h100-sxm-80gb", "8 × H100-80GB"}}
