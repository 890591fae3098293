package bench

import (
	"bytes"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
)

// forgetPeak begins a new peak of the process's memory, with what earlier work left given back.
func forgetPeak() {
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // proc(5): resets the peak; without it the peak is that of all loads so far
}

// peakBytes is the most memory that the process had resident since forgetPeak; where the system does not say
// so, what the runtime has mapped.
func peakBytes() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		if _, after, found := bytes.Cut(status, []byte("VmHWM:")); found {
			if fields := bytes.Fields(after); len(fields) > 0 {
				if kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64); err == nil {
					return kilobytes << 10
				}
			}
		}
	}
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
