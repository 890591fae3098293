package report

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/roofserve/roofserve/internal/parquet"
	"github.com/roofserve/roofserve/scenarios"
)

// Cases are read back from Parquet in types: numbers where a key has no other value, else texts.
func TestCasesAsParquet(t *testing.T) {
	settings := func(whole, mixed, text any) []scenarios.Setting {
		return []scenarios.Setting{{Key: "whole", Value: whole}, {Key: "mixed", Value: mixed}, {Key: "flag", Value: whole == int64(1)},
			{Key: "text", Value: text}}
	}
	cases := []CaseResult{
		{Index: 0, Settings: settings(int64(1), int64(2), true), Metrics: map[string]float64{"p99_tpot_ms": 12.5, "queue.at_end": 3},
			Bounds: map[string][2]float64{"p99_tpot_ms": {11, 14}}},
		{Index: 1, Settings: settings(int64(2), 2.5, "x"), Error: "does not fit"},
	}
	var b bytes.Buffer
	if err := WriteCasesParquet(&b, cases); err != nil {
		t.Fatal(err)
	}
	r, err := parquet.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]any{
		{"case": 0.0, "whole": 1.0, "mixed": 2.0, "flag": true, "text": "true", "error": nil, "p99_tpot_ms": 12.5, "queue.at_end": 3.0,
			"p99_tpot_ms.low": 11.0, "p99_tpot_ms.high": 14.0, "p99_ttft_ms": nil},
		{"case": 1.0, "whole": 2.0, "mixed": 2.5, "flag": false, "text": "x", "error": "does not fit", "p99_tpot_ms": nil,
			"p99_tpot_ms.low": nil},
	} {
		text, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		var row map[string]any
		if err := json.Unmarshal(text, &row); err != nil {
			t.Fatal(err)
		}
		for column, value := range want {
			if got, there := row[column]; !there || got != value {
				t.Errorf("row %d: %s is %v, want %v", i, column, got, value)
			}
		}
		if len(row) != len(CasesTable(cases).Columns) {
			t.Errorf("row %d has %d columns", i, len(row))
		}
	}
}
