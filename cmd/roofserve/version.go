package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/roofserve/roofserve/internal/report"
)

// versionLine names the release and, where the program was built from a clone, the commit and its date.
// Results carry the release alone, so that the same input gives the same bytes whoever built the program.
func versionLine() string {
	line := "roofserve " + report.Version
	if info, ok := debug.ReadBuildInfo(); ok {
		line += origin(info)
	}
	return line
}

// origin is what the linker has noted of the source.
func origin(info *debug.BuildInfo) string {
	noted := map[string]string{}
	for _, s := range info.Settings {
		noted[s.Key] = s.Value
	}
	commit, date := noted["vcs.revision"], noted["vcs.time"]
	if len(commit) < 12 {
		return ""
	}
	if noted["vcs.modified"] == "true" {
		date += ", changed"
	}
	return fmt.Sprintf(" (commit %s of %s, %s %s/%s)", commit[:12], date, info.GoVersion, runtime.GOOS, runtime.GOARCH)
}
