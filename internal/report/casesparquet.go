package report

import (
	"io"
	"strings"

	"github.com/roofserve/roofserve/internal/parquet"
	"github.com/roofserve/roofserve/scenarios"
)

// WriteCasesParquet writes a row for each case as Parquet: what CasesTable has, in types. A setting is a
// number or a truth where it is one in every case, else its text; what has no value is missing.
func WriteCasesParquet(w io.Writer, cases []CaseResult) error {
	columns, _, _ := caseColumns(cases)
	keys := len(cases[0].Settings)
	fields := make([]parquet.Field, len(columns))
	for i, name := range columns {
		fields[i] = parquet.Field{Name: name, Kind: parquet.Double}
	}
	fields[0].Kind, fields[keys+1].Kind = parquet.Int64, parquet.Text // the case, its error
	for k := range keys {
		fields[1+k].Kind = kindOfSetting(cases, k)
	}
	return parquet.Write(w, fields, len(cases), func(row, column int) any {
		c := &cases[row]
		switch {
		case column == 0:
			return int64(c.Index)
		case column <= keys:
			return settingAs(c.Settings[column-1], fields[column].Kind)
		case column == keys+1 && c.Error == "":
			return nil
		case column == keys+1:
			return c.Error
		}
		return c.number(columns[column])
	})
}

// number is a metric or an end of its interval by the name of its column; nil where it has no value.
func (c *CaseResult) number(column string) any {
	if v, ok := c.Metrics[column]; ok {
		return v
	}
	for i, end := range []string{lowEnd, highEnd} {
		if metric, ok := strings.CutSuffix(column, end); ok {
			if b, ok := c.Bounds[metric]; ok {
				return b[i]
			}
		}
	}
	return nil
}

// kindOfSetting is the kind that fits the values of a swept key in all cases.
func kindOfSetting(cases []CaseResult, k int) parquet.ColumnKind {
	met := map[parquet.ColumnKind]bool{}
	for i := range cases {
		switch cases[i].Settings[k].Value.(type) {
		case int64:
			met[parquet.Int64] = true
		case float64:
			met[parquet.Double] = true
		case bool:
			met[parquet.Bool] = true
		default:
			return parquet.Text
		}
	}
	switch {
	case met[parquet.Bool] && len(met) > 1:
		return parquet.Text
	case met[parquet.Double]:
		return parquet.Double
	case met[parquet.Bool]:
		return parquet.Bool
	}
	return parquet.Int64
}

// settingAs is a setting's value in a column of a kind.
func settingAs(s scenarios.Setting, kind parquet.ColumnKind) any {
	if kind == parquet.Text {
		return s.Text()
	}
	if whole, ok := s.Value.(int64); ok && kind == parquet.Double {
		return float64(whole)
	}
	return s.Value
}
