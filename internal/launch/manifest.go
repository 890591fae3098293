package launch

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/scenarios"
)

// port is where the service answers.
const port = 8000

// Manifest is a Kubernetes Deployment of the scenario's engine, a pod for each replica, and a Service before
// them. A replica that spans nodes is no Deployment, and an error.
func Manifest(s *scenarios.Scenario) (string, error) {
	if err := s.OnePool("a command line"); err != nil {
		return "", err
	}
	r, parts, err := s.Resolve()
	if err != nil {
		return "", err
	}
	e, err := engineOf(r.Engine.Policy)
	if err != nil {
		return "", err
	}
	if r.Hardware.Nodes > 1 {
		return "", &fault.Error{Key: "hardware.nodes", Wrong: fmt.Sprintf("a replica over %d nodes is no Deployment", r.Hardware.Nodes),
			Right: "start it as a LeaderWorkerSet with the line that --print-args gives"}
	}
	line, _, err := Args(s)
	if err != nil {
		return "", err
	}
	words := append(strings.Fields(line), e.Listen...)
	var command strings.Builder
	for _, word := range words {
		fmt.Fprintf(&command, "            - %q\n", word)
	}
	name := strings.ReplaceAll(strings.ToLower(parts.Model.Name), ".", "-")
	return fmt.Sprintf(deployment, name, r.Hardware.Replicas, name, name, name, e.Image, command.String(), port,
		r.Hardware.GPUs, r.Hardware.GPUs, name, name, port), nil
}

// deployment is a Deployment and a Service ("Kubernetes API reference": apps/v1, core/v1). Tensor-parallel
// ranks share memory, for which a container's default of 64 MiB does not do.
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: %s
spec:
  replicas: %d
  selector:
    matchLabels:
      app: %s
  template:
    metadata:
      labels:
        app: %s
    spec:
      containers:
        - name: %s
          image: %s
          command:
%s          ports:
            - containerPort: %d
          resources:
            requests:
              nvidia.com/gpu: %d
            limits:
              nvidia.com/gpu: %d
          volumeMounts:
            - name: shared-memory
              mountPath: /dev/shm
      volumes:
        - name: shared-memory
          emptyDir:
            medium: Memory
---
apiVersion: v1
kind: Service
metadata:
  name: %s
spec:
  selector:
    app: %s
  ports:
    - port: %d
`
