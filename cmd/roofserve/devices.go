package main

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/report"
)

func devicesCommand() *command {
	return &command{
		name:    "devices",
		usage:   "list [FILTER]... | show NAME [flags]",
		summary: "list the catalogue of GPUs, or show one's data sheet",
		examples: []string{
			"roofserve devices list",
			"roofserve devices list hopper 'memory_bytes>=100GB'",
			"roofserve devices show h100-sxm-80gb",
			"roofserve devices show h100-sxm-80gb --toml mine.toml",
		},
		details: "--toml writes a device's data sheet as a file to start another from: change it, and name the file " +
			"as the device.\n\n" + filterUsage,
		run: listOrShow(catalogue{what: "device", list: listDevices, show: showDevice, toml: hw.TOML}),
	}
}

func listDevices(t terminal, json string, keep *filter) error {
	devices, err := hw.Devices()
	if err != nil {
		return err
	}
	var rows [][]string
	objects := []any{}
	for _, d := range devices {
		object := report.Device(d)
		if !keep.takes(object) {
			continue
		}
		rows = append(rows, report.DeviceRow(d))
		objects = append(objects, object)
	}
	if err := keep.check("roofserve devices"); err != nil {
		return err
	}
	if json != "" {
		return writeJSON(t, json, objects)
	}
	return cannotWrite("stdout", report.WriteTable(t.out, report.DeviceColumns, rows))
}

func showDevice(t terminal, name, json string) error {
	d, err := hw.Lookup(name)
	if err != nil {
		return err
	}
	if json != "" {
		return writeJSON(t, json, report.Device(d))
	}
	return cannotWrite("stdout", report.WriteDevice(t.out, d))
}
