package bench

import (
	"bytes"
	"os"
	"runtime"
)

// Machine is what a bench ran on.
type Machine struct {
	CPU       string  `json:"cpu"`
	Cores     int     `json:"cores"`
	System    string  `json:"system"`
	Go        string  `json:"go"`
	LoopStepS float64 `json:"loop_step_s"` // user CPU time of a step of the calibration loop
}

func describe() Machine {
	return Machine{CPU: processor(), Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), LoopStepS: calibrate()}
}

// processor is the CPU's name as Linux tells it; empty elsewhere.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	_, after, found := bytes.Cut(info, []byte("model name"))
	if !found {
		return ""
	}
	line, _, _ := bytes.Cut(after, []byte("\n"))
	return string(bytes.Trim(line, " \t:"))
}
