package huggingface_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// counted are the files of testdata/families with what is known of each, whole numbers to the unit and others
// within 0.1%.
func counted(t *testing.T) []map[string]string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "families", "counts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, row := range rows[1:] {
		fact := map[string]string{}
		for i, column := range rows[0] {
			fact[column] = row[i]
		}
		list = append(list, fact)
	}
	return list
}

func TestEveryFamilyIsCounted(t *testing.T) {
	met := map[string]bool{}
	for _, fact := range counted(t) {
		met[fact["family"]] = true
		t.Run(fact["file"], func(t *testing.T) {
			path := filepath.Join("testdata", "families", fact["file"])
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			spec, warnings, err := huggingface.Import(path, data)
			said := strings.Join(warnings, "\n")
			if err != nil || !strings.HasPrefix(said, fact["warning"]) || (said == "") != (fact["warning"] == "") {
				t.Fatalf("%v, %v", err, warnings)
			}
			m, err := spec.Build()
			if err != nil {
				t.Fatal(err)
			}
			p := m.Published
			p.KV = units.BF16
			total, active, _ := m.Params()
			for column, got := range map[string]float64{"total": total, "active": active, "mtp": m.MTPParams(),
				"vision": m.VisionParams, "kv_bytes_per_token": float64(m.KVBytesPerToken(&p))} {
				if fact[column] == "" {
					continue
				}
				want, err := strconv.ParseFloat(fact[column], 64)
				if err != nil {
					t.Fatal(err)
				}
				if _, whole := strconv.Atoi(fact[column]); whole == nil && got != want || math.Abs(got-want) > 1e-3*want {
					t.Errorf("%s: %.0f, want %s (%s)", column, got, fact[column], fact["source"])
				}
			}
		})
	}
	byHand := map[string]bool{}
	for _, c := range quirks {
		byHand[c.family] = true
	}
	for _, family := range huggingface.Families() {
		if !met[family] && !byHand[family] && !byHand[family+"_text"] && family != "qwen3_5_moe" {
			t.Errorf("no file of %s is counted", family)
		}
	}
	for family := range met {
		if !slices.Contains(huggingface.Families(), family) {
			t.Errorf("there is no family %s", family)
		}
	}
}
